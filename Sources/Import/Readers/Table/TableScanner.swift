/// Reads the fields of a table from its bytes, numbers among them without making text of them.
struct TableScanner {
    /// What a field holds.
    enum Field {
        /// A number.
        case number(Double)
        /// Nothing, or nothing but spaces.
        case empty
        /// Anything else.
        case text
    }

    private let bytes: [UInt8]
    private let separator: UInt8
    /// Where the next field begins.
    private(set) var position: Int
    /// Whether the field that was read last ended its row.
    private(set) var isRowEnd = true
    /// Whether a quote was never closed.
    private(set) var isUnclosed = false
    /// What the field that was read last holds, where it is ``Field/text``.
    private(set) var text: [UInt8] = []

    /// - Parameters:
    ///   - bytes: The table.
    ///   - position: Where its first row begins.
    ///   - separator: What stands between fields.
    init(_ bytes: [UInt8], from position: Int, separator: UInt8) {
        self.bytes = bytes
        self.position = position
        self.separator = separator
    }

    var isAtEnd: Bool { position >= bytes.count }

    /// Reads the next field, and what ends it.
    mutating func next() -> Field {
        if let number = plainNumber() { return .number(number) }
        return other()
    }

    /// A number as most are written, in quotes or not, right before a separator or the end of the row; nil,
    /// and nothing read, where the field is anything else.
    private mutating func plainNumber() -> Double? {
        var index = position
        let end = bytes.count
        let isQuoted = index < end && bytes[index] == Self.quote
        if isQuoted { index += 1 }
        guard let number = DecimalNumber.read(bytes, &index) else { return nil }
        if isQuoted {
            guard index < end, bytes[index] == Self.quote else { return nil }
            index += 1
        }
        guard finish(at: index) else { return nil }
        return number
    }

    /// Goes past what ends a field, if it stands at `index`.
    private mutating func finish(at index: Int) -> Bool {
        guard index < bytes.count else {
            (position, isRowEnd) = (bytes.count, true)
            return true
        }
        let byte = bytes[index]
        if byte == separator {
            (position, isRowEnd) = (index + 1, false)
            return true
        }
        if byte == Self.newline {
            (position, isRowEnd) = (index + 1, true)
            return true
        }
        if byte == Self.carriage, index + 1 == bytes.count || bytes[index + 1] == Self.newline {
            (position, isRowEnd) = (min(index + 2, bytes.count), true)
            return true
        }
        return false
    }

    /// A field that is no plain number: quoted text, words, `nan`, numbers with spaces.
    private mutating func other() -> Field {
        if finish(at: position) { return .empty }
        var field: [UInt8] = []
        var index = position
        if bytes[index] == Self.quote {
            index += 1
            var isClosed = false
            while index < bytes.count, !isClosed {
                if bytes[index] != Self.quote {
                    field.append(bytes[index])
                } else if index + 1 < bytes.count, bytes[index + 1] == Self.quote {
                    field.append(Self.quote)
                    index += 1
                } else {
                    isClosed = true
                }
                index += 1
            }
            if !isClosed { isUnclosed = true }
        }
        while !finish(at: index) {
            field.append(bytes[index])
            index += 1
        }
        text = field
        field.removeAll { $0 == 0x20 || $0 == Self.carriage }
        guard !field.isEmpty else { return .empty }
        if let number = Double(String(decoding: field, as: UTF8.self)) { return .number(number) }
        return decimalComma(field).map(Field.number) ?? .text
    }

    /// The number of `2,5`, as spreadsheets of much of Europe write it between semicolons.
    private func decimalComma(_ field: [UInt8]) -> Double? {
        guard separator == UInt8(ascii: ";"), !field.contains(UInt8(ascii: ".")),
            let comma = field.firstIndex(of: UInt8(ascii: ","))
        else { return nil }
        var field = field
        field[comma] = UInt8(ascii: ".")
        return Double(String(decoding: field, as: UTF8.self))
    }

    private static let quote = UInt8(ascii: "\"")
    private static let newline = UInt8(ascii: "\n")
    private static let carriage = UInt8(ascii: "\r")
}
