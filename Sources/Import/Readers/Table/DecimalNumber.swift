/// Decimal numbers in bytes, read as `Double(_: String)` reads them and several times faster.
enum DecimalNumber {
    /// Reads a number at `index`, which goes past it.
    ///
    /// - Returns: The nearest double; nil, and `index` as it was, of what is no plain decimal number or has more
    ///   digits than can be rounded here: read that as text.
    static func read(_ bytes: [UInt8], _ index: inout Int) -> Double? {
        let end = bytes.count
        var at = index
        let isNegative = at < end && bytes[at] == UInt8(ascii: "-")
        if isNegative { at += 1 }
        var digits: UInt64 = 0
        var count = 0
        var exponent = 0
        let first = at
        while at < end, bytes[at] &- 0x30 < 10 {
            digits = digits &* 10 &+ UInt64(bytes[at] &- 0x30)
            at += 1
        }
        count = at - first
        if at < end, bytes[at] == UInt8(ascii: ".") {
            at += 1
            let point = at
            while at < end, bytes[at] &- 0x30 < 10 {
                digits = digits &* 10 &+ UInt64(bytes[at] &- 0x30)
                at += 1
            }
            exponent = point - at
            count += at - point
        }
        // Nineteen digits are less than two to the sixty-fourth; zeros before them are none.
        if count > 19 {
            count -= bytes[first..<at].prefix { $0 == 0x30 || $0 == UInt8(ascii: ".") }.count {
                $0 == 0x30
            }
        }
        guard count > 0, count <= 19 else { return nil }
        if at < end, bytes[at] | 0x20 == UInt8(ascii: "e") {
            at += 1
            let isBelow = at < end && bytes[at] == UInt8(ascii: "-")
            if isBelow || (at < end && bytes[at] == UInt8(ascii: "+")) { at += 1 }
            var size = 0
            let begin = at
            while at < end, at - begin < 4, bytes[at] &- 0x30 < 10 {
                size = 10 * size + Int(bytes[at] &- 0x30)
                at += 1
            }
            guard at > begin, at == end || bytes[at] &- 0x30 >= 10 else { return nil }
            exponent += isBelow ? -size : size
        }
        guard let value = rounded(digits, exponent) else { return nil }
        index = at
        return isNegative ? -value : value
    }

    /// The double nearest to `digits` times ten to the `exponent`; nil where that takes more than one rounding.
    private static func rounded(_ digits: UInt64, _ exponent: Int) -> Double? {
        if digits == 0 { return 0 }
        // Both are doubles without rounding, and their product or quotient is rounded once.
        if digits <= 1 << 53, exponent >= -22, exponent <= 22 {
            return exponent < 0
                ? Double(digits) / powers[-exponent] : Double(digits) * powers[exponent]
        }
        #if arch(x86_64)
        // Both are extended doubles without rounding. What is rounded to 64 bits rounds to 53 as the
        // number itself does, unless it lies right between two doubles.
        guard exponent >= -27, exponent <= 27 else { return nil }
        let power = widePowers[abs(exponent)]
        let wide = exponent < 0 ? Float80(digits) / power : Float80(digits) * power
        guard wide.significandBitPattern & 0x7ff != 0x400 else { return nil }
        return Double(wide)
        #else
        return nil
        #endif
    }

    /// Powers of ten that are doubles.
    private static let powers: [Double] = (0...22).map { power in
        (0..<power).reduce(1) { value, _ in value * 10 }
    }
    #if arch(x86_64)
    /// Powers of ten that are extended doubles.
    private static let widePowers: [Float80] = (0...27).map { power in
        (0..<power).reduce(1) { value, _ in value * 10 }
    }
    #endif
}
