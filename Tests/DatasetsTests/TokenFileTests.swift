import Datasets
import Foundation
import Testing

private let oracle =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Oracle/"

/// The tokens of the files in the folder, as `make_tokens.py` has them.
private let expected = (0..<3000).map { (i: Int) -> Int32 in Int32((31 * i * i + 7 * i) % 50257) }

/// All tokens of a cache, training first; the cut is at the end of so short a row.
private func all(_ cache: TokenCache) -> [Int32] {
    [cache.training, cache.validation].flatMap { part in (0..<part.count).map { part[$0] } }
}

private func source(_ files: [String], home: String) -> TextSource {
    var source = TextSource(["gcide"], home: home)
    source.tokens = files
    return source
}

@Suite("files of tokens")
struct TokenFileTests {
    @Test(
        "are read as their writers wrote them, and are the same data whatever the kind",
        arguments: ["nanogpt", "llmc", "llama3", "megatron", "megatron32"])
    func kinds(_ name: String) throws {
        try withFolder { home in
            let files = source([oracle + name + ".bin"], home: home)
            let cache = try TokenCache(files, vocabulary: 50257)
            #expect(all(cache) == expected)
            #expect(cache.validation.count == 1500 / 2)
            let other = try TokenCache(
                source([oracle + "nanogpt.bin"], home: home), vocabulary: 60000)
            #expect(cache.digest == other.digest && all(other) == expected)
            #expect(try files.digest() == cache.digest && cache.validationBytes == nil)
            // Kept, and read from where it is kept.
            #expect(cache.path != nil)
            #expect(try all(TokenCache(files, vocabulary: 50257)) == expected)
        }
    }

    @Test("several files and folders are one row, whatever the widths")
    func several() throws {
        try withFolder { home in
            for name in ["nanogpt.bin", "megatron32.bin", "megatron32.idx"] {
                try FileManager.default.copyItem(atPath: oracle + name, toPath: home + "/" + name)
            }
            let cache = try TokenCache(source([home + "/*"], home: home + "/h"), vocabulary: 50257)
            #expect(all(cache) == expected + expected)
            let one = try TokenCache(
                source([oracle + "nanogpt.bin"], home: home), vocabulary: 50257)
            #expect(one.digest != cache.digest)
        }
    }

    @Test("batches hold the tokens, of two bytes and of four")
    func batches() throws {
        try withFolder { home in
            for name in ["nanogpt", "megatron32"] {
                let cache = try TokenCache(
                    source([oracle + name + ".bin"], home: home), vocabulary: 50257)
                let batches = try BatchSource(cache, context: 16, batch: 3, dataSeed: 1)
                let batch = batches.batch(2)
                for row in 0..<3 {
                    let start = batches.start(ofRow: row, batch: 2)
                    #expect(batch.inputs[row * 16..<row * 16 + 16] == expected[start..<start + 16])
                    #expect(
                        batch.targets[row * 16..<row * 16 + 16] == expected[start + 1..<start + 17])
                }
            }
        }
    }

    @Test("what is damaged, too large or of another kind is refused")
    func refused() throws {
        func said(
            _ name: String, vocabulary: Int = 50257, _ change: (inout [UInt8]) -> Void = { _ in },
            index: (inout [UInt8]) -> Void = { _ in }
        ) throws -> String {
            try withFolder { home in
                for ending in ["bin", "idx"] {
                    guard
                        var bytes = try? [UInt8](
                            Data(contentsOf: URL(fileURLWithPath: "\(oracle)\(name).\(ending)")))
                    else { continue }
                    if ending == "bin" { change(&bytes) } else { index(&bytes) }
                    try write(bytes, to: "\(home)/t.\(ending)")
                }
                return message {
                    _ = try TokenCache(
                        source([home + "/t.bin"], home: home), vocabulary: vocabulary)
                }
                .replacing(home, with: "DIR")
            }
        }
        #expect(try said("nanogpt") == "no error")
        #expect(
            try said("nanogpt", vocabulary: 50000)
                == "DIR/t.bin needs a vocabulary of \(expected.max().map { $0 + 1 } ?? 0), and model.vocabulary is 50000; "
                + "set it to \(expected.max().map { $0 + 1 } ?? 0) or more")
        #expect(
            try said("nanogpt") { $0.removeLast() }.contains("5999 bytes, not tokens of 16 bits"))
        #expect(try said("nanogpt") { $0 = [] }.contains("the text is empty"))
        #expect(try said("llama3") { $0.removeFirst(1024) }.contains("tokens of 32 bits"))
        #expect(
            try said("llmc") { $0.removeLast(2) }.contains(
                "says 3000 tokens of 2 bytes, and 5998 bytes follow"))
        #expect(
            try said("llmc") { $0[4] = 9 }.contains("version 9 of llm.c's format, where 1 is known")
        )
        #expect(try said("llmc") { $0[0] = 138 }.contains("multiple-choice"))
        #expect(
            try said("megatron", index: { $0[0] = 0 }).contains("is not that of Megatron's index"))
        #expect(try said("megatron", index: { $0[9] = 2 }).contains("version 2, where 1 is known"))
        #expect(try said("megatron", index: { $0[17] = 6 }).contains("kind 6 of numbers"))
        #expect(try said("megatron", index: { $0[17] = 3 }).contains("is negative or above"))
        for place in 18..<34 {
            #expect(try said("megatron", index: { $0[place] = 255 }).contains("sequences and"))
        }
        #expect(try said("megatron", index: { $0[37] = 255 }).contains("sequence 0: -"))
        #expect(try said("megatron", index: { $0[36] = 127 }).contains("sequence 0: "))
        // Sequences that overlap do not multiply what is read.
        #expect(
            try said(
                "megatron",
                index: { $0.replaceSubrange(58..<66, with: [UInt8](repeating: 0, count: 8)) })
                == "no error")
        #expect(
            try said("megatron", index: { $0.replaceSubrange(42..<46, with: [0xb8, 0x0b, 0, 0]) })
                .contains("sequence 2: 3000 tokens"))
        #expect(try said("megatron", index: { $0.removeLast(8) }).contains("sequences and"))
    }
}
