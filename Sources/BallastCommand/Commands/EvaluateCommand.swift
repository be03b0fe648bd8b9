import ArgumentParser
import Ballast
import Foundation

/// `ballast evaluate`.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Evaluate a run's weights on its held-out data, or on any text.",
        usage: "ballast evaluate <subject> [--text <text> ...] [<options>]",
        discussion: """
            Without --text: the held-out part of the run's own data, in the batches of its last evaluation, so \
            that the result is its final loss. With --text: the whole text, or about a million tokens spread \
            evenly over it.
            """)

    @Argument(help: "A run's folder (from train or import), or a checkpoint.")
    var subject: String

    @Option(parsing: .upToNextOption, help: "Files, folders, globs or corpora to read instead.")
    var text: [String] = []

    @Option(help: "The step of a checkpoint, or its path; otherwise the newest.")
    var checkpoint: String?

    @Option(help: "Batches to read.")
    var batches: Int?

    @Option(
        help: """
            Write the tokens (batch, time) and logits (batch, time, vocabulary) of the first batch to this \
            safetensors file.
            """)
    var logits: String?

    @Flag(help: "Print one line of JSON.")
    var json = false

    @OptionGroup var engine: EngineOptions

    func validate() throws {
        try requireOption(batches, "--batches", in: 1...1_000_000)
    }

    func run() throws {
        try TextSource(text).requireMemory(key: "--text")
        let result = try RunEvaluation(
            subject, checkpoint: checkpoint, text: text, batches: batches, on: engine.make())
        if let logits {
            try Safetensors.write(
                ["tokens": result.first.tokens, "logits": result.first.logits], to: logits)
        }
        if json { return Terminal.line(try SnakeCaseJSON.text(result, isPretty: false)) }
        let error = result.standardError.map { " ± \(Terminal.number($0, 2))" } ?? ""
        let text = result.text.joined(separator: ", ")
        Terminal.line(
            "loss \(Terminal.number(result.loss, 6))\(error) nats per token"
                + (result.bitsPerByte.map { " (\(Terminal.number($0, 5)) bits per byte)" } ?? ""))
        Terminal.line(
            "  step \(result.step), \(result.tokens) tokens "
                + (result.tokens > result.tokensThere ? "in sequences that overlap, " : "")
                + "of \(result.tokensThere) "
                + (result.isOwnText ? "that the run held out of \(text)" : "of \(text)"))
    }
}
