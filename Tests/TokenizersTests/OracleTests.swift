import Foundation
import Testing
import Tokenizers

struct OracleTests {
    @Test(arguments: ["gpt2", "llama3", "qwen2", "smollm"])
    func tokensAreThoseOfTokenizers(_ style: String) throws {
        let expected = try Expected.read()
        let tokenizer = try tokenizer(style)
        #expect(expected.texts.count > 200)
        #expect(mismatches(tokenizer, expected.texts, expected.style(style).ids) == [])
        let decoded = expected.style(style).decoded ?? expected.texts
        for (text, ids) in zip(decoded, expected.style(style).ids) {
            #expect(
                String(decoding: tokenizer.decode(ids), as: UTF8.self).utf8.elementsEqual(text.utf8)
            )
        }
    }

    @Test func theComparisonSeesAnotherExpression() throws {
        let expected = try Expected.read()
        for (own, other) in [
            ("gpt2", PreTokenizer.llama3), ("llama3", .qwen2), ("qwen2", .gpt2), ("smollm", .gpt2),
            ("gpt2", .smolLM),
        ] {
            var tokenizer = try tokenizer(own)
            tokenizer.preTokenizer = other
            #expect(mismatches(tokenizer, expected.texts, expected.style(own).ids).isEmpty == false)
        }
        var tokenizer = try tokenizer("qwen2")
        tokenizer.composes = false
        #expect(mismatches(tokenizer, expected.texts, expected.qwen2.ids).isEmpty == false)
    }

    @Test func addedTokensTakeSpaceAndStandInComposedText() throws {
        let added = try Expected.read().added
        #expect(try mismatches(tokenizer("added"), added.texts, added.ids) == [])
    }

    @Test func wordsThatAreTokensAreTakenWholeWhereTheFileSaysSo() throws {
        let expected = try Expected.read()
        for (flag, ids) in [(true, expected.whole), (false, expected.merged)] {
            let file = try changed("llama3") { tree in
                change(&tree, "model") { model in
                    model["merges"] = Array((model["merges"] as? [Any] ?? []).dropLast(60))
                    model["ignore_merges"] = flag
                }
            }
            let tokenizer = try Tokenizer(file, path: "fewer.json")
            #expect(mismatches(tokenizer, expected.texts, ids) == [])
            let others = flag ? expected.merged : expected.whole
            #expect(mismatches(tokenizer, expected.texts, others).isEmpty == false)
        }
    }

    @Test(arguments: TokenizerStyle.allCases)
    func trainingLearnsTheVocabularyOfTokenizers(_ style: TokenizerStyle) throws {
        let theirs = try tokenizer(style.rawValue)
        var trainer = BytePairTrainer(style)
        trainer.add(try bytes("text.txt"))
        let trained = trainer.train(vocabulary: theirs.vocabularySize)
        #expect(trained.tokens == theirs.tokens)
        #expect(trained.merges == theirs.merges)
        // The file that is written says the same.
        let own = try Tokenizer(Array(trained.json.utf8), path: "own.json")
        let expected = try Expected.read()
        #expect(mismatches(own, expected.texts, expected.style(style.rawValue).ids) == [])
        #expect(own.endOfText == theirs.endOfText && own.endOfText != nil)

        var other = BytePairTrainer(style)
        other.add(Array(try bytes("text.txt").dropLast(2000)))
        #expect(other.train(vocabulary: theirs.vocabularySize).merges != theirs.merges)
    }
}
