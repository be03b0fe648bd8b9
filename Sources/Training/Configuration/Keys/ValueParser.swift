import Yams

/// What is wrong with a value that was written.
struct ValueError: Error, Hashable {
    /// What it is, and what would be right.
    var reason: String
}

/// Reads the values of keys as they stand in files, overrides and grids.
///
/// Words are taken whatever their case and separators. Whole numbers may be written `1e3` or `64.0`. What
/// YAML 1.1 reads as another number than a person would (`0100`, `1:30`) is refused by name.
extension KeyDomain {
    /// Reads a value.
    ///
    /// - Parameter node: What stands in the file; not null.
    /// - Returns: The value, within the domain.
    /// - Throws: What is wrong with it.
    func value(of node: Node) throws(ValueError) -> KeyValue {
        let value = try unchecked(node)
        if let reason = objection(to: value) { throw ValueError(reason: reason) }
        return value
    }

    private func unchecked(_ node: Node) throws(ValueError) -> KeyValue {
        if case .words(let words) = self { return .words(try Self.list(node, words)) }
        let text = try Self.text(of: node)
        switch self {
        case .flag:
            switch text.lowercased() {
            case "true", "yes", "on": return .flag(true)
            case "false", "no", "off": return .flag(false)
            default: throw ValueError(reason: "\(Self.shown(text)) is not true or false")
            }
        case .word(let words): return .word(Self.word(text, words))
        case .seed:
            try Self.refuseOddNumbers(text)
            if let seed = UInt64(text) { return .seed(seed) }
            guard let value = try Self.number(text, "whole number"), value == value.rounded()
            else { throw ValueError(reason: "\(Self.shown(text)) is not a whole number") }
            guard let seed = UInt64(exactly: value) else { throw outOfRange(text) }
            return .seed(seed)
        case .whole:
            try Self.refuseOddNumbers(text)
            if let value = Int(text) { return .whole(value) }
            guard let value = try Self.number(text, "whole number"), value == value.rounded()
            else { throw ValueError(reason: "\(Self.shown(text)) is not a whole number") }
            guard let whole = Int(exactly: value) else { throw outOfRange(text) }
            return .whole(whole)
        case .number:
            try Self.refuseOddNumbers(text)
            guard let value = try Self.number(text, "number") else {
                throw ValueError(reason: "\(Self.shown(text)) is not a number")
            }
            return .number(value)
        case .words: preconditionFailure("KeyDomain: lists are read above")
        }
    }

    private func outOfRange(_ text: String) -> ValueError {
        ValueError(reason: "\(Self.shown(text)) is out of range: a whole number \(range)")
    }

    /// The word of `words` that `text` is but for case and separators; `text` itself where none is.
    static func word(_ text: String, _ words: [String]) -> String {
        func plain(_ word: String) -> String {
            word.lowercased().filter { $0 != "-" && $0 != "_" && $0 != " " }
        }
        if words.contains(text) { return text }
        let wanted = plain(text)
        return words.first { plain($0) == wanted } ?? text
    }

    private static func list(_ node: Node, _ words: [String]) throws(ValueError) -> [String] {
        guard case .sequence(let entries) = node else {
            guard case .scalar(let scalar) = node else {
                throw ValueError(reason: "is keys and values, not a list")
            }
            throw ValueError(
                reason: "\(shown(scalar.string)) is a single value, not a list; write "
                    + "[\(scalar.string)]")
        }
        var list: [String] = []
        list.reserveCapacity(entries.count)
        for entry in entries {
            guard case .scalar(let scalar) = entry, !entry.isNull else {
                throw ValueError(reason: "has an entry that is not a word")
            }
            list.append(words.isEmpty ? scalar.string : word(scalar.string, words))
        }
        return list
    }

    private static func text(of node: Node) throws(ValueError) -> String {
        switch node {
        case .scalar(let scalar): return scalar.string
        case .sequence: throw ValueError(reason: "is a list, not a single value")
        default: throw ValueError(reason: "is keys and values, not a single value")
        }
    }

    /// A number in decimal; nil for other text.
    private static func number(_ text: String, _ kind: String) throws(ValueError) -> Double? {
        if [".inf", ".nan", "inf", "nan", "infinity"].contains(
            text.lowercased().filter { $0 != "+" && $0 != "-" })
        {
            throw ValueError(reason: "\(text) is not a finite number; give a \(kind)")
        }
        guard text.utf8.allSatisfy({ "0123456789.eE+-".utf8.contains($0) }) else { return nil }
        return Double(text)
    }

    /// Refuses what YAML 1.1, or a programming language, reads as another number than it looks like.
    private static func refuseOddNumbers(_ text: String) throws(ValueError) {
        let sign = text.hasPrefix("-") ? "-" : ""
        let digits = text.drop { $0 == "-" || $0 == "+" }
        guard let first = digits.first, first.isASCII, first.isNumber else { return }
        func isNumeral(_ character: Character) -> Bool { character.isASCII && character.isNumber }
        if digits.contains("_"), digits.allSatisfy({ isNumeral($0) || "_.".contains($0) }) {
            throw ValueError(
                reason: "\(shown(text)) has an underscore, which YAML 1.1 skips; write "
                    + sign + digits.filter { $0 != "_" })
        }
        if digits.contains(":"), digits.allSatisfy({ isNumeral($0) || ":.".contains($0) }) {
            throw ValueError(
                reason: "\(shown(text)) is a number in base 60 in YAML 1.1; write it in decimal")
        }
        let rest = digits.dropFirst()
        if first == "0", let second = rest.first {
            let bases: [Character: String] = ["x": "16", "o": "8", "b": "2"]
            if let base = bases[Character(second.lowercased())] {
                throw ValueError(
                    reason: "\(shown(text)) is a number in base \(base); write it in decimal")
            }
            if isNumeral(second) {
                let stripped = digits.drop { $0 == "0" }
                throw ValueError(
                    reason: "\(shown(text)) has a leading zero, which makes it octal in YAML 1.1; "
                        + "write \(sign)\(stripped.isEmpty ? "0" : stripped)")
            }
        }
    }

    /// A text as an error quotes it.
    static func shown(_ text: String) -> String {
        if text.isEmpty { return "an empty text" }
        return text.count > 60 ? "\(text.prefix(57))..." : text
    }
}

extension Node {
    /// Whether the node is YAML's null: an empty value, `~` or `null`, not in quotation marks.
    var isNull: Bool {
        guard case .scalar(let scalar) = self,
            scalar.style != .singleQuoted, scalar.style != .doubleQuoted
        else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }
}
