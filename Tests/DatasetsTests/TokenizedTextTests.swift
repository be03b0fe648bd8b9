import Datasets
import Foundation
import Testing
import Tokenizers

/// A tokenizer that is learnt from a text, written to a file.
private func writeTokenizer(
    _ style: TokenizerStyle, _ text: String, _ vocabulary: Int, to path: String
) throws {
    var trainer = BytePairTrainer(style)
    trainer.add(Array(text.utf8))
    try write(trainer.train(vocabulary: vocabulary).json, to: path)
}

private let text = String(
    repeating:
        "It isn't the model, it's the learning rate; größere Modelle brauchen kleinere. 2718 28182 845\n",
    count: 90)

private func source(_ folder: String, _ names: [String], tokenizer: String = "t.json") -> TextSource
{
    var source = TextSource(names.map { folder + "/" + $0 }, home: folder + "/home")
    source.tokenizer = tokenizer.isEmpty ? "" : folder + "/" + tokenizer
    return source
}

private func all(_ tokens: Tokens) -> [Int32] { (0..<tokens.count).map { tokens[$0] } }

@Suite("text with a tokenizer")
struct TokenizedTextTests {
    @Test("is cut where one of bytes is, and both parts decode to its bytes")
    func tokens() throws {
        try withFolder { folder in
            try write(text, to: folder + "/a.txt")
            try writeTokenizer(.llama3, text, 400, to: folder + "/t.json")
            let tokenizer = try Tokenizer(path: folder + "/t.json")
            let plain = try TokenCache(source(folder, ["a.txt"], tokenizer: ""))
            let cache = try TokenCache(source(folder, ["a.txt"]), vocabulary: 400)
            for (own, bytes) in [
                (cache.training, plain.training), (cache.validation, plain.validation),
            ] {
                #expect(tokenizer.decode(all(own)) == all(bytes).map { UInt8($0) })
                #expect(own.count < bytes.count / 2)
            }
            #expect(cache.validationBytes == plain.validation.count)
            #expect(plain.validationBytes == plain.validation.count)
            let again = try TokenCache(source(folder, ["a.txt"]), vocabulary: 1000)
            #expect(
                again.training == cache.training && again.path == cache.path && again.path != nil)
        }
    }

    @Test("is other data with another tokenizer, and the same whatever the files are called")
    func digests() throws {
        try withFolder { folder in
            try write(text, to: folder + "/a.txt")
            try writeTokenizer(.gpt2, text, 300, to: folder + "/t.json")
            try writeTokenizer(.gpt2, text, 301, to: folder + "/u.json")
            try FileManager.default.copyItem(atPath: folder + "/t.json", toPath: folder + "/v.json")
            let first = try source(folder, ["a.txt"]).digest()
            #expect(try source(folder, ["a.txt"], tokenizer: "v.json").digest() == first)
            #expect(try source(folder, ["a.txt"], tokenizer: "u.json").digest() != first)
            #expect(try source(folder, ["a.txt"], tokenizer: "").digest() != first)
            #expect(try TokenCache(source(folder, ["a.txt"]), vocabulary: 400).digest == first)
            // A tokenizer that changes where it stands is read again.
            try FileManager.default.removeItem(atPath: folder + "/t.json")
            try FileManager.default.copyItem(atPath: folder + "/u.json", toPath: folder + "/t.json")
            #expect(try source(folder, ["a.txt"]).digest() != first)
        }
    }

    @Test("needs a vocabulary of the tokenizer's size, and a tokenizer that can be read")
    func refused() throws {
        try withFolder { folder in
            try write(text, to: folder + "/a.txt")
            try writeTokenizer(.qwen2, text, 300, to: folder + "/t.json")
            #expect(
                message { _ = try TokenCache(source(folder, ["a.txt"]), vocabulary: 299) }
                    == "\(folder)/t.json needs a vocabulary of 300, and model.vocabulary is 299; set it to 300 or more"
            )
            #expect(
                message { _ = try TokenCache(source(folder, ["a.txt"]), vocabulary: 300) }
                    == "no error")
            try write("{}", to: folder + "/bad.json")
            #expect(
                message { _ = try source(folder, ["a.txt"], tokenizer: "bad.json").digest() }
                    .hasPrefix("\(folder)/bad.json: model: is missing"))
        }
    }
}

@Suite("JSON Lines")
struct JSONLinesTests {
    private func text(_ source: TextSource) throws -> String {
        var bytes: [UInt8] = []
        _ = try source.read { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("are the texts of a field, each with the token that ends a text after it")
    func fields() throws {
        try withFolder { folder in
            let lines =
                "{\"id\": 1, \"text\": \"one \\u00e9\\n\"}\r\n\n{\"text\": \"two\", \"body\": \"b\"}"
            try write(lines, to: folder + "/a.jsonl")
            try write(lines, to: folder + "/a.txt")
            try writeTokenizer(.qwen2, lines, 260, to: folder + "/t.json")
            var names = source(folder, ["a.jsonl"], tokenizer: "")
            #expect(try text(names) == "one \u{e9}\n\ntwo\n")
            #expect(try text(source(folder, ["a.txt"], tokenizer: "")) == lines)
            #expect(
                try text(source(folder, ["a.jsonl"])) == "one \u{e9}\n<|endoftext|>two<|endoftext|>"
            )
            names.field = ""
            #expect(try text(names) == lines)
            names.field = "body"
            #expect(
                message { _ = try text(names) }
                    == "\(folder)/a.jsonl: line 1: has no text in the field 'body' of id, text; "
                    + "name the field that holds the text as data.field")
        }
    }

    @Test("of more than one piece are read whole, and damaged lines are named")
    func pieces() throws {
        try withFolder { folder in
            let long = String(repeating: "word ", count: 90_000)
            let lines = (0..<4).map { "{\"text\": \"\($0)\(long)\"}" }
            try write(lines.joined(separator: "\n"), to: folder + "/a.ndjson")
            #expect(
                try text(source(folder, ["a.ndjson"], tokenizer: ""))
                    == (0..<4).map { "\($0)\(long)\n" }.joined())
            try write(lines[0] + "\n{\"text\": tru}\n", to: folder + "/b.jsonl")
            #expect(
                message { _ = try text(source(folder, ["b.jsonl"], tokenizer: "")) }
                    == "\(folder)/b.jsonl: line 2, byte 9: no JSON value; a line of JSON Lines is one object; to read "
                    + "the file as it stands, set data.field to null")
        }
    }

    @Test("Parquet is refused with what converts it")
    func parquet() throws {
        try withFolder { folder in
            try write("PAR1", to: folder + "/a.parquet")
            let said = message { _ = try text(source(folder, ["a.parquet"], tokenizer: "")) }
            #expect(
                said.hasPrefix(
                    "\(folder)/a.parquet: format: Parquet, which is not read; convert it: python3 -c "
                ))
            #expect(said.contains("to_json('\(folder)/a.jsonl', orient='records', lines=True)"))
        }
    }
}
