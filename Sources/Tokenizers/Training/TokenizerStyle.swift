/// A family of tokenizers: how text is composed and cut, and the names of tokens that stand for no text.
public enum TokenizerStyle: String, Sendable, Hashable, CaseIterable {
    /// As GPT-2.
    case gpt2
    /// As Llama 3: digits in threes, words that are tokens taken whole.
    case llama3
    /// As Qwen 2 and Qwen 3: digits alone, text in normalization form C.
    case qwen2
    /// As SmolLM and StarCoder: GPT-2's words, with digits alone.
    case smolLM = "smollm"

    package var preTokenizer: PreTokenizer {
        switch self {
        case .gpt2: .gpt2
        case .llama3: .llama3
        case .qwen2: .qwen2
        case .smolLM: .smolLM
        }
    }

    package var composes: Bool { self == .qwen2 }

    package var takesWholeWords: Bool { self == .llama3 }

    /// The tokens that stand for no text, numbered from 0.
    public var specialTokens: [String] {
        self == .llama3 ? ["<|begin_of_text|>", "<|end_of_text|>"] : ["<|endoftext|>"]
    }

    /// The least vocabulary: a token for each byte, and ``specialTokens``.
    public var leastVocabulary: Int { 256 + specialTokens.count }
}
