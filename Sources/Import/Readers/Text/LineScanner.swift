/// Reads along a line of a log, from left to right.
struct LineScanner {
    private let bytes: ArraySlice<UInt8>
    private(set) var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    var isAtEnd: Bool { position >= bytes.endIndex }
    var next: UInt8? { isAtEnd ? nil : bytes[position] }
    /// What has not been read.
    var rest: ArraySlice<UInt8> { bytes[position...] }

    /// What has been read.
    var before: ArraySlice<UInt8> { bytes[..<position] }

    /// Whether `word`, which was read last, is the end of a longer name.
    func isInName(_ word: String) -> Bool {
        let start = position - word.utf8.count
        return start > bytes.startIndex && Self.isNamed(bytes[start - 1])
    }

    /// Whether `word` stands right before what comes next.
    func hasRead(_ word: String) -> Bool {
        before.suffix(word.utf8.count).elementsEqual(word.utf8)
    }

    /// Passes over a byte.
    mutating func advance() { position = min(position + 1, bytes.endIndex) }

    mutating func skipSpaces() {
        while let byte = next, byte == 0x20 || byte == 0x09 { position += 1 }
    }

    /// Reads `word` if it stands here.
    mutating func take(_ word: String) -> Bool {
        guard rest.starts(with: word.utf8) else { return false }
        position += word.utf8.count
        return true
    }

    /// Goes behind the first place of `word`, if there is one.
    mutating func skip(past word: String) -> Bool {
        let word = Array(word.utf8)
        guard let first = word.first, bytes.count >= word.count else { return false }
        var index = position
        while index + word.count <= bytes.endIndex {
            if bytes[index] == first, bytes[index...].starts(with: word) {
                position = index + word.count
                return true
            }
            index += 1
        }
        return false
    }

    /// Reads a name of letters, digits, `_`, `-`, `/` and `.`, up to the byte that ends it, which is read too.
    mutating func name(before end: UInt8) -> String? {
        var index = position
        while index < bytes.endIndex, Self.isNamed(bytes[index]) { index += 1 }
        guard index > position, index < bytes.endIndex, bytes[index] == end else { return nil }
        defer { position = index + 1 }
        return String(decoding: bytes[position..<index], as: UTF8.self)
    }

    /// Reads a whole number that is not negative.
    mutating func whole() -> Int? {
        var index = position
        var value = 0
        while index < bytes.endIndex, Self.isDigit(bytes[index]) {
            let (product, overflows) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowsToo) = product.addingReportingOverflow(Int(bytes[index] - 0x30))
            guard !overflows, !overflowsToo else { return nil }
            value = sum
            index += 1
        }
        guard index > position else { return nil }
        // 3.5 is no whole number.
        if index + 1 < bytes.endIndex, bytes[index] == UInt8(ascii: "."),
            Self.isDigit(bytes[index + 1])
        {
            return nil
        }
        position = index
        return value
    }

    /// Reads a step and how many there will be: `125/1750`, `100/  500`, or `125` alone.
    mutating func stepOfTotal() -> (step: Int, total: Int?)? {
        guard let step = whole() else { return nil }
        var ahead = self
        ahead.skipSpaces()
        guard ahead.take("/") else { return (step, nil) }
        ahead.skipSpaces()
        guard let total = ahead.whole() else { return (step, nil) }
        self = ahead
        return (step, total)
    }

    /// Reads a number as programs print it: `1.5e-3`, `1,234.5`, `nan`, `-inf`.
    mutating func number() -> Double? {
        var index = position
        var text: [UInt8] = []
        if index < bytes.endIndex, bytes[index] == UInt8(ascii: "-") || bytes[index] == 0x2b {
            text.append(bytes[index])
            index += 1
        }
        for word in ["nan", "infinity", "inf"]
        where bytes[index...].prefix(word.utf8.count).elementsEqual(word.utf8, by: Self.isSame) {
            position = index + word.utf8.count
            let value: Double = word == "nan" ? .nan : .infinity
            return text.first == UInt8(ascii: "-") ? -value : value
        }
        var hasDigits = false
        var isWhole = true
        while index < bytes.endIndex, text.count < 64 {
            let byte = bytes[index]
            if Self.isDigit(byte) {
                hasDigits = true
            } else if byte == UInt8(ascii: "."), isWhole {
                isWhole = false
            } else if byte == UInt8(ascii: ","), hasDigits, isWhole, isThousand(index + 1) {
                index += 1
                continue
            } else {
                break
            }
            text.append(byte)
            index += 1
        }
        guard hasDigits else { return nil }
        if let end = exponent(index) {
            text += bytes[index..<end]
            index = end
        }
        guard let value = Double(String(decoding: text, as: UTF8.self)) else { return nil }
        position = index
        return value
    }

    /// Reads a number and the unit behind it, of which prefixes as `M` are taken into the number: `1.05M`,
    /// `24389ms`, `2.49GiB(3.14%)`.
    mutating func quantity() -> (value: Double, unit: String)? {
        guard let value = number() else { return nil }
        let start = position
        while let byte = next, byte < 0x80, Self.isLetter(byte) { position += 1 }
        let unit = String(decoding: bytes[start..<position], as: UTF8.self)
        if next == UInt8(ascii: "%") { position += 1 }
        let factors = ["K": 1e3, "M": 1e6, "G": 1e9, "B": 1e9, "T": 1e12]
        if let factor = factors[unit] { return (value * factor, "") }
        return (value, unit)
    }

    /// Three digits and no fourth.
    private func isThousand(_ index: Int) -> Bool {
        guard index + 3 <= bytes.endIndex, bytes[index..<index + 3].allSatisfy(Self.isDigit) else {
            return false
        }
        return index + 3 == bytes.endIndex || !Self.isDigit(bytes[index + 3])
    }

    /// Where an exponent that begins here ends.
    private func exponent(_ start: Int) -> Int? {
        var index = start
        guard index < bytes.endIndex, bytes[index] | 0x20 == UInt8(ascii: "e") else { return nil }
        index += 1
        if index < bytes.endIndex, bytes[index] == UInt8(ascii: "-") || bytes[index] == 0x2b {
            index += 1
        }
        let digits = bytes[index...].prefix { Self.isDigit($0) }.count
        return digits > 0 && digits < 6 ? index + digits : nil
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
    static func isLetter(_ byte: UInt8) -> Bool {
        (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a
    }
    private static func isNamed(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLetter(byte) || "_-/.@".utf8.contains(byte)
    }
    private static func isSame(_ byte: UInt8, _ letter: UInt8) -> Bool { byte | 0x20 == letter }
}
