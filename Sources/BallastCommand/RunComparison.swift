import Ballast
import Foundation

/// Two runs beside each other: what determines them, then what they came to.
struct RunComparison {
    /// A number of both runs.
    struct Figure: Encodable {
        /// `result`, or the first word of the tag.
        var group: String
        /// The tag, or the key of `result.json`.
        var tag: String
        /// What it is measured in; empty for a plain number.
        var unit: String
        /// The step at which both were recorded; nil where they have none in common.
        @NullWhenNil var step: Int?
        @NullWhenNil var first: Double?
        @NullWhenNil var second: Double?
        /// The second less the first; nil where either is not finite.
        @NullWhenNil var difference: Double?

        init(
            _ group: String, _ tag: String, _ unit: String, _ step: Int?, _ values: [Double?]
        ) {
            self.group = group
            self.tag = tag
            self.unit = unit
            _step = NullWhenNil(wrappedValue: step)
            let finite = values.map { $0.flatMap { $0.isFinite ? $0 : nil } }
            _first = NullWhenNil(wrappedValue: finite[0])
            _second = NullWhenNil(wrappedValue: finite[1])
            let difference: Double? =
                if let a = finite[0], let b = finite[1] { b - a } else { nil }
            _difference = NullWhenNil(wrappedValue: difference)
        }
    }

    /// A key that differs.
    struct Key: Encodable {
        var key: String
        var first: String
        var second: String
    }

    let paths: [String]
    /// What differs in what determines the runs.
    let keys: [Key]
    /// The numbers, group by group.
    let figures: [Figure]

    /// Reads two runs.
    init(_ first: String, _ second: String) throws {
        paths = [first, second]
        let runs = try paths.map { path in
            let folder = RunFolder(path)
            guard let run = try folder.recordedRun() else {
                throw RunError.notARun(folder: path, missing: "config.yaml")
            }
            return (
                identity: Self.whole(run), text: run.text,
                log: try EventLog.read(folder: path).series, result: try folder.readResult()
            )
        }
        keys = runs[1].identity.differences(from: runs[0].identity).map {
            Key(key: $0.key, first: $0.there, second: $0.here)
        }
        let results = runs.map(\.result)
        let steps = results.map { $0?.stepsDone }
        let end = steps[0] == steps[1] ? steps[0] : nil
        func result(_ tag: String, _ unit: String, _ value: (RunResult) -> Double?) -> Figure {
            Figure("result", tag, unit, end, results.map { $0.flatMap(value) })
        }
        var figures = [
            result("final_loss", "nats") { $0.finalLoss },
            result("max_attention_logit", "logit") { $0.maxAttentionLogit },
            result("loss_spikes", "ratio") { $0.lossSpikes },
            result("gradient_spikes", "ratio") { $0.gradientSpikes },
        ]
        let tags = OrderedSet(runs[0].log.keys).union(runs[1].log.keys)
        for tag in tags.sorted(by: { Self.place($0) < Self.place($1) }) {
            let series = runs.map { run in
                Dictionary(run.log[tag, default: []].map { ($0.step, Double($0.value)) }) { $1 }
            }
            let common = Set(series[0].keys).intersection(series[1].keys).max()
            figures.append(
                Figure(
                    String(tag.prefix { $0 != "/" }), tag, Self.unit(of: tag), common,
                    series.map { values in (common ?? values.keys.max()).flatMap { values[$0] } }))
        }
        self.figures = figures
    }

    /// What all files of a run say together.
    private static func whole(_ run: RecordedRun) -> RunIdentity {
        RunIdentity(
            configuration: run.identities.compactMap(\.configuration).first,
            data: run.identities.compactMap(\.data).first,
            engine: run.identities.compactMap(\.engine).first,
            numerics: run.identities.compactMap(\.numerics).first)
    }

    /// The groups in the order of interest, the tags of a group in that of the alphabet.
    private static func place(_ tag: String) -> String {
        let groups = ["val", "train", "optim", "attn", "out", "norm"]
        let group = String(tag.prefix { $0 != "/" })
        let index = groups.firstIndex(of: group) ?? groups.count
        return "\(index) \(group == tag ? "" : tag)"
    }

    /// What a tag is measured in; empty where it is not known.
    private static func unit(of tag: String) -> String {
        let unit = Metric(tag: tag).unit
        return unit == .unknown ? "" : unit.rawValue
    }

    /// Whether a tag is among those that sum up a run.
    private static func isMain(_ figure: Figure) -> Bool {
        let tags = [
            Metric.validationLoss, .trainLoss, .learningRate, .gradientNorm, .logZ,
            .tokensPerSecond,
        ].map(\.tag)
        return figure.group == "result" || tags.contains(figure.tag)
            || MetricFamily.maxAttentionLogits.contains(Metric(tag: figure.tag))
    }

    /// What people call the numbers of a result.
    private static let labels = [
        "final_loss": "final val/loss", "max_attention_logit": "largest attention logit",
        "loss_spikes": "loss spikes", "gradient_spikes": "gradient spikes",
    ]

    /// One line for programs.
    func json() throws -> String {
        struct Whole: Encodable {
            let schema = "ballast.compare/1"
            var first: String
            var second: String
            var differences: [Key]
            var figures: [Figure]
        }
        let whole = Whole(
            first: paths[0], second: paths[1], differences: keys, figures: figures)
        return try SnakeCaseJSON.text(whole, isPretty: false)
    }

    /// What both came to, in a sentence; nil where one has no final loss.
    private var headline: String? {
        guard let loss = figures.first(where: { $0.tag == "final_loss" }),
            let first = loss.first, let second = loss.second
        else { return nil }
        let difference = second - first
        let words =
            difference == 0
            ? "equal"
            : "B is \(NumberText.loss(difference.magnitude)) \(difference < 0 ? "lower" : "higher")"
        return "final loss \(NumberText.loss(first)) in A, \(NumberText.loss(second)) in B "
            + "(nats per token): \(words)"
    }

    /// For people: what both came to, what differs, then the numbers, group by group.
    ///
    /// - Parameters:
    ///   - isWhole: Whether every tag is shown, not those alone that sum up a run.
    ///   - columns: The width to write in.
    /// - Returns: Lines, the last without a line feed.
    func text(isWhole: Bool, columns: Int) -> String {
        var blocks: [String] = []
        if let headline { blocks.append(headline) }
        blocks.append("A  \(paths[0])\nB  \(paths[1])")
        if keys.isEmpty {
            blocks.append("configuration, data and engine are equal")
        } else {
            blocks.append(
                Table(
                    [.word("differs in"), .prose("A"), .prose("B")],
                    keys.map { [.init($0.key), .init($0.first), .init($0.second)] }
                ).text(columns: columns))
        }
        let shown = figures.filter { isWhole || Self.isMain($0) }
        let rows = shown.map { figure -> [Table.Cell] in
            [
                .init(Self.labels[figure.tag] ?? figure.tag), .init(figure.unit),
                .init(figure.step.map { NumberText.count($0) } ?? "-"),
                .init(Self.number(figure.first, 4)), .init(Self.number(figure.second, 4)),
                .init(Self.number(figure.difference, 3)),
            ]
        }
        blocks.append(
            Table(
                [
                    .word("at the last common step"), .word("unit", priority: 2),
                    .number("step", priority: 1), .number("A"), .number("B"), .number("B - A"),
                ], rows
            ).text(columns: columns))
        let rest = figures.count - shown.count
        if rest > 0 { blocks.append("\(NumberText.count(rest, "more tag")): --all") }
        return blocks.joined(separator: "\n\n")
    }

    private static func number(_ value: Double?, _ digits: Int) -> String {
        value.map { Terminal.number($0, digits) } ?? "-"
    }
}
