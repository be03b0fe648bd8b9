/// How text is cut into words before pairs are merged: the published regular expressions, each as a scanner.
package enum PreTokenizer: String, Sendable, Hashable, CaseIterable {
    /// GPT-2's, which `ByteLevel` has built in.
    case gpt2
    /// Llama 3's, which is also that of cl100k and OLMo 2: up to three digits to a word.
    case llama3
    /// Qwen 2's and Qwen 3's: each digit a word.
    case qwen2
    /// SmolLM's and StarCoder's: each digit by itself, and GPT-2's on what stands between them.
    case smolLM = "smollm"
    /// None: a text is one word.
    case whole

    private static let contractions = "'s|'t|'re|'ve|'m|'ll|'d"
    private static func grouped(_ digits: String) -> String {
        "(?i:\(contractions))|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\(digits)"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
    }

    /// The regular expression; nil for ``whole``, and for ``smolLM``, which is a step and GPT-2's.
    package var expression: String? {
        switch self {
        case .gpt2:
            "\(Self.contractions)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"
        case .llama3: Self.grouped("\\p{N}{1,3}")
        case .qwen2: Self.grouped("\\p{N}")
        case .smolLM, .whole: nil
        }
    }

    /// The scanner of a regular expression; nil for one that is none of the published.
    package init?(expression: String) {
        guard let known = Self.allCases.first(where: { $0.expression == expression }) else {
            return nil
        }
        self = known
    }

    /// Where the word ends that begins at `start`.
    ///
    /// - Parameters:
    ///   - start: A place before the end of the text.
    ///   - text: What the word may reach to the end of.
    ///   - classes: ``ScalarClass/table``.
    /// - Returns: A place after `start`.
    @inline(__always)
    package func end(from start: Int, in text: Span<UInt8>, _ classes: Span<UInt8>) -> Int {
        let cursor = WordScanner(start: start)
        return switch self {
        case .gpt2: cursor.gpt2(text, classes)
        case .llama3: cursor.grouped(text, classes, digits: 3)
        case .qwen2: cursor.grouped(text, classes, digits: 1)
        case .smolLM: cursor.gpt2WithoutDigits(text, classes)
        case .whole: text.count
        }
    }
}
