package import Documents
import Foundation
package import Runs

/// What was trained, on what, by what: the lines that every page of runs has.
package struct TrainingFacts: Sendable, Hashable {
    /// A line.
    package struct Row: Sendable, Hashable {
        /// What it is about.
        package var name: String
        /// What there is to say.
        package var text: String
    }

    /// The lines, in order.
    package private(set) var rows: [Row] = []

    /// Nothing known.
    package init() {}

    /// Reads them from what a run's folder says.
    ///
    /// - Parameters:
    ///   - manifest: What ran, where.
    ///   - result: What it came to, where it has.
    ///   - swept: Keys that differ between the runs of a page, which it shows elsewhere.
    package init(_ manifest: Manifest, result: RunResult? = nil, swept: Set<String> = []) {
        let names = (manifest.dataNames ?? []).joined(separator: ", ")
        let data = [
            names.isEmpty ? nil : names,
            "\(NumberText.count(manifest.trainingTokens)) training tokens",
            "\(NumberText.count(manifest.validationTokens)) held out",
            "SHA-256 \(manifest.textDigest.prefix(16))",
        ]
        self.init(
            manifest.identity?.configuration ?? [:], data: data.compactMap(\.self),
            parameters: swept.isEmpty ? result?.totalParameters : nil, swept: swept)
        let session = manifest.sessions.last
        let facts = (session?.engine ?? [:]).filter { $0.key != "name" && $0.key != "threads" }
            .sorted { $0.key < $1.key }.map { key, value in
                let name = key == "onednn" ? "oneDNN" : key.replacing("_", with: " ")
                return "\(name) \(value)"
            }
        add("engine", [manifest.engine] + facts)
        add(
            "machine",
            [
                session?.host, session.map { "started \($0.started)" },
                "ballast \(manifest.ballast)", session?.commit.map { "commit \($0)" },
            ])
    }

    private mutating func add(_ name: String, _ parts: [String?]) {
        let text = parts.compactMap(\.self).joined(separator: ", ")
        if !text.isEmpty { rows.append(Row(name: name, text: text)) }
    }

    /// Takes them from a configuration.
    ///
    /// - Parameters:
    ///   - values: The resolved configuration, key path by key path.
    ///   - data: What is known of the data.
    ///   - parameters: All parameters of the model; nil where that is not known, or swept.
    ///   - swept: Keys that differ between the runs of a page, which it shows elsewhere.
    package init(
        _ values: [String: ConfigurationValue], data: [String], parameters: Int? = nil,
        swept: Set<String> = []
    ) {
        func value(_ key: String) -> String? {
            guard let value = values[key] else { return nil }
            if swept.contains(key) { return "swept" }
            guard let number = value.number else { return value.description }
            return number == number.rounded() && number.magnitude < 1e9
                ? NumberText.count(Int(number)) : NumberText.short(number)
        }
        func whole(_ key: String) -> Int? {
            swept.contains(key) ? nil : values[key]?.number.flatMap { Int(exactly: $0) }
        }
        let parts = ["model.width", "model.depth", "model.head-dimension"]
        let sizes = zip(["width", "depth", "head dimension"], parts.map(value))
        add(
            "model",
            sizes.map { name, text in text.map { "\(name) \($0)" } } + [
                parameters.map { "\(NumberText.count($0)) parameters" },
                value("model.normalization"), value("model.mlp").map { "\($0) MLP" },
                values["model.qk-norm"] == .flag(true) && !swept.contains("model.qk-norm")
                    ? "qk-norm" : nil,
                value("parametrization.kind").map { "\($0) parametrization" },
            ])
        add("data", data)
        let batch = whole("data.batch")
        let context = whole("model.context")
        let steps = whole("steps")
        var tokens: String?
        if let batch, let context, let steps {
            let each = batch.multipliedReportingOverflow(by: context)
            let all = each.partialValue.multipliedReportingOverflow(by: steps)
            if !each.overflow, !all.overflow {
                tokens = "\(NumberText.count(all.partialValue)) tokens"
            }
        }
        add(
            "training",
            [
                value("steps").map { "\($0) steps" },
                value("data.batch").map { batch in
                    "batches of \(batch) x \(value("model.context") ?? "?") tokens"
                }, tokens,
            ])
        let decay = value("optimizer.weight-decay.rate").map { rate in
            rate == "0"
                ? "no weight decay"
                : swept.contains("optimizer.weight-decay.form")
                    ? "weight decay \(rate), its form swept"
                    : "\(value("optimizer.weight-decay.form") ?? "") weight decay \(rate)"
        }
        let rate =
            swept.contains("optimizer.learning-rate")
            ? "swept" : values["optimizer.learning-rate"]?.number.map(NumberText.rate)
        let clip = value("optimizer.clip").map {
            $0 == "0" ? "no gradient clipping" : "gradients clipped at \($0)"
        }
        let schedule = value("schedule.shape").map { shape in
            let warmup = values["schedule.warmup"]?.number.map { share in
                swept.contains("schedule.warmup")
                    ? ", warmup swept"
                    : ", warmup over \(NumberText.short(100 * share))% of the steps"
            }
            return "\(shape) schedule" + (warmup ?? "")
        }
        add(
            "optimizer",
            [
                swept.contains("optimizer.rule") ? "rule swept" : value("optimizer.rule"),
                rate.map { "peak learning rate \($0)" }, schedule, decay, clip,
            ])
    }

    /// The lines as a table under their names.
    package var table: Table {
        Table([.word(""), .prose("")], rows.map { [.init($0.name, .muted), .init($0.text)] })
    }

    /// The lines as markup.
    var markup: String { HTML.definitions(rows.map { ($0.name, $0.text) }) }
}
