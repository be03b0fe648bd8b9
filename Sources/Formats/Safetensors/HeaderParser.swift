/// Reads the JSON at the start of a safetensors file, and no other JSON.
///
/// Strict: duplicate and unknown keys, fractions, leading zeros and anything after the object but spaces
/// are errors. The grammar has a fixed depth, so nothing recurses; what is kept is smaller than the
/// text.
struct HeaderParser {
    /// What the header says of one tensor, unchecked.
    struct Tensor {
        var name: String
        var type: String
        var dimensions: [Int]
        var offsets: [Int]
    }

    private let path: String
    private let text: [UInt8]
    private var position = 0

    /// The tensors, in the header's order.
    private(set) var tensors: [Tensor] = []
    /// The strings of `__metadata__`.
    private(set) var metadata: [String: String] = [:]

    /// Parses `text`, the header of the file at `path`.
    init(_ text: [UInt8], path: String) throws(FormatError) {
        self.path = path
        self.text = text
        guard text.first == UInt8(ascii: "{") else {
            throw error("header does not begin with '{'")
        }
        var names: Set<String> = []
        try members { parser, key throws(FormatError) in
            guard names.insert(key).inserted else { throw parser.error("duplicate key '\(key)'") }
            if key == "__metadata__" {
                try parser.parseMetadata()
            } else {
                try parser.parseTensor(key)
            }
        }
        guard text[position...].allSatisfy({ $0 == UInt8(ascii: " ") }) else {
            throw error("text after the header's last '}'")
        }
    }

    private mutating func parseMetadata() throws(FormatError) {
        try members { parser, key throws(FormatError) in
            let value = try parser.string("a string for '\(key)' of __metadata__")
            guard parser.metadata.updateValue(value, forKey: key) == nil else {
                throw parser.error("duplicate key '\(key)' in __metadata__")
            }
        }
    }

    private mutating func parseTensor(_ name: String) throws(FormatError) {
        var type: String?
        var dimensions: [Int]?
        var offsets: [Int]?
        try members { parser, key throws(FormatError) in
            let isNew: Bool
            switch key {
            case "dtype":
                isNew = type == nil
                type = try parser.string("a string for dtype")
            case "shape":
                isNew = dimensions == nil
                dimensions = try parser.integers()
            case "data_offsets":
                isNew = offsets == nil
                offsets = try parser.integers()
            default: throw parser.error("unknown key '\(key)' in tensor '\(name)'")
            }
            guard isNew else { throw parser.error("duplicate key '\(key)' in tensor '\(name)'") }
        }
        guard let type, let dimensions, let offsets, offsets.count == 2 else {
            throw error("tensor '\(name)' lacks dtype, shape or two data_offsets")
        }
        tensors.append(Tensor(name: name, type: type, dimensions: dimensions, offsets: offsets))
    }

    // MARK: JSON

    /// Parses an object; `member` parses the value of each key.
    private mutating func members(
        _ member: (inout HeaderParser, String) throws(FormatError) -> Void
    ) throws(FormatError) {
        try expect("{")
        if take("}") { return }
        repeat {
            let key = try string("a key in quotes")
            try expect(":")
            try member(&self, key)
        } while take(",")
        try expect("}")
    }

    /// Parses an array of integers from 0.
    private mutating func integers() throws(FormatError) -> [Int] {
        try expect("[")
        var values: [Int] = []
        if take("]") { return values }
        repeat {
            skipSpace()
            let start = position
            var value = 0
            while position < text.count, case let digit = Int(text[position]) - 48,
                (0...9).contains(digit)
            {
                let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
                let (sum, carry) = tens.addingReportingOverflow(digit)
                guard !overflow && !carry else { throw error("an integer above 2^63 - 1") }
                value = sum
                position += 1
            }
            guard position > start, position == start + 1 || text[start] != UInt8(ascii: "0") else {
                throw error("expected an integer from 0")
            }
            values.append(value)
        } while take(",")
        try expect("]")
        return values
    }

    /// Parses a string; `what` says what it is for, should it not be one.
    private mutating func string(_ what: String) throws(FormatError) -> String {
        guard take("\"") else { throw error("expected \(what)") }
        var bytes: [UInt8] = []
        while position < text.count {
            let byte = text[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: bytes, as: UTF8.self) else {
                    throw error("a string that is not UTF-8")
                }
                return string
            case UInt8(ascii: "\\"): bytes += try escape()
            case 0..<0x20: throw error("a control character in a string")
            default: bytes.append(byte)
            }
        }
        throw error("a string without its closing quote")
    }

    /// Parses what follows a backslash.
    private mutating func escape() throws(FormatError) -> [UInt8] {
        guard position < text.count else { throw error("a string without its closing quote") }
        let byte = text[position]
        position += 1
        switch Character(Unicode.Scalar(byte)) {
        case "\"", "\\", "/": return [byte]
        case "b": return [0x08]
        case "f": return [0x0c]
        case "n": return [0x0a]
        case "r": return [0x0d]
        case "t": return [0x09]
        case "u":
            var units = [try hexadecimal()]
            if UTF16.isLeadSurrogate(units[0]), text[position...].starts(with: Array("\\u".utf8)) {
                position += 2
                units.append(try hexadecimal())
            }
            guard let string = String(validating: units, as: UTF16.self) else {
                throw error("half of a surrogate pair")
            }
            return Array(string.utf8)
        default: throw error("an unknown escape in a string")
        }
    }

    /// Parses four hexadecimal digits.
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

    private mutating func expect(_ token: Unicode.Scalar) throws(FormatError) {
        guard take(token) else { throw error("expected '\(token)'") }
    }

    private func error(_ found: String) -> FormatError {
        .corrupt(
            path: path, place: "header, byte \(8 + min(position, text.count))", found: found,
            advice: SafetensorsFile.advice)
    }
}
