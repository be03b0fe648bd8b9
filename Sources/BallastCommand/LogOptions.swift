import ArgumentParser
import Import

/// What a person says of logs, for each command that reads them.
struct LogOptions: ParsableArguments {
    @Option(
        help: """
            A regular expression for lines of other text logs, with metrics as named groups: \
            'step (?<step>\\d+) loss (?<loss>\\S+)'. Repeatable.
            """)
    var pattern: [String] = []

    @Option(
        help: """
            A YAML file of additional metric names, Ballast's tag and theirs: \
            train/loss: [mean_ce, ce].
            """)
    var names: String?

    func validate() throws {
        for text in pattern {
            do throws(LinePattern.Invalid) {
                _ = try LinePattern(text)
            } catch {
                throw ValidationError("--pattern \(error)")
            }
        }
    }

    /// What readers of logs take.
    var read: LogReader.Options {
        get throws {
            LogReader.Options(
                patterns: try pattern.map { try LinePattern($0) },
                names: try names.map { try MetricAliases(path: $0) } ?? MetricAliases())
        }
    }
}
