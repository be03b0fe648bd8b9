import Formats

extension TokenizerFile {
    /// Whether a normalizer composes text; other normalizers are refused.
    func composes(_ tree: JSONTree?) throws(FormatError) -> Bool {
        var composes = false
        for (step, place) in try steps(tree, "normalizer", "normalizers") {
            let kind = try text(step["type"], place + ".type")
            guard kind == "NFC" else {
                let isPiece = ["Prepend", "Precompiled", "Replace"].contains(kind)
                throw unsupported(
                    place,
                    "\(kind), where null and NFC are known"
                        + (isPiece ? "; \(Self.sentencePiece)" : ""))
            }
            composes = true
        }
        return composes
    }

    /// Refuses decoders that do not undo the spelling of bytes.
    func checkDecoder(_ tree: JSONTree?) throws(FormatError) {
        for (step, place) in try steps(tree, "decoder", "decoders") {
            let kind = try text(step["type"], place + ".type")
            guard kind == "ByteLevel" else {
                throw unsupported(place, "\(kind), where ByteLevel is known")
            }
        }
    }

    /// How text is cut into words.
    func preTokenizer(
        _ tree: JSONTree?
    ) throws(FormatError) -> (preTokenizer: PreTokenizer, addsPrefixSpace: Bool) {
        let steps = try steps(tree, "pre_tokenizer", "pretokenizers")
        guard let (last, place) = steps.last else {
            throw unsupported("pre_tokenizer", "is null, where byte-level BPE has ByteLevel")
        }
        for (step, place) in steps {
            let kind = try text(step["type"], place + ".type")
            if kind == "Metaspace" { throw unsupported(place, "Metaspace: \(Self.sentencePiece)") }
            guard ["ByteLevel", "Digits", "Split"].contains(kind) else {
                throw unsupported(place, "\(kind), where Split, Digits and ByteLevel are known")
            }
        }
        guard try text(last["type"], place + ".type") == "ByteLevel", steps.count <= 2 else {
            throw unsupported(
                "pre_tokenizer", "is not ByteLevel, or one Split or Digits and then ByteLevel")
        }
        let space = try flag(last["add_prefix_space"], place + ".add_prefix_space", default: true)
        let cuts = try flag(last["use_regex"], place + ".use_regex", default: true)
        guard steps.count == 2 else { return (cuts ? .gpt2 : .whole, space) }
        if try text(steps[0].step["type"], steps[0].place + ".type") == "Digits" {
            return (try digits(steps[0].step, steps[0].place, thenCuts: cuts && !space), false)
        }
        guard !cuts, !space else {
            throw unsupported(
                place, "cuts the words of Split again, or puts a space before each of them")
        }
        return (try split(steps[0].step, steps[0].place), false)
    }

    private func digits(
        _ tree: JSONTree, _ place: String, thenCuts: Bool
    ) throws(FormatError) -> PreTokenizer {
        guard try flag(tree["individual_digits"], place + ".individual_digits", default: false)
        else { throw unsupported(place, "Digits in groups, where individual ones are known") }
        guard thenCuts else {
            throw unsupported(
                place, "Digits before a ByteLevel that cuts no words, or puts spaces before them")
        }
        return .smolLM
    }

    private func split(_ tree: JSONTree, _ place: String) throws(FormatError) -> PreTokenizer {
        guard try text(tree["type"], place + ".type") == "Split" else {
            throw unsupported(place, "ByteLevel twice")
        }
        let behavior = try text(tree["behavior"], place + ".behavior")
        guard behavior == "Isolated", try !flag(tree["invert"], place + ".invert", default: false)
        else {
            throw unsupported(place, "Split with \(behavior), or inverted, where Isolated is known")
        }
        let expression = try text(tree["pattern"]?["Regex"], place + ".pattern.Regex")
        guard let known = PreTokenizer(expression: expression) else {
            throw unsupported(
                place + ".pattern",
                "'\(expression)' is not one of the expressions of GPT-2, Llama 3 and Qwen 2")
        }
        return known
    }

    /// A step, or those of a sequence, with their places.
    private func steps(
        _ tree: JSONTree?, _ place: String, _ key: String
    ) throws(FormatError) -> [(step: JSONTree, place: String)] {
        guard let tree else { return [] }
        guard case .object = tree else { throw corrupt(place, "is \(tree.kind), not an object") }
        guard try text(tree["type"], place + ".type") == "Sequence" else { return [(tree, place)] }
        return try list(tree[key], "\(place).\(key)").enumerated().map {
            ($0.element, "\(place).\(key)[\($0.offset)]")
        }
    }
}
