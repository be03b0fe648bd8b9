public import Documents
import Foundation
import Statistics

extension CheckpointSeries {
    /// The series as a page: how the parts of each block grow, what leaves a number format, and the newest
    /// checkpoint as ``CheckpointInspection/document(origin:)`` shows it.
    ///
    /// - Parameter origin: How it was made; nil where that is not known.
    /// - Returns: The document.
    public func document(origin: ReportOrigin? = nil) -> Document {
        let odd = tensors.filter { $0.departs || $0.isUnchanged }
        let range = "steps \(steps.first ?? 0) to \(steps.last ?? 0)"
        var lead = ["\(steps.count) checkpoints of one run, \(range)."]
        if odd.isEmpty {
            lead.append("No part grows unlike its siblings, and every tensor changed.")
        }
        var document = Document(
            kind: "inspection", title: "Growth of weights over \(range)",
            badge: odd.isEmpty
                ? Badge("NO FINDINGS", .good) : Badge("\(odd.count) TENSORS STAND OUT", .open),
            lead: lead,
            tiles: [
                ("\(steps.count)", "checkpoints"), ("\(tensors.count)", "tensors in all of them"),
            ],
            files: ["series.json"] + (newest == nil ? [] : ["inspection.json", "tensors.csv"]),
            conventions: "Growth is p of size ~ step^p, by least squares on logarithms.",
            origin: origin)
        let maps = [growthMap, spectralGrowthMap, sizeLines].compactMap(\.self)
        if !maps.isEmpty {
            document.sections.append(
                .init("Growth", maps.flatMap { [.heading($0.title), .figure($0)] }))
        }
        if !odd.isEmpty {
            document.sections.append(.init("What stands out", [.table(oddTable(odd))]))
        }
        let leaving = tensors.filter { !$0.leaves.isEmpty }
        if !leaving.isEmpty {
            document.sections.append(.init("What leaves a number format", [.table(table(leaving))]))
        }
        if !notes.isEmpty {
            document.sections.append(.init("Notes", [.list(notes.map { "\($0)." })]))
        }
        if let newest {
            document.sections.append(
                .init("The newest checkpoint", [.text("\(newest.path).")]))
            document.sections += newest.sections
        }
        return document
    }

    private func map(
        _ name: String, _ title: String, _ measure: String, caption: String,
        _ growth: (Trend) -> GrowthExponent?
    ) -> DrawnFigure? {
        var order: [String: Int] = [:]
        var layers: Set<Int> = []
        let cells = tensors.compactMap { trend -> HeatMap.Cell? in
            guard let (row, layer) = LayerGrid.place(of: trend.name, trend.role),
                trend.role?.expert == nil, let growth = growth(trend)
            else { return nil }
            order[row] = order[row] ?? LayerGrid.rank(of: trend.role, among: order.count)
            layers.insert(layer)
            let interval = growth.low.flatMap { low in
                growth.high.map { ", 95% \(NumberText.short(low)) to \(NumberText.short($0))" }
            }
            return HeatMap.Cell(
                row: row, column: "\(layer)", value: growth.exponent,
                detail: trend.name + (interval ?? ""))
        }
        guard !cells.isEmpty else { return nil }
        let most = cells.max { $0.value < $1.value }
        let rows = order.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)
        return HeatMap(
            name: name, title: title, xAxis: "block", measure: measure, rows: rows,
            columns: layers.sorted().map(String.init), cells: cells, emphasis: .farFromZero
        ).drawn(
            caption: caption,
            finding: most.map {
                "The fastest is block \($0.column)'s \($0.row): step^\(NumberText.short($0.value))."
            })
    }

    private var growthMap: DrawnFigure? {
        map(
            "inspect-growth", "Growth of the root mean square", "exponent p",
            caption:
                "p of rms ~ step^p: 0 for weights that keep their size, 1/2 for a random walk without decay."
        ) { $0.growth }
    }

    private var spectralGrowthMap: DrawnFigure? {
        map(
            "inspect-spectral-growth", "Growth of the spectral norm", "exponent p",
            caption: "p of spectral norm ~ step^p."
        ) { $0.spectralGrowth }
    }

    /// The sizes of each part over the steps, the median of its blocks.
    private var sizeLines: DrawnFigure? {
        var rows: [String] = []
        var histories: [String: [[Double]]] = [:]
        for trend in tensors {
            guard let (row, _) = LayerGrid.place(of: trend.name, trend.role),
                trend.role?.kind.isNorm != true
            else { continue }
            if histories[row] == nil { rows.append(row) }
            histories[row, default: []].append(trend.sizes)
        }
        let places = steps.indices.filter { steps[$0] > 0 }
        let points = rows.prefix(12).flatMap { row in
            places.compactMap { place -> LinePlot.Point? in
                let sizes = (histories[row] ?? []).map { $0[place] }
                guard let middle = Descriptive.median(of: sizes), middle > 0 else { return nil }
                return LinePlot.Point(
                    series: row, x: Double(steps[place]), y: middle, low: sizes.min(),
                    high: sizes.max())
            }
        }
        guard !points.isEmpty else { return nil }
        return LinePlot(
            name: "inspect-sizes", title: "Root mean squares over the run", xAxis: "step",
            yAxis: "root mean square of weights", seriesTitle: "part", points: points,
            hasLogarithmicX: places.count > 1, hasLogarithmicY: true
        ).drawn(
            caption: "The median over blocks; bars reach from the smallest block to the largest.")
    }

    private func oddTable(_ odd: [Trend]) -> Table {
        Table(
            [.word("tensor"), .number("growth"), .prose("what")],
            odd.prefix(100).map { trend in
                [
                    Table.Cell(trend.name, .code),
                    Table.Cell(trend.growth.map { NumberText.short($0.exponent) } ?? ""),
                    Table.Cell(
                        trend.isUnchanged
                            ? "the same bytes in the first and the last checkpoint: is it in the optimizer?"
                            : "grows unlike the same part of the other blocks"),
                ]
            }, note: odd.count > 100 ? "\(odd.count - 100) more are in series.json." : nil)
    }

    private func table(_ leaving: [Trend]) -> Table {
        let formats = NumberFormat.allCases.filter { format in
            leaving.contains { $0.leaves[format.rawValue] != nil }
        }
        let last = Double(steps.last ?? 0)
        return Table(
            [.word("tensor"), .number("largest now")]
                + formats.map { .number("leaves \($0.rawValue) at step") },
            leaving.prefix(200).map { trend in
                [
                    Table.Cell(trend.name, .code),
                    Table.Cell(NumberText.short(trend.largest.last ?? 0)),
                ]
                    + formats.map { format in
                        guard let step = trend.leaves[format.rawValue] else { return "" }
                        return Table.Cell(
                            NumberText.short(step), step <= last ? .alarm : .plain)
                    }
            },
            note:
                "As the largest magnitude grows now, without a scale; within ten times the run so far.",
            isSortable: true)
    }
}
