import ArgumentParser

/// `ballast tokenizer`.
struct TokenizerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenizer",
        abstract: "Train a byte-level BPE tokenizer, or apply one to text.",
        subcommands: [TokenizerTrainCommand.self, TokenizerEncodeCommand.self])
}
