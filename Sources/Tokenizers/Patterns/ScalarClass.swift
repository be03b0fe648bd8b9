/// What pre-tokenizers tell apart: letters (`\p{L}`), numbers (`\p{N}`), white space (`\s`), and the rest.
package enum ScalarClass {
    static let other: UInt8 = 0
    static let letter: UInt8 = 1
    static let number: UInt8 = 2
    static let space: UInt8 = 3

    /// The version of Unicode, that of `tokenizers` 0.23: what came later is none of the three.
    private static let version = 16

    /// The class of each scalar below U+40000; above there are no letters, numbers or spaces.
    package static let table: [UInt8] = (UInt32(0)..<0x40000).map { value in
        guard let properties = Unicode.Scalar(value)?.properties,
            let age = properties.age, age.major <= version
        else { return other }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            return letter
        case .decimalNumber, .letterNumber, .otherNumber: return number
        default: return properties.isWhitespace ? space : other
        }
    }
}

/// Reading UTF-8 that may be broken.
enum UTF8Text {
    /// The scalar at a place and its bytes; a byte that is part of none is U+FFFD, alone.
    @inline(__always)
    static func scalar(_ text: Span<UInt8>, _ place: Int) -> (value: UInt32, length: Int) {
        let first = UInt32(text[place])
        if first < 0x80 { return (first, 1) }
        let left = text.count - place
        func tail(_ offset: Int) -> UInt32? {
            guard offset < left else { return nil }
            let byte = UInt32(text[place + offset])
            return byte & 0xc0 == 0x80 ? byte & 0x3f : nil
        }
        switch first {
        case 0xc2...0xdf:
            guard let a = tail(1) else { break }
            return ((first & 0x1f) << 6 | a, 2)
        case 0xe0...0xef:
            guard let a = tail(1), let b = tail(2) else { break }
            let value = (first & 0x0f) << 12 | a << 6 | b
            guard value >= 0x800, !(0xd800...0xdfff ~= value) else { break }
            return (value, 3)
        case 0xf0...0xf4:
            guard let a = tail(1), let b = tail(2), let c = tail(3) else { break }
            let value = (first & 0x07) << 18 | a << 12 | b << 6 | c
            guard 0x10000...0x10ffff ~= value else { break }
            return (value, 4)
        default: break
        }
        return (0xfffd, 1)
    }
}
