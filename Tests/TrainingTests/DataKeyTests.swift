import Datasets
import Foundation
import Modules
import Runs
import Testing
import Tokenizers
import Training

@Suite("keys of data")
struct DataKeyTests {
    private func configuration(_ text: String) throws -> RunConfiguration {
        try ConfigurationFile.configuration(
            from: ConfigurationFile.yaml(of: text, source: "test"), source: "test")
    }

    /// A tokenizer of 300 tokens at a path, while `body` runs.
    private func withTokenizer(_ body: (String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "tokenizer-\(UUID().uuidString).json"
        var trainer = BytePairTrainer(.gpt2)
        trainer.add(
            Array(
                String(repeating: "a model and another model of letters and words ", count: 9).utf8)
        )
        try trainer.train(vocabulary: 280).json.write(
            toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test("the vocabulary is the tokenizer's where it is not given")
    func vocabulary() throws {
        try withTokenizer { path in
            #expect(try configuration("data: {tokenizer: \(path)}").model.vocabulary == 280)
            let given = try configuration("data: {tokenizer: \(path)}\nmodel: {vocabulary: 512}")
            #expect(given.model.vocabulary == 512)
            #expect(try configuration("data: {tokenizer: null}").model.vocabulary == 256)
            // What is written reads back without the tokenizer.
            let text = ConfigurationFile.text(of: given)
            try FileManager.default.removeItem(atPath: path)
            #expect(try configuration(text) == given)
            #expect {
                _ = try configuration("data: {tokenizer: \(path)}")
            } throws: { "\($0)".contains("data.tokenizer: \(path): open: No such file") }
        }
    }

    @Test("add nothing to the identity of a run without them, nor do their names to one with them")
    func identity() throws {
        let plain = RunIdentity.values(of: RunConfiguration())
        #expect(
            plain.keys.filter { $0.hasPrefix("data.") }.sorted() == [
                "data.batch", "data.data-seed", "data.order-seed",
            ])
        try withTokenizer { path in
            let first = try configuration("data: {tokenizer: \(path), text: [a]}")
            var other = first
            (other.data.tokenizer, other.data.text, other.data.field) = (
                "elsewhere.json", ["b"], "body"
            )
            #expect(RunIdentity(first, data: "1") == RunIdentity(other, data: "1"))
            #expect(RunIdentity(first, data: "1") != RunIdentity(other, data: "2"))
        }
    }

    @Test("what does not fit together is refused")
    func refused() throws {
        for (text, words) in [
            ("data: {text: [a.txt], tokens: [b.bin]}", "data.tokens: is named beside data.text"),
            ("data: {text: []}", "data.text: no text is named"),
            (
                "data: {tokens: b.bin}",
                "data.tokens: b.bin is a single value, not a list; write [b.bin]"
            ),
            ("data: {tokenizer: [t.json]}", "data.tokenizer: is a list, not a single value"),
        ] {
            #expect { _ = try configuration(text) } throws: { "\($0)".contains(words) }
        }
        #expect(try configuration("data: {tokens: [b.bin]}").dataNames == ["b.bin"])
        #expect(
            try configuration("data: {text: [], tokens: [b.bin]}").textSource.tokens == ["b.bin"])
    }
}
