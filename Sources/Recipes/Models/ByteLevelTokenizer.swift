/// The tokenizer of Ballast's models as a `tokenizer.json`: a token for each byte, whose number is the byte.
///
/// The file spells bytes as GPT-2's does: as characters that print, those that do not as 256 and up.
enum ByteLevelTokenizer {
    /// Tokens.
    static let count = 256

    /// What each byte is spelled as.
    private static let spelling: [String] = {
        var next: UInt32 = 256
        return (UInt32(0)...255).map { byte in
            let prints = 33...126 ~= byte || 161...172 ~= byte || 174...255 ~= byte
            let code = prints ? byte : next
            if !prints { next += 1 }
            return Unicode.Scalar(code).map { String(Character($0)) } ?? ""
        }
    }()

    /// The contents of `tokenizer.json`.
    static var file: [String: Any] {
        var vocabulary: [String: Any] = [:]
        for (byte, text) in spelling.enumerated() { vocabulary[text] = byte }
        let bytes: [String: Any] = [
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false,
            "use_regex": false,
        ]
        return [
            "version": "1.0", "added_tokens": [Any](), "pre_tokenizer": bytes, "decoder": bytes,
            "model": ["type": "BPE", "vocab": vocabulary, "merges": [Any]()] as [String: Any],
        ]
    }
}
