import ArgumentParser
import Ballast
import Foundation

/// `ballast evaluate`.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "The loss of a run's weights on what it held out, or on any text.",
        discussion: """
            Of the run's own text the part that no step saw, in the batches of its last evaluation, so that its \
            final loss comes out again; of another text all, up to about a million tokens spread over it.
            """)

    @Argument(help: "A run's folder, as train or import made it, or a checkpoint.")
    var subject: String

    @Option(parsing: .upToNextOption, help: "Files, folders, globs or corpora to read instead.")
    var text: [String] = []

    @Option(help: "The step of a checkpoint, or its path; otherwise the newest.")
    var checkpoint: String?

    @Option(help: "Batches to read.")
    var batches: Int?

    @Option(
        help: """
            A safetensors file for what the model says of the first batch: tokens (batch, time) and logits \
            (batch, time, vocabulary).
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
