import Formats

extension TokenizerFile {
    /// A model of byte-level BPE.
    struct Model {
        /// By the UTF-8 of what the file calls a token: two that are one to Unicode stay two.
        var vocabulary: [[UInt8]: Int] = [:]
        var names: [Int: String] = [:]
        var byteTokens: [Int32] = []
        var merges: [Tokenizer.Pair] = []
        var takesWholeWords = false
    }

    func model(_ tree: JSONTree?) throws(FormatError) -> Model {
        var model = Model()
        guard let tree, case .object(let members)? = tree["vocab"] else {
            throw corrupt("model.vocab", "is missing, or not an object")
        }
        for (name, number) in members {
            let id = try id(number, of: name, "model.vocab")
            guard model.vocabulary.updateValue(id, forKey: Array(name.utf8)) == nil else {
                throw corrupt("model.vocab", "'\(name)' appears twice")
            }
            if let other = model.names.updateValue(name, forKey: id) {
                throw corrupt("model.vocab", "'\(name)' is \(id), and '\(other)' is too")
            }
        }
        model.byteTokens = try byteTokens(model.vocabulary)
        model.takesWholeWords = try flag(
            tree["ignore_merges"], "model.ignore_merges", default: false)
        for (index, entry) in try list(tree["merges"], "model.merges").enumerated() {
            model.merges.append(try merge(entry, "model.merges[\(index)]", model.vocabulary))
        }
        return model
    }

    /// Refuses models of other kinds by their names.
    func checkKind(_ tree: JSONTree?) throws(FormatError) {
        guard let tree, case .object = tree else {
            throw corrupt("model", tree.map { "is \($0.kind), not an object" } ?? "is missing")
        }
        let kind = try tree["type"].map { tree throws(FormatError) in
            try text(tree, "model.type")
        }
        switch kind {
        case "BPE", nil: break
        case "Unigram":
            throw unsupported("model.type", "Unigram, SentencePiece's kind (T5, ALBERT, XLM-R)")
        case "WordPiece": throw unsupported("model.type", "WordPiece, BERT's kind")
        case let other?: throw unsupported("model.type", "\(other), not byte-level BPE")
        }
        if try flag(tree["byte_fallback"], "model.byte_fallback", default: false) {
            throw unsupported("model.byte_fallback", Self.sentencePiece)
        }
        for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let mark = tree[key], try text(mark, "model.\(key)") != "" {
                throw unsupported(
                    "model.\(key)", "BPE over characters with marks (CLIP), not byte-level BPE")
            }
        }
        switch tree["dropout"] {
        case nil, .whole(0)?, .number(0)?: break
        default:
            throw .unsupported(
                path: path, place: "model.dropout", found: "merges are left out by chance",
                advice: "set it to null: one text has one row of tokens here")
        }
    }

    static let sentencePiece =
        "SentencePiece's kind of BPE over characters (Llama 2, Mistral, Gemma), not byte-level BPE"

    private func byteTokens(_ vocabulary: [[UInt8]: Int]) throws(FormatError) -> [Int32] {
        var tokens: [Int32] = []
        for (byte, scalar) in ByteAlphabet.scalars.enumerated() {
            guard let id = vocabulary[Array(String(Character(scalar)).utf8)] else {
                throw .unsupported(
                    path: path, place: "model.vocab",
                    found:
                        "has no token for byte \(byte), spelled '\(scalar)': text with it is lost",
                    advice: "train it with initial_alphabet=ByteLevel.alphabet(); "
                        + "if it is not byte-level BPE, \(Self.otherKind)")
            }
            tokens.append(Int32(id))
        }
        return tokens
    }

    private func merge(
        _ tree: JSONTree, _ place: String, _ vocabulary: [[UInt8]: Int]
    ) throws(FormatError) -> Tokenizer.Pair {
        var parts: [String] = []
        switch tree {
        case .text(let text):
            parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        case .list(let values):
            for value in values { parts.append(try self.text(value, place)) }
        default: break
        }
        guard parts.count == 2 else { throw corrupt(place, "is not two tokens") }
        var ids: [Int32] = []
        for name in parts + [parts[0] + parts[1]] {
            guard let id = vocabulary[Array(name.utf8)] else {
                throw corrupt(place, "'\(name)' is not in model.vocab")
            }
            ids.append(Int32(id))
        }
        return Tokenizer.Pair(left: ids[0], right: ids[1], token: ids[2])
    }
}
