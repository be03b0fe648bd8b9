import ArgumentParser
import Ballast
import Foundation

/// What is done with the words of a command line before they are parsed.
enum CommandLineText {
    /// A word with `~/` at its start, or after `--option=`, as the home folder: a shell leaves it in
    /// quotation marks, and files must not be written to a folder called `~`.
    static func expandingTilde(_ word: String) -> String {
        guard word.hasPrefix("--"), let equals = word.firstIndex(of: "=") else {
            return HomePath.expanded(word)
        }
        return word[...equals] + HomePath.expanded(String(word[word.index(after: equals)...]))
    }

    /// What to say of a command that there is not; nil where there is one.
    ///
    /// - Parameters:
    ///   - arguments: The words after the command.
    ///   - command: The command.
    /// - Returns: A sentence with the likeliest command.
    static func advice(on arguments: [String], of command: any ParsableCommand.Type) -> String? {
        let configuration = command.configuration
        guard let word = arguments.first, !word.hasPrefix("-"), word != "help",
            !configuration.subcommands.isEmpty
        else { return nil }
        let names = configuration.subcommands.map { $0.configuration.commandName ?? "" }
        if let index = names.firstIndex(of: word) {
            return advice(
                on: Array(arguments.dropFirst()), of: configuration.subcommands[index])
        }
        if configuration.defaultSubcommand != nil { return nil }
        let near = names.map { (name: $0, distance: ConfigurationFile.editDistance(word, $0)) }
            .filter { $0.distance <= max(word.count / 3, 2) }
            .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
        return "there is no command \(word)"
            + (near.map { "; did you mean \($0.name)?" } ?? ";") + " there are "
            + names.joined(separator: ", ")
    }
}

/// Checks the number of an option against the numbers that it takes.
///
/// - Parameters:
///   - value: The number; nil where the option was not given.
///   - option: As in `--jobs`.
///   - range: What it takes.
/// - Throws: `ValidationError`, which is misuse.
func requireOption(_ value: Int?, _ option: String, in range: ClosedRange<Int>) throws {
    guard let value, !range.contains(value) else { return }
    throw ValidationError(
        "\(option) \(value): must be a whole number from \(range.lowerBound) to \(range.upperBound)"
    )
}
