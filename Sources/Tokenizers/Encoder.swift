/// Encodes texts with a tokenizer, and remembers the words that it has seen.
package struct Encoder {
    private let tokenizer: Tokenizer
    private var cache = WordCache()
    private var merger = WordMerger()
    private var word: [Int32] = []

    /// Creates an encoder that has seen nothing.
    package init(_ tokenizer: Tokenizer) { self.tokenizer = tokenizer }

    /// The tokens of a text.
    package mutating func encode(_ text: [UInt8]) -> [Int32] {
        var tokens: [Int32] = []
        tokens.reserveCapacity(text.count / 4)
        encode(text, into: &tokens)
        return tokens
    }

    /// Appends the tokens of a text.
    package mutating func encode(_ text: [UInt8], into tokens: inout [Int32]) {
        let span = text.span
        tokenizer.addedTokens.raw.split(span) { part, token in
            if let token { return tokens.append(token) }
            let part = span.extracting(part)
            if tokenizer.composes, let composed = CanonicalComposition.composed(part) {
                encodeComposed(composed.span, into: &tokens)
            } else {
                encodeComposed(part, into: &tokens)
            }
        }
    }

    private mutating func encodeComposed(_ text: Span<UInt8>, into tokens: inout [Int32]) {
        tokenizer.addedTokens.composed.split(text) { part, token in
            if let token { return tokens.append(token) }
            let part = text.extracting(part)
            if tokenizer.addsPrefixSpace, part[0] != 0x20 {
                let bytes = [0x20] + (0..<part.count).map { part[$0] }
                encodeWords(bytes.span, into: &tokens)
            } else {
                encodeWords(part, into: &tokens)
            }
        }
    }

    private mutating func encodeWords(_ text: Span<UInt8>, into tokens: inout [Int32]) {
        let preTokenizer = tokenizer.preTokenizer
        let table = ScalarClass.table
        let classes = table.span
        var start = 0
        while start < text.count {
            let end = preTokenizer.end(from: start, in: text, classes)
            encodeWord(text, start..<end, into: &tokens)
            start = end
        }
    }

    @inline(__always)
    private mutating func encodeWord(
        _ text: Span<UInt8>, _ range: Range<Int>, into tokens: inout [Int32]
    ) {
        guard range.count <= WordCache.longestWord else {
            return tokens += merged(text, range)
        }
        if range.count == 1, tokenizer.words.isEmpty {
            return tokens.append(tokenizer.byteTokens[Int(text[range.lowerBound])])
        }
        let hash = WordCache.hash(text, range)
        if cache.append(text, range, hash, to: &tokens) { return }
        let found = merged(text, range)
        cache.insert(text, range, hash, found)
        tokens += found
    }

    /// The tokens of a word.
    @inline(never)
    private mutating func merged(_ text: Span<UInt8>, _ range: Range<Int>) -> [Int32] {
        if !tokenizer.words.isEmpty,
            let token = tokenizer.words[range.map { text[$0] }]
        {
            return [token]
        }
        word.removeAll(keepingCapacity: true)
        for index in range { word.append(tokenizer.byteTokens[Int(text[index])]) }
        merger.merge(&word, tokenizer.table)
        return word
    }
}
