package import Formats
import Foundation

/// Reads a JSON text (RFC 8259) into a tree, no deeper than 64 lists and objects.
///
/// Memory is a constant times the text. Keys that stand twice in an object are kept twice.
package struct JSONParser {
    private let path: String
    private let text: [UInt8]
    private let advice: String
    private var position = 0

    private static let deepest = 64

    /// Parses the text of a file.
    ///
    /// - Parameters:
    ///   - text: UTF-8.
    ///   - path: What errors call it.
    ///   - advice: The next step that errors give.
    /// - Returns: The tree.
    /// - Throws: `FormatError.corrupt(path:place:found:advice:)` with the line and the byte.
    package static func parse(
        _ text: [UInt8], path: String, advice: String
    ) throws(FormatError) -> JSONTree {
        var parser = JSONParser(path: path, text: text, advice: advice)
        let tree = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.position == text.count else { throw parser.error("text after its end") }
        return tree
    }

    private init(path: String, text: [UInt8], advice: String) {
        (self.path, self.text, self.advice) = (path, text, advice)
    }

    private mutating func value(depth: Int) throws(FormatError) -> JSONTree {
        guard depth <= Self.deepest else {
            throw error("more than \(Self.deepest) lists and objects within each other")
        }
        skipSpace()
        guard position < text.count else { throw error("the text ends where a value should stand") }
        switch Character(Unicode.Scalar(text[position])) {
        case "{": return try object(depth)
        case "[": return try list(depth)
        case "\"": return .text(try string())
        case "t": return try word("true", .flag(true))
        case "f": return try word("false", .flag(false))
        case "n": return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func object(_ depth: Int) throws(FormatError) -> JSONTree {
        position += 1
        var members: [(key: String, value: JSONTree)] = []
        if take("}") { return .object([]) }
        repeat {
            skipSpace()
            guard position < text.count, text[position] == UInt8(ascii: "\"") else {
                throw error("a key in quotes is missing")
            }
            let key = try string()
            guard take(":") else { throw error("':' is missing after a key") }
            members.append((key, try value(depth: depth + 1)))
        } while take(",")
        guard take("}") else { throw error("',' or '}' is missing") }
        return .object(members)
    }

    private mutating func list(_ depth: Int) throws(FormatError) -> JSONTree {
        position += 1
        var values: [JSONTree] = []
        if take("]") { return .list([]) }
        repeat { values.append(try value(depth: depth + 1)) } while take(",")
        guard take("]") else { throw error("',' or ']' is missing") }
        return .list(values)
    }

    private mutating func word(
        _ word: String, _ value: JSONTree
    ) throws(FormatError) -> JSONTree {
        guard text[position...].starts(with: word.utf8) else { throw error("no JSON value") }
        position += word.utf8.count
        return value
    }

    private mutating func number() throws(FormatError) -> JSONTree {
        let start = position
        func isDigit(_ place: Int) -> Bool { place < text.count && 48...57 ~= text[place] }
        if text[position] == UInt8(ascii: "-") { position += 1 }
        guard isDigit(position) else { throw error("no JSON value") }
        let leads = text[position] == 48
        position += 1
        guard !leads || !isDigit(position) else { throw error("a number with a leading zero") }
        while isDigit(position) { position += 1 }
        if position < text.count, text[position] == UInt8(ascii: ".") {
            position += 1
            guard isDigit(position) else { throw error("a number that ends in '.'") }
            while isDigit(position) { position += 1 }
        }
        if position < text.count, text[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < text.count, [43, 45].contains(text[position]) { position += 1 }
            guard isDigit(position) else { throw error("a number without its exponent") }
            while isDigit(position) { position += 1 }
        }
        let digits = String(decoding: text[start..<position], as: UTF8.self)
        if let whole = Int(digits) { return .whole(whole) }
        return .number(Double(digits) ?? .infinity)
    }

    private mutating func string() throws(FormatError) -> String {
        position += 1
        let start = position
        while position < text.count, text[position] != 0x22, text[position] != 0x5c,
            text[position] >= 0x20
        {
            position += 1
        }
        if position < text.count, text[position] == 0x22 {
            position += 1
            return try checked(text[start..<position - 1])
        }
        var bytes = Array(text[start..<position])
        while position < text.count {
            let byte = text[position]
            position += 1
            switch byte {
            case 0x22: return try checked(bytes[...])
            case 0x5c: try escape(into: &bytes)
            case 0..<0x20: throw error("a control character in a string")
            default: bytes.append(byte)
            }
        }
        throw error("a string without its closing quote")
    }

    private func checked(_ bytes: ArraySlice<UInt8>) throws(FormatError) -> String {
        guard let string = String(validating: bytes, as: UTF8.self) else {
            throw error("a string that is not UTF-8")
        }
        return string
    }

    private mutating func escape(into bytes: inout [UInt8]) throws(FormatError) {
        guard position < text.count else { throw error("a string without its closing quote") }
        let byte = text[position]
        position += 1
        switch Character(Unicode.Scalar(byte)) {
        case "\"", "\\", "/": bytes.append(byte)
        case "b": bytes.append(0x08)
        case "f": bytes.append(0x0c)
        case "n": bytes.append(0x0a)
        case "r": bytes.append(0x0d)
        case "t": bytes.append(0x09)
        case "u":
            var units = [try hexadecimal()]
            if UTF16.isLeadSurrogate(units[0]), text[position...].starts(with: Array("\\u".utf8)) {
                position += 2
                units.append(try hexadecimal())
            }
            guard let string = String(validating: units, as: UTF16.self) else {
                throw error("half of a surrogate pair")
            }
            bytes += string.utf8
        default: throw error("an unknown escape in a string")
        }
    }

    private mutating func hexadecimal() throws(FormatError) -> UInt16 {
        let digits = text[position...].prefix(4)
        guard digits.count == 4,
            digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let value = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw error("an escape without four hexadecimal digits") }
        position += 4
        return value
    }

    private mutating func skipSpace() {
        while position < text.count, [0x20, 0x0a, 0x0d, 0x09].contains(text[position]) {
            position += 1
        }
    }

    private mutating func take(_ token: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < text.count, text[position] == UInt8(ascii: token) else { return false }
        position += 1
        return true
    }

    private func error(_ found: String) -> FormatError {
        let place = min(position, text.count)
        let line = text[..<place].count { $0 == 0x0a } + 1
        return .corrupt(
            path: path, place: "line \(line), byte \(place)", found: found, advice: advice)
    }
}
