/// A vocabulary that was learnt, with its merges.
package struct TrainedTokenizer: Sendable {
    package let style: TokenizerStyle
    /// The bytes of each token, those of ``TokenizerStyle/specialTokens`` first.
    package internal(set) var tokens: [[UInt8]]
    /// In the order in which they were learnt.
    package internal(set) var merges: [Tokenizer.Pair] = []

    init(style: TokenizerStyle, tokens: [[UInt8]]) {
        (self.style, self.tokens) = (style, tokens)
    }

    /// The contents of a `tokenizer.json` that `tokenizers` and ``Tokenizer/init(path:)`` read.
    package var json: String {
        let added = style.specialTokens.enumerated().map { number, name in
            """
                {"id": \(number), "content": \(Self.quoted(name)), "single_word": false, \
            "lstrip": false, "rstrip": false, "normalized": false, "special": true}
            """
        }
        let names = tokens.enumerated().map { number, bytes in
            number < style.specialTokens.count
                ? style.specialTokens[number] : ByteAlphabet.spelling(of: bytes)
        }
        let vocabulary = names.enumerated().map { "      \(Self.quoted($1)): \($0)" }
        let merges = merges.map {
            "      " + Self.quoted(names[Int($0.left)] + " " + names[Int($0.right)])
        }
        return """
            {
              "version": "1.0",
              "truncation": null,
              "padding": null,
              "added_tokens": [
            \(added.joined(separator: ",\n"))
              ],
              "normalizer": \(style.composes ? "{\"type\": \"NFC\"}" : "null"),
              "pre_tokenizer": \(preTokenizer),
              "post_processor": null,
              "decoder": \(Self.byteLevel(cuts: true)),
              "model": {
                "type": "BPE",
                "dropout": null,
                "unk_token": null,
                "continuing_subword_prefix": null,
                "end_of_word_suffix": null,
                "fuse_unk": false,
                "byte_fallback": false,
                "ignore_merges": \(style.takesWholeWords),
                "vocab": {
            \(vocabulary.joined(separator: ",\n"))
                },
                "merges": [
            \(merges.joined(separator: ",\n"))
                ]
              }
            }

            """
    }

    private var preTokenizer: String {
        if style == .smolLM {
            return """
                {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": true}, \
                \(Self.byteLevel(cuts: true))]}
                """
        }
        guard style != .gpt2, let expression = style.preTokenizer.expression else {
            return Self.byteLevel(cuts: true)
        }
        return """
            {"type": "Sequence", "pretokenizers": [{"type": "Split", \
            "pattern": {"Regex": \(Self.quoted(expression))}, "behavior": "Isolated", \
            "invert": false}, \(Self.byteLevel(cuts: false))]}
            """
    }

    private static func byteLevel(cuts: Bool) -> String {
        """
        {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": \(cuts)}
        """
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { result.unicodeScalars.append("\\") }
            result.unicodeScalars.append(scalar)
        }
        return result + "\""
    }
}
