import ArgumentParser
import Ballast
import Tokenizers

/// `ballast tokenizer train`.
struct TokenizerTrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Learn a byte-level BPE tokenizer from text, as a tokenizer.json.",
        usage: "ballast tokenizer train <text> ... --vocabulary <n> --out <file>",
        discussion: """
            ballast tokenizer train gcide --vocabulary 4096 --style llama3 --out tokenizer.json

            The same text gives the same file, with the merges of Hugging Face's trainer: the most frequent pair \
            first, ties broken by the smaller ids. `tokenizers` and transformers load it, and data.tokenizer \
            takes it.
            """)

    @Argument(help: "Files, folders, patterns, or names of fetched corpora.")
    var text: [String]

    @Option(help: ArgumentHelp("Vocabulary size, including the 256 bytes.", valueName: "n"))
    var vocabulary: Int

    @Option(
        help: ArgumentHelp(
            "How text is cut into words: "
                + TokenizerStyle.allCases.map(\.rawValue).joined(separator: ", ") + "."))
    var style = "llama3"

    @Option(help: "The file to write.")
    var out: String

    func run() throws {
        guard let style = TokenizerStyle(rawValue: style) else {
            throw ValidationError(
                "--style \(style): there are "
                    + TokenizerStyle.allCases.map(\.rawValue).joined(separator: ", "))
        }
        guard style.leastVocabulary...1_048_576 ~= vocabulary else {
            throw ValidationError(
                "--vocabulary \(vocabulary): a tokenizer as \(style.rawValue) has from "
                    + "\(style.leastVocabulary) to 1048576")
        }
        let source = TextSource(text)
        try source.requireMemory(key: "TEXT")
        var bytes: [UInt8] = []
        _ = try source.read { bytes += $0 }
        var trainer = BytePairTrainer(style)
        trainer.add(bytes)
        let trained = trainer.train(vocabulary: vocabulary)
        try AtomicFile.write(trained.json, to: out)
        let tokenizer = try Tokenizer(path: out)
        let count = tokenizer.encode(bytes).count
        Terminal.line(
            "\(trained.tokens.count) tokens and \(trained.merges.count) merges in \(out); of this text "
                + "\(Terminal.number(Double(bytes.count) / Double(max(count, 1)), 4)) bytes per token"
                + (trained.tokens.count < vocabulary
                    ? "; the text has no pair left to merge for more" : ""))
    }
}
