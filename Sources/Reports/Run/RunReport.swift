public import Documents
import Formats
import Foundation
import RunTables
public import Runs
import Telemetry

/// One run for people: how it stands, its curves, what was trained.
///
/// ```swift
/// let report = try RunReport(RunFolder("runs/one"))
/// print(report.document.text(columns: 100))
/// ```
public struct RunReport {
    private let name: String
    private let result: RunResult?
    private let manifest: Manifest?
    private let state: CellState
    private let series: [Metric: Series]

    /// Reads a run's folder; one that another process writes is read as far as it is.
    ///
    /// - Parameter folder: The folder.
    /// - Throws: `RunError` or `FormatError` for files that do not say what they should.
    public init(_ folder: RunFolder) throws {
        let path = URL(fileURLWithPath: folder.path).standardizedFileURL.lastPathComponent
        name = path.isEmpty ? folder.path : path
        result = try folder.readResult()
        manifest = try folder.readManifest()
        series = try EventLog.read(folder: folder.path).metrics
        state =
            if let result {
                result.diverged ? .diverged : .finished
            } else if FolderLock.isHeld(
                folder)
            { .running } else { folder.exists ? .interrupted : .missing }
    }

    /// Whether the run goes on.
    var isRunning: Bool { state == .running }

    /// The last step that was logged.
    private var lastStep: Int { series.values.compactMap(\.last?.step).max() ?? 0 }

    private var steps: Int? {
        result?.steps
            ?? manifest?.identity?.configuration?["steps"]?.number.flatMap { Int(exactly: $0) }
    }

    private var badge: Badge {
        switch state {
        case .finished: Badge("finished", .good)
        case .diverged, .failed: Badge(state.rawValue, .bad)
        case .running, .interrupted, .missing: Badge(state.rawValue, .open)
        }
    }

    /// What it comes to, in a sentence.
    private var headline: String {
        let of = steps.map { " of \(NumberText.count($0))" } ?? ""
        guard let result else {
            let loss = series[.trainLoss]?.last.map {
                "; the training loss is \(NumberText.loss($0.value)) nats per token"
            }
            return "Step \(NumberText.count(lastStep))\(of)\(loss ?? "")."
        }
        if result.diverged {
            let tensor = result.divergedTensor.map {
                "\($0) is the first that became NaN or infinite"
            }
            return "Diverged at step \(NumberText.count(result.divergedStep ?? result.stepsDone))"
                + "\(of): \(tensor ?? "a number became NaN or infinite")."
        }
        let end = result.finalLoss.map(NumberText.loss) ?? "not known"
        return
            "Validation loss \(result.initialLoss.map(NumberText.loss) ?? "not known") to \(end) nats per token in "
            + "\(NumberText.count(result.stepsDone, "step"))."
    }

    private var tiles: [(number: String, label: String)] {
        var tiles: [(number: String, label: String)] = []
        if let loss = result?.finalLoss, loss.isFinite {
            tiles.append((NumberText.loss(loss), "final validation loss, nats per token"))
        } else if let loss = series[.trainLoss]?.last?.value {
            tiles.append((NumberText.loss(loss), "training loss at step \(lastStep)"))
        }
        let logit =
            result?.maxAttentionLogit ?? Series.largest(of: logits.map(\.points)).map(\.value).max()
        if let logit { tiles.append((NumberText.logit(logit), "largest attention logit")) }
        if let norm = series[.gradientNorm]?.last?.value {
            tiles.append((NumberText.short(norm), "gradient norm at step \(lastStep)"))
        }
        let speed = result?.tokensPerSecond ?? series[.tokensPerSecond]?.last?.value
        if let speed, speed.isFinite, speed > 0 {
            let whole = Int(exactly: speed.rounded()).map { NumberText.count($0) }
            tiles.append((whole ?? NumberText.short(speed), "tokens per second"))
        }
        return tiles
    }

    private var divergedStep: Int? {
        result.flatMap { $0.diverged ? $0.divergedStep ?? $0.stepsDone : nil }
    }

    /// The largest attention logits by layer.
    private var logits: [(name: String, points: Series)] {
        series.compactMap { metric, points in
            MetricFamily.maxAttentionLogits.place(of: metric).map { (name: $0, points: points) }
        }.sorted { (Int($0.name) ?? .max, $0.name) < (Int($1.name) ?? .max, $1.name) }
    }

    private var figures: [DrawnFigure] {
        let losses = [(Metric.trainLoss, "training"), (.validationLoss, "validation")]
            .compactMap { metric, name in series[metric].map { (name: name, points: $0) } }
        var figures = [
            RunCurves(
                name: "loss", title: "Loss over steps", axis: "loss (nats per token)",
                legend: "split", lines: losses,
                caption:
                    "Cross-entropy of each step's batch and of the fixed validation set, in nats "
                    + "per token without z-loss, on a logarithmic axis.", divergedStep: divergedStep
            ).drawn
        ]
        if !logits.isEmpty {
            figures.append(
                RunCurves(
                    name: "attention-logits", title: "Largest attention logit over steps",
                    axis: "largest attention logit", legend: "layer", lines: logits,
                    caption:
                        "The signed maximum of scale * q.k over unmasked pairs of the batch, a line "
                        + "a layer, on a logarithmic axis; values that are not positive are left out.",
                    divergedStep: divergedStep
                ).drawn)
        }
        if let norms = series[.gradientNorm] {
            figures.append(
                RunCurves(
                    name: "gradient-norm", title: "Gradient norm over steps",
                    axis: "gradient norm", legend: "norm",
                    lines: [(name: "before clipping", points: norms)],
                    caption: "The norm of all gradients together, on a logarithmic axis.",
                    divergedStep: divergedStep
                ).drawn)
        }
        return figures
    }

    /// The curves in a line each, for those who read the text.
    private var curves: Table {
        let named: [(name: String, metric: Metric)] = [
            ("training loss", .trainLoss), ("validation loss", .validationLoss),
            ("learning rate", .learningRate), ("gradient norm", .gradientNorm),
        ]
        var all = named.map { (name: $0.name, values: (series[$0.metric] ?? []).map(\.value)) }
        let logit = Series.largest(of: logits.map(\.points))
        all.append((name: "largest attention logit", values: logit.map(\.value)))
        let columns: [Table.Column] = [
            .word("metric"), .word("over the steps"), .number("first"), .number("last"),
            .number("lowest", priority: 1), .number("highest", priority: 1),
        ]
        return Table(columns, all.filter { $0.values.count > 1 }.map(Self.row))
    }

    private static func row(_ name: String, _ values: [Double]) -> [Table.Cell] {
        let finite = values.filter(\.isFinite)
        let numbers: [Double?] = [values.first, values.last, finite.min(), finite.max()]
        let cells = numbers.map { number in
            Table.Cell(number.map { NumberText.short($0) } ?? "none")
        }
        return [Table.Cell(name), Table.Cell(Sparkline.text(values), .code)] + cells
    }

    private var next: [String] {
        switch state {
        case .running:
            ["This page is refreshed while the run is in progress; `ballast serve` shows it live."]
        case .interrupted, .failed, .missing:
            ["Run the same `ballast train` command to resume from the newest checkpoint."]
        case .diverged:
            ["`ballast doctor` names the likely cause from the logged norms."]
        case .finished:
            [
                "`ballast compare` compares it with another run; a grid of learning rates "
                    + "(`ballast sweep run`) shows how far this one is from the best."
            ]
        }
    }

    /// The page, the text and the Markdown of the run.
    public var document: Document {
        var document = Document(
            kind: "run", title: name, badge: badge, lead: [headline], tiles: tiles,
            files: ["config.yaml", "manifest.json", "events.out.tfevents.*"]
                + (result == nil ? [] : ["result.json"]),
            conventions: "Losses are cross-entropies in nats per token, without z-loss.")
        let figures = figures.map { figure in
            Document.Section(figure.title, isDetail: true, [.figure(figure)])
        }
        let curves = curves
        let table = curves.rows.isEmpty ? [] : [Document.Section("Curves", [.table(curves)])]
        document.sections = Array(figures.prefix(1))
        if let manifest {
            let facts = TrainingFacts(manifest, result: result)
            document.sections.append(
                .init(
                    "What was trained",
                    [.table(facts.table)]))
        }
        document.sections += figures.dropFirst() + table
        if let manifest {
            let values = (manifest.identity?.configuration ?? [:]).sorted { $0.key < $1.key }
            document.sections.append(
                .init(
                    "Configuration", isDetail: true, isFolded: true,
                    [
                        .table(
                            Table(
                                [.word("key"), .word("value")],
                                values.map {
                                    [.init($0.key, .code), .init(setting($0.value), .code)]
                                }, isSortable: true))
                    ]))
        }
        document.next = next
        document.refreshes = isRunning
        return document
    }

    /// A value of the configuration as pages write numbers.
    private func setting(_ value: ConfigurationValue) -> String {
        value.number.map(NumberText.setting) ?? value.description
    }

    /// Writes `report.html` and, for each figure, `figures/NAME.vl.json`, `figures/NAME.csv` and, with
    /// Python, `figures/NAME.svg` and `figures/NAME.png`.
    ///
    /// - Parameters:
    ///   - folder: Where they go.
    ///   - vegaBundle: A classic script that sets `window.vegaEmbed`; nil where there is none.
    ///   - python: A Python interpreter that has the package `vl-convert-python`; nil where there is none.
    ///   - origin: How it was made; nil leaves that out.
    /// - Returns: The path of each file written, then a note for each thing left out.
    /// - Throws: What the file system refused.
    public func write(
        to folder: String, vegaBundle: String?, python: String?, origin: ReportOrigin? = nil
    ) throws -> [String] {
        var document = document
        document.origin = origin
        return try document.write(to: folder, vegaBundle: vegaBundle, python: python)
    }
}
