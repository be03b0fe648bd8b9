import ArgumentParser
import Ballast
import Foundation
import Tokenizers

/// `ballast tokenizer encode`.
struct TokenizerEncodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encode",
        abstract: "Encode text with a tokenizer.json, or count its tokens.",
        discussion: """
            ballast tokenizer encode tokenizer.json text.txt --count

            Each file gives one line of token ids, without those that a post-processor would add. --count \
            prints the total number of tokens, the bytes per token, and the speed on one core.
            """)

    @Argument(help: "A tokenizer.json of byte-level BPE.")
    var tokenizer: String

    @Argument(help: "Files, compressed or not; none or - for standard input.")
    var files: [String] = []

    @Flag(help: "Print counts instead of the tokens.")
    var count = false

    func run() throws {
        var encoder = Encoder(try Tokenizer(path: tokenizer))
        var bytes = 0
        var tokens = 0
        var time = Duration.zero
        for file in files.isEmpty ? ["-"] : files {
            let text =
                file == "-"
                ? [UInt8](FileHandle.standardInput.readDataToEndOfFile())
                : try Gzip.contents(of: file)
            var row: [Int32] = []
            time += ContinuousClock().measure { row = encoder.encode(text) }
            bytes += text.count
            tokens += row.count
            if !count { Terminal.line(row.map(String.init).joined(separator: " ")) }
        }
        guard count else { return }
        let speed = Double(bytes) / 1e6 / max(time / .seconds(1), 1e-9)
        Terminal.line(
            "\(tokens) tokens of \(bytes) bytes, "
                + "\(Terminal.number(Double(bytes) / Double(max(tokens, 1)), 4)) bytes per token, "
                + "\(Terminal.number(speed, 3)) MB/s")
    }
}
