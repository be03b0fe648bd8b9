/// The tokenizer that goes with exported weights.
package enum TokenizerCopy: Sendable {
    /// A token for each byte.
    case bytes
    /// A `tokenizer.json` as it stands, and the token that ends a text with its contents, if it has one.
    case file([UInt8], endOfText: (token: Int32, text: String)?)
    /// Nothing says how text becomes these tokens.
    case unknown

    /// The token that ends a text; nil where none does.
    var endOfText: (token: Int32, text: String)? {
        if case .file(_, let end) = self { end } else { nil }
    }

    /// The contents of `tokenizer.json`; nil where there is none for a vocabulary of this size.
    func contents(vocabulary: Int) throws -> [UInt8]? {
        switch self {
        case .bytes where vocabulary == ByteLevelTokenizer.count:
            Array(try HuggingFaceExport.text(ByteLevelTokenizer.file).utf8)
        case .file(let contents, _): contents
        case .bytes, .unknown: nil
        }
    }

    /// The contents of `tokenizer_config.json`.
    func configuration(context: Int) -> [String: Any] {
        var keys: [String: Any] = [
            "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": context,
            "clean_up_tokenization_spaces": false,
        ]
        keys["eos_token"] = endOfText?.text
        return keys
    }
}
