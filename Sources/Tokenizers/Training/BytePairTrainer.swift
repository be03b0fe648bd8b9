/// Learns a byte-level BPE vocabulary from texts (arXiv 1508.07909, algorithm 1), as the `BpeTrainer` of
/// `tokenizers` does: the pair that stands most often is merged, of equals the one of smaller numbers, left
/// before right.
///
/// ```swift
/// var trainer = BytePairTrainer(.llama3)
/// trainer.add(Array(text.utf8))
/// let trained = trainer.train(vocabulary: 4096)
/// ```
package struct BytePairTrainer {
    private let style: TokenizerStyle
    private var counts: [[UInt8]: Int] = [:]

    /// Creates a trainer that has seen nothing.
    package init(_ style: TokenizerStyle) { self.style = style }

    /// Counts the words of a text.
    package mutating func add(_ text: [UInt8]) {
        if style.composes, let composed = CanonicalComposition.composed(text.span) {
            count(composed.span)
        } else {
            count(text.span)
        }
    }

    private mutating func count(_ text: Span<UInt8>) {
        let table = ScalarClass.table
        let classes = table.span
        var start = 0
        while start < text.count {
            let end = style.preTokenizer.end(from: start, in: text, classes)
            counts[(start..<end).map { text[$0] }, default: 0] += 1
            start = end
        }
    }

    /// Merges until there are so many tokens, or no pair is left.
    ///
    /// - Parameter vocabulary: The tokens, ``TokenizerStyle/specialTokens`` and bytes among them.
    /// - Returns: The vocabulary, smaller where no pair was left.
    /// - Precondition: It is at least ``TokenizerStyle/leastVocabulary``.
    package func train(vocabulary: Int) -> TrainedTokenizer {
        precondition(
            vocabulary >= style.leastVocabulary, "BytePairTrainer: \(vocabulary) tokens")
        // Bytes are numbered in the order of the characters that spell them.
        let bytes = (UInt8(0)...255).sorted {
            ByteAlphabet.scalars[Int($0)] < ByteAlphabet.scalars[Int($1)]
        }
        var result = TrainedTokenizer(
            style: style, tokens: style.specialTokens.map { Array($0.utf8) } + bytes.map { [$0] })
        var numbers: [[UInt8]: Int32] = [:]
        for (number, token) in result.tokens.enumerated() { numbers[token] = Int32(number) }
        var words = PairCounts(
            counts.map { (word: $0.key.map { numbers[[$0], default: 0] }, count: $0.value) })
        while result.tokens.count < vocabulary, let top = words.popMostFrequent() {
            let token = result.tokens[Int(top.left)] + result.tokens[Int(top.right)]
            // Two pairs may spell the same token.
            let number = numbers[token] ?? Int32(result.tokens.count)
            if numbers.updateValue(number, forKey: token) == nil { result.tokens.append(token) }
            result.merges.append(Tokenizer.Pair(left: top.left, right: top.right, token: number))
            words.merge(top, into: number)
        }
        return result
    }
}
