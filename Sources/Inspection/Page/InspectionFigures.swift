import Documents
import Foundation
import Statistics

/// The heat maps of a checkpoint.
struct InspectionFigures {
    let inspection: CheckpointInspection
    let grid: LayerGrid

    init(_ inspection: CheckpointInspection) {
        self.inspection = inspection
        grid = LayerGrid(inspection.tensors)
    }

    /// Every map that has numbers.
    var all: [DrawnFigure] {
        [spectralNorm, operatorNorm, stableRank, hotChannels, headroom].compactMap(\.self)
    }

    private func map(
        _ name: String, _ title: String, _ measure: String, emphasis: HeatMap.Emphasis = .large,
        isLogarithmic: Bool = false, caption: String,
        _ number: (InspectedTensor) -> Double?
    ) -> DrawnFigure? {
        let isSmallest = emphasis == .small
        let cells = grid.cells(isSmallest: isSmallest, number)
        guard !cells.isEmpty else { return nil }
        let extreme = isSmallest ? "smallest" : "largest"
        let most =
            isSmallest
            ? cells.min { $0.value < $1.value } : cells.max { $0.value < $1.value }
        let values = cells.map(\.value)
        let finding = most.flatMap { cell in
            Descriptive.median(of: values).map { middle in
                "The \(extreme) is \(NumberText.short(cell.value)), of \(cell.name); the median is "
                    + "\(NumberText.short(middle))."
            }
        }
        let experts = grid.hasExperts ? " Of several experts the \(extreme) counts." : ""
        return HeatMap(
            name: name, title: title, xAxis: "block", measure: measure, rows: grid.rows,
            columns: grid.columns,
            cells: cells.map {
                .init(row: $0.row, column: $0.column, value: $0.value, detail: $0.name)
            }, emphasis: emphasis, isLogarithmic: isLogarithmic
        ).drawn(caption: caption + experts, finding: finding)
    }

    private var spectralNorm: DrawnFigure? {
        map(
            "inspect-spectral-norm", "Spectral norm", "spectral norm", isLogarithmic: true,
            caption: "The largest singular value of each matrix."
        ) { $0.spectrum?.norm }
    }

    private var operatorNorm: DrawnFigure? {
        map(
            "inspect-rms-to-rms", "RMS-to-RMS norm", "RMS-to-RMS norm", isLogarithmic: true,
            caption:
                "How far outputs move in root mean square when inputs do by one: the spectral norm times "
                + "√(fan-in / fan-out). The modular norm keeps it at 1."
        ) { $0.spectrum?.rmsToRMS }
    }

    private var stableRank: DrawnFigure? {
        map(
            "inspect-stable-rank", "Stable rank", "stable rank", emphasis: .small,
            isLogarithmic: true,
            caption:
                "The squared Frobenius norm over the squared spectral norm: 1 where one direction is all "
                + "there is. Small ranks stand out."
        ) { $0.spectrum?.stableRank }
    }

    private var hotChannels: DrawnFigure? {
        map(
            "inspect-hot-channels", "Hot channels", "largest channel over the median",
            isLogarithmic: true,
            caption:
                "The root mean square of the largest channel, of inputs or of outputs, over that of the "
                + "median one."
        ) { $0.hotChannels }
    }

    private var headroom: DrawnFigure? {
        let format = NumberFormat.e4m3
        let others: [(NumberFormat, String)] = [(.fp16, "fp16"), (.bf16, "bf16")]
        let more = others.map { other, name in
            "\(name) has \(NumberText.short(log2(other.largest / format.largest))) octaves more"
        }
        return map(
            "inspect-headroom", "Headroom in fp8 (e4m3)", "octaves left", emphasis: .small,
            caption:
                "How many times the largest magnitude can double before it passes the largest number of "
                + "e4m3, without a scale; below 0 it has. \(Documents.NumberText.list(more))."
        ) { $0.headroom[format.rawValue] }
    }

    /// What attention logits come to by weights alone, a cell a head; nil where they have no bound.
    var attention: DrawnFigure? {
        guard !inspection.attention.isEmpty else { return nil }
        let heads = inspection.attention.map(\.typical.count).max() ?? 0
        let cells = inspection.attention.flatMap { layer in
            layer.typical.indices.map { head in
                HeatMap.Cell(
                    row: "head \(head)", column: "\(layer.layer)", value: layer.typical[head],
                    detail:
                        "bound \(NumberText.short(layer.bounds[head])) by \(layer.basis.rawValue)")
            }
        }
        let worst = inspection.attention.max { $0.largest < $1.largest }
        return HeatMap(
            name: "inspect-attention-logits", title: "Attention logits by weights alone",
            xAxis: "block", measure: "typical logit", rows: (0..<heads).map { "head \($0)" },
            columns: inspection.attention.map { "\($0.layer)" }, cells: cells, isLogarithmic: true
        ).drawn(
            caption:
                "The root mean square of a head's logits over inputs in no particular direction. Bounds, "
                + "which no input exceeds, are shown when you point at a cell, and in the table.",
            finding: worst.map { layer in
                "The largest bound is \(NumberText.short(layer.largest)), of head \(layer.head) in block "
                    + "\(layer.layer); runs whose logits passed 1e4 diverged (arXiv 2309.14322)."
            })
    }
}
