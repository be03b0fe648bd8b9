import Foundation
import Testing
import Tokenizers

/// Merges as their definition says: the pair of least rank, the leftmost of equals, until none is left.
private func merged(_ tokens: [Int32], _ table: MergeTable) -> [Int32] {
    var tokens = tokens
    while true {
        let pairs = tokens.indices.dropLast().compactMap { index in
            table[tokens[index], tokens[index + 1]].map {
                (rank: $0.rank, index: index, token: $0.token)
            }
        }
        guard let best = pairs.min(by: { ($0.rank, $0.index) < ($1.rank, $1.index) }) else {
            return tokens
        }
        tokens.replaceSubrange(best.index...best.index + 1, with: [best.token])
    }
}

struct EncodingTests {
    @Test func anyBytesAreEncodedAndComeBack() throws {
        var random = SystemRandomNumberGenerator()
        for style in ["gpt2", "llama3"] {
            let tokenizer = try tokenizer(style)
            let all = Array(UInt8.min...UInt8.max)
            #expect(tokenizer.decode(tokenizer.encode(all)) == all)
            for length in 0..<200 {
                let text = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
                #expect(tokenizer.decode(tokenizer.encode(text)) == text, "\(text)")
            }
        }
    }

    @Test(
        arguments: [
            [0xff], [0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xc0, 0x80],
            [0xf4, 0x90, 0x80, 0x80], [0xf0, 0x9f, 0x98],
            [0xa0],
        ] as [[UInt8]])
    func aByteOfNoScalarIsCutAsAReplacementCharacter(_ broken: [UInt8]) throws {
        for cut in [PreTokenizer.gpt2, .llama3, .qwen2, .smolLM] {
            let mark = Array("\u{fffd}".utf8)
            func words(_ unit: [UInt8], as text: (([UInt8]) -> [UInt8])) -> [Int] {
                let bytes = text(unit)
                let classes = ScalarClass.table
                var ends: [Int] = []
                var place = 0
                while place < bytes.count {
                    place = cut.end(from: place, in: bytes.span, classes.span)
                    ends.append(place)
                }
                // In units, so that marks of other sizes compare.
                return ends
            }
            for (before, after) in [
                ("", "abc"), ("a ", " b"), (" ", "!"), ("1", "2\n"), ("\n", "x"), ("'", "s"),
            ] {
                let here = words(broken) { Array(before.utf8) + $0 + Array(after.utf8) }
                let there = words(Array(repeatElement(mark, count: broken.count).joined())) {
                    Array(before.utf8) + $0 + Array(after.utf8)
                }
                let start = before.utf8.count
                func place(_ end: Int, _ size: Int) -> Int {
                    end <= start
                        ? end
                        : end >= start + size * broken.count
                            ? end - size * broken.count + broken.count
                            : start + (end - start) / size
                }
                #expect(here == there.map { place($0, 3) }, "\(cut) \(before) \(after)")
            }
        }
    }

    @Test func longWordsMergeAsShortOnesDo() {
        var seed: UInt64 = 1
        func next(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % bound
        }
        for round in 0..<60 {
            // Any pairs in any order, not only those that training would learn.
            var table = MergeTable(capacity: 60)
            for rank in 0..<60 {
                table.insert(
                    Int32(next(4 + rank)), Int32(next(4 + rank)),
                    .init(rank: Int32(rank), token: Int32(4 + rank)))
            }
            for length in [0, 1, 2, 7, 48, 49, 200] {
                let word = (0..<length).map { _ in Int32(next(1 + round % 4)) }
                var own = word
                var merger = WordMerger()
                merger.merge(&own, table)
                #expect(own == merged(word, table))
            }
        }
    }

    @Test func aMillionLettersWithoutASpaceTakeLittleTime() throws {
        let text = (0..<1_000_000).map { UInt8(97 + ($0 * $0 / 7) % 3) }
        let tokenizer = try tokenizer("gpt2")
        let start = ContinuousClock.now
        let tokens = tokenizer.encode(text)
        #expect(tokenizer.decode(tokens) == text)
        // Quadratic time would be hours.
        #expect(ContinuousClock.now - start < .seconds(60))
    }

    @Test func whatIsRememberedChangesNothing() throws {
        let tokenizer = try tokenizer("llama3")
        var encoder = Encoder(tokenizer)
        // More words than are remembered at once.
        let text = (0..<150_000).map { " w\($0 &* 7919)x" }.joined()
        let first = encoder.encode(Array(text.utf8))
        #expect(tokenizer.decode(first) == Array(text.utf8))
        #expect(encoder.encode(Array(text.utf8)) == first)
        #expect(
            encoder.encode(Array(text.utf8.prefix(5000)))
                == tokenizer.encode(text.utf8.prefix(5000)))
    }
}
