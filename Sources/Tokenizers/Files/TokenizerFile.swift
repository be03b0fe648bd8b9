import Digests
public import Formats

extension Tokenizer {
    /// Reads a `tokenizer.json` of Hugging Face's `tokenizers`.
    ///
    /// - Parameter path: The file.
    /// - Throws: `FormatError` that names the part of the file: for one that is damaged, and for a kind of
    ///   tokenizer that is not byte-level BPE or cuts words by another expression than the published.
    public init(path: String) throws(FormatError) {
        guard let bytes = try WholeFile.read(path) else {
            throw .system(path, "open", code: 2)
        }
        try self.init(bytes, path: path)
    }

    /// Reads the contents of a `tokenizer.json`.
    ///
    /// - Parameters:
    ///   - bytes: The contents.
    ///   - path: What errors call the file.
    /// - Throws: As ``init(path:)``.
    package init(_ bytes: [UInt8], path: String) throws(FormatError) {
        let file = TokenizerFile(path: path)
        let root = try JSONParser.parse(bytes, path: path, advice: file.advice)
        guard case .object = root else {
            throw file.corrupt("the file", "is \(root.kind), not an object")
        }
        try file.checkKind(root["model"])
        let cut = try file.preTokenizer(root["pre_tokenizer"])
        let composes = try file.composes(root["normalizer"])
        try file.checkDecoder(root["decoder"])
        let model = try file.model(root["model"])
        let added = try file.addedTokens(root["added_tokens"])

        var tokens = [[UInt8]](
            repeating: [],
            count: (model.vocabulary.values.max() ?? -1) + 1)
        for (name, id) in model.vocabulary {
            tokens[id] = ByteAlphabet.bytes(of: String(decoding: name, as: UTF8.self)) ?? name
        }
        for token in added {
            let id = Int(token.token.id)
            if let known = model.vocabulary[token.token.content], known != id {
                throw file.corrupt(
                    "added_tokens", "'\(token.name)' is \(id), and \(known) in model.vocab")
            }
            if let other = model.names[id], !other.utf8.elementsEqual(token.name.utf8) {
                throw file.corrupt(
                    "added_tokens", "'\(token.name)' is \(id), which is '\(other)' in model.vocab")
            }
            while tokens.count <= id { tokens.append([]) }
            tokens[id] = token.token.content
        }
        self.init(
            cut.preTokenizer, tokens: tokens, byteTokens: model.byteTokens, merges: model.merges)
        addsPrefixSpace = cut.addsPrefixSpace
        self.composes = composes
        takesWholeWords = model.takesWholeWords
        if takesWholeWords {
            for (name, id) in model.vocabulary {
                if let bytes = ByteAlphabet.bytes(of: String(decoding: name, as: UTF8.self)) {
                    words[bytes] = Int32(id)
                }
            }
        }
        for token in added {
            if token.isComposed {
                var composed = token.token
                if composes, let other = CanonicalComposition.composed(composed.content.span) {
                    composed.content = other
                }
                addedTokens.composed.add(composed)
            } else {
                addedTokens.raw.add(token.token)
            }
            if token.isSpecial { specialTokens[token.name] = token.token.id }
        }
        digest = SHA256.digest(of: bytes).hexadecimal
    }
}

/// The parts of a `tokenizer.json`, with errors that name them.
struct TokenizerFile {
    let path: String

    let advice = "write it again with save_pretrained of the tokenizer"
    /// The next step for a tokenizer of another kind.
    static let otherKind =
        "train one on the text (ballast tokenizer train TEXT --vocabulary N --style llama3), or write "
        + "the tokens with its own library as nanoGPT's .bin and name that under data.tokens"
    /// The most tokens: as many as `model.vocabulary` may say.
    static let mostTokens = 1_048_576

    func corrupt(_ place: String, _ found: String) -> FormatError {
        .corrupt(path: path, place: place, found: found, advice: advice)
    }

    func unsupported(_ place: String, _ found: String) -> FormatError {
        .unsupported(path: path, place: place, found: found, advice: Self.otherKind)
    }

    func flag(_ tree: JSONTree?, _ place: String, default other: Bool) throws(FormatError) -> Bool {
        switch tree {
        case .flag(let value)?: return value
        case nil: return other
        case let tree?: throw corrupt(place, "is \(tree.kind), not true or false")
        }
    }

    func text(_ tree: JSONTree?, _ place: String) throws(FormatError) -> String {
        guard case .text(let value)? = tree else {
            throw corrupt(place, tree.map { "is \($0.kind), not a string" } ?? "is missing")
        }
        return value
    }

    func list(_ tree: JSONTree?, _ place: String) throws(FormatError) -> [JSONTree] {
        guard case .list(let values)? = tree else {
            throw corrupt(place, tree.map { "is \($0.kind), not a list" } ?? "is missing")
        }
        return values
    }

    func id(_ tree: JSONTree?, of name: String, _ place: String) throws(FormatError) -> Int {
        guard case .whole(let id)? = tree, 0..<Self.mostTokens ~= id else {
            var found = tree.map(\.kind) ?? "missing"
            if case .whole(let id)? = tree { found = "\(id)" }
            throw corrupt(
                place,
                "the number of '\(name)' is \(found), not a whole number from 0 to "
                    + "\(Self.mostTokens - 1)")
        }
        return id
    }

    struct Added {
        var name: String
        var token: AddedTokens.Token
        var isComposed: Bool
        var isSpecial: Bool
    }

    func addedTokens(_ tree: JSONTree?) throws(FormatError) -> [Added] {
        guard let tree else { return [] }
        var seen: [Int: String] = [:]
        var added: [Added] = []
        for (index, entry) in try list(tree, "added_tokens").enumerated() {
            let place = "added_tokens[\(index)]"
            let name = try text(entry["content"], place + ".content")
            guard !name.isEmpty else { throw corrupt(place, "is an empty text") }
            let id = try id(entry["id"], of: name, place + ".id")
            if let other = seen.updateValue(name, forKey: id) {
                throw corrupt(place, "'\(name)' is \(id), and '\(other)' is too")
            }
            if try flag(entry["single_word"], place + ".single_word", default: false) {
                throw .unsupported(
                    path: path, place: place + ".single_word",
                    found: "'\(name)' is found as a whole word only, which is not supported",
                    advice: "set it to false, or remove the token")
            }
            added.append(
                Added(
                    name: name,
                    token: AddedTokens.Token(
                        id: Int32(id), content: Array(name.utf8),
                        takesLeft: try flag(entry["lstrip"], place + ".lstrip", default: false),
                        takesRight: try flag(entry["rstrip"], place + ".rstrip", default: false)),
                    isComposed: try flag(
                        entry["normalized"], place + ".normalized", default: true),
                    isSpecial: try flag(entry["special"], place + ".special", default: false)))
        }
        return added
    }
}
