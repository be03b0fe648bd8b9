import Formats
import Foundation
import Testing
import Tokenizers

/// The error of reading a changed file; nil where it is read.
private func error(of name: String = "gpt2", _ body: (inout [String: Any]) -> Void) throws
    -> String?
{
    let file = try changed(name, body)
    do {
        _ = try Tokenizer(file, path: "t.json")
        return nil
    } catch {
        return "\(error)"
    }
}

struct FileTests {
    @Test func otherKindsAreRefusedByName() throws {
        func model(_ key: String, _ value: Any) throws -> String? {
            try error { tree in change(&tree, "model") { $0[key] = value } }
        }
        for (key, value, words) in [
            (
                "type", "Unigram",
                "model.type: Unigram, SentencePiece's kind (T5, ALBERT, XLM-R); train one"
            ),
            ("type", "WordPiece", "model.type: WordPiece, BERT's kind"),
            ("type", "WordLevel", "model.type: WordLevel, not byte-level BPE"),
            ("byte_fallback", true, "model.byte_fallback: SentencePiece's kind of BPE"),
            ("end_of_word_suffix", "</w>", "model.end_of_word_suffix: BPE over characters"),
            ("dropout", 0.1, "model.dropout: merges are left out by chance"),
            ("type", 3, "model.type: is a number, not a string"),
        ] as [(String, Any, String)] {
            #expect(try model(key, value)?.hasPrefix("t.json: " + words) == true, "\(key)")
        }
        for (key, value, words) in [
            (
                "normalizer", ["type": "Lowercase"],
                "normalizer: Lowercase, where null and NFC are known"
            ),
            (
                "pre_tokenizer", ["type": "Metaspace"],
                "pre_tokenizer: Metaspace: SentencePiece's kind"
            ),
            ("pre_tokenizer", ["type": "Whitespace"], "pre_tokenizer: Whitespace, where Split"),
            ("decoder", ["type": "WordPiece"], "decoder: WordPiece, where ByteLevel is known"),
            ("pre_tokenizer", NSNull(), "pre_tokenizer: is null"),
            ("added_tokens", 7, "added_tokens: is a number, not a list"),
        ] as [(String, Any, String)] {
            #expect(try error { $0[key] = value }?.hasPrefix("t.json: " + words) == true, "\(key)")
        }
        let split = try error(of: "llama3") { tree in
            change(&tree, "pre_tokenizer") { cut in
                var steps = cut["pretokenizers"] as? [[String: Any]] ?? []
                steps[0]["pattern"] = ["Regex": "\\w+|\\s"]
                cut["pretokenizers"] = steps
            }
        }
        #expect(
            split?.contains("'\\w+|\\s' is not one of the expressions of GPT-2, Llama 3 and Qwen 2")
                == true)
        #expect(try error { _ in } == nil)
    }

    @Test func vocabulariesThatContradictThemselvesAreRefused() throws {
        func vocabulary(_ body: (inout [String: Any]) -> Void) throws -> String {
            try error { tree in change(&tree, "model") { change(&$0, "vocab", body) } } ?? "none"
        }
        #expect(try vocabulary { $0["zz"] = 5 }.contains(" is 5, and '"))
        #expect(
            try vocabulary { $0["zz"] = -1 }.contains(
                "the number of 'zz' is -1, not a whole number from 0"))
        #expect(try vocabulary { $0["zz"] = 4e9 }.contains("the number of 'zz' is 4000000000, not"))
        #expect(
            try vocabulary { $0["zz"] = 1e300 }.contains(
                "the number of 'zz' is a number, not a whole number"))
        #expect(
            try vocabulary { $0["zz"] = 1.5 }.contains(
                "the number of 'zz' is a number, not a whole number"))
        #expect(try vocabulary { $0["zz"] = "5" }.contains("the number of 'zz' is a string, not"))
        #expect(try vocabulary { $0["Ġ"] = nil }.contains("has no token for byte 32, spelled 'Ġ'"))
        func merges(_ merge: Any) throws -> String {
            try error { tree in
                change(&tree, "model") { $0["merges"] = ($0["merges"] as? [Any] ?? []) + [merge] }
            } ?? "none"
        }
        #expect(try merges("a qqq").contains(": 'qqq' is not in model.vocab"))
        #expect(try merges("q q").contains(": 'qq' is not in model.vocab"))
        for other in ["a", "a b c", ["a"], 5, "", [1, 2]] as [Any] {
            let words = try merges(other)
            #expect(
                words.contains("model.merges[")
                    && (words.contains("two tokens") || words.contains("string")))
        }
        func added(_ token: [String: Any]) throws -> String {
            try error { $0["added_tokens"] = ($0["added_tokens"] as? [Any] ?? []) + [token] }
                ?? "none"
        }
        #expect(
            try added(["id": 0, "content": "x y"]).contains(
                "added_tokens[1]: 'x y' is 0, and '<|endoftext|>' is too"))
        #expect(try added(["id": 9, "content": "x y"]).contains("'x y' is 9, which is '"))
        #expect(
            try added(["id": 9000, "content": ""]).contains("added_tokens[1]: is an empty text"))
        #expect(
            try added(["id": 9000, "content": "x", "single_word": true]).contains("whole word only")
        )
        #expect(try added(["id": 9000, "content": "a"]).contains("'a' is 9000, and "))
        #expect(
            try added(["id": 1 << 40, "content": "xx"]).contains(
                "the number of 'xx' is 1099511627776"))
        #expect(try added(["id": 9000, "content": "xx"]) == "none")
    }

    @Test(arguments: [
        ("", "the text ends where a value should stand"), ("{", "a key in quotes is missing"),
        ("{\"a\": 1", "',' or '}' is missing"), ("[1 2]", "',' or ']' is missing"),
        ("{} x", "text after its end"),
        ("\"\\ud800\"", "half of a surrogate pair"), ("\"\\x\"", "an unknown escape"),
        ("01", "leading zero"),
        ("nul", "no JSON value"), ("-", "no JSON value"), ("1.", "ends in '.'"),
        ("1e", "without its exponent"),
        ("\"a", "closing quote"), ("\"\u{1}\"", "a control character"),
        ("[]", "is a list, not an object"),
        (String(repeating: "[", count: 1_000_000), "more than 64 lists"),
    ])
    func brokenJSONIsRefused(_ text: String, _ words: String) {
        #expect {
            _ = try Tokenizer(Array(text.utf8), path: "t.json")
        } throws: { "\($0)".hasPrefix("t.json: ") && "\($0)".contains(words) }
    }

    @Test func keysThatStandTwiceInTheVocabularyAreRefused() throws {
        let text = String(decoding: try bytes("gpt2.json"), as: UTF8.self)
        let twice = text.replacing(
            "\"vocab\":{", with: "\"vocab\":{\"a\":9000,", maxReplacements: 1)
        #expect {
            _ = try Tokenizer(Array(twice.utf8), path: "t.json")
        } throws: { "\($0)".contains("model.vocab: 'a' appears twice") }
    }

    @Test func damagedFilesAreReadOrRefused() throws {
        let good = try bytes("added.json")
        var seed: UInt64 = 3
        func next(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % bound
        }
        var refused = 0
        for _ in 0..<400 {
            var file = good
            for _ in 0...next(4) {
                switch next(3) {
                case 0: file[next(file.count)] = UInt8(next(256))
                case 1: file.removeSubrange(next(file.count)..<file.count)
                default:
                    file.insert(
                        contentsOf: Array("{}[]\",:0-9e".utf8).shuffled().prefix(2),
                        at: next(file.count))
                }
                if file.isEmpty { break }
            }
            do throws(FormatError) {
                _ = try Tokenizer(file, path: "t.json").encode("a text 123".utf8)
            } catch {
                refused += 1
            }
        }
        #expect(refused > 200)
    }

    @Test func aFileThatIsNotThereIsNamed() {
        #expect { _ = try Tokenizer(path: "/nonexistent/t.json") } throws: {
            "\($0)".hasPrefix("/nonexistent/t.json: open: No such file")
        }
    }
}
