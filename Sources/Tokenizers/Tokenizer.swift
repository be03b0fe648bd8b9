/// A byte-level BPE tokenizer, as GPT-2, Llama 3, Qwen 2 and Qwen 3 have (arXiv 1508.07909; bytes in place of
/// characters: GPT-2).
///
/// ```swift
/// let tokenizer = try Tokenizer(path: "tokenizer.json")
/// let tokens = tokenizer.encode("Hello, world".utf8)
/// let bytes = tokenizer.decode(tokens)
/// ```
///
/// Tokens are those of Hugging Face's `tokenizers` with `add_special_tokens=False`. Any bytes can be encoded:
/// a byte that is part of no UTF-8 is a mark of its own, as U+FFFD would be, and decoding gives it back. Without
/// a normalizer and a prefix space decoding gives back every text.
public struct Tokenizer: Sendable {
    /// How text is cut into words.
    package var preTokenizer: PreTokenizer
    /// Whether a part of a text that begins with no space is given one.
    package var addsPrefixSpace = false
    /// Whether text is brought into normalization form C first.
    package var composes = false
    /// Whether a word that is a token is taken whole, whatever merges say.
    package var takesWholeWords = false
    /// The bytes of each token, by its number; empty for a number without a token.
    package let tokens: [[UInt8]]
    /// The pairs in the order in which they are merged.
    package let merges: [Pair]
    /// SHA-256 of the file in hexadecimal; empty for one that was made in memory.
    public internal(set) var digest = ""

    /// Two tokens that become one.
    package struct Pair: Sendable, Hashable {
        package var left: Int32
        package var right: Int32
        package var token: Int32
    }

    /// The token of each byte.
    let byteTokens: [Int32]
    let table: MergeTable
    /// The tokens by their bytes, where whole words are taken.
    var words: [[UInt8]: Int32] = [:]
    /// The tokens that are found before text is composed, and after.
    var addedTokens: (raw: AddedTokens, composed: AddedTokens) = (AddedTokens(), AddedTokens())
    /// The added tokens that stand for no text, by their contents.
    package var specialTokens: [String: Int32] = [:]

    /// The least vocabulary of a model that knows all tokens.
    public var vocabularySize: Int { tokens.count }

    init(
        _ preTokenizer: PreTokenizer, tokens: [[UInt8]], byteTokens: [Int32], merges: [Pair]
    ) {
        precondition(byteTokens.count == 256, "Tokenizer: \(byteTokens.count) tokens of bytes")
        (self.preTokenizer, self.tokens, self.merges) = (preTokenizer, tokens, merges)
        self.byteTokens = byteTokens
        var table = MergeTable(capacity: merges.count)
        for (rank, pair) in merges.enumerated() {
            table.insert(
                pair.left, pair.right, MergeTable.Merge(rank: Int32(rank), token: pair.token))
        }
        self.table = table
    }

    /// The tokens of a text.
    public func encode(_ text: some Sequence<UInt8>) -> [Int32] {
        var encoder = Encoder(self)
        return encoder.encode(Array(text))
    }

    /// The bytes of tokens.
    ///
    /// - Parameter tokens: Tokens from 0 to ``vocabularySize``.
    /// - Returns: The bytes, of tokens that stand for no text too.
    /// - Precondition: Every token is in range.
    public func decode(_ tokens: some Sequence<Int32>) -> [UInt8] {
        var bytes: [UInt8] = []
        for token in tokens {
            precondition(
                self.tokens.indices.contains(Int(token)),
                "Tokenizer: token \(token) is not in 0..<\(self.tokens.count)")
            bytes += self.tokens[Int(token)]
        }
        return bytes
    }

    /// The bytes that a token spells; 0 for a number that is none.
    package func length(of token: Int32) -> Int {
        tokens.indices.contains(Int(token)) ? tokens[Int(token)].count : 0
    }

    /// The token that ends a text; nil where none has one of the usual names.
    package var endOfText: Int32? {
        ["<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>"].compactMap { specialTokens[$0] }.first
    }
}
