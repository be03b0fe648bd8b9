import Yams

/// The value of a configuration key.
public enum KeyValue: Sendable, Hashable {
    /// A whole number.
    case whole(Int)
    /// A seed: any of 64 bits.
    case seed(UInt64)
    /// A number.
    case number(Double)
    /// True or false.
    case flag(Bool)
    /// One of the words that the key takes.
    case word(String)
    /// A list of words.
    case words([String])

    /// The value as one text wherever it is named: in labels, names of folders and the table of keys.
    ///
    /// Equal values have equal texts, however they were written: `0.01` and `1e-2` are both `1e-2`.
    public var text: String {
        switch self {
        case .whole(let value): return "\(value)"
        case .seed(let value): return "\(value)"
        case .number(let value):
            // As people write numbers: with an exponent where they are small or large.
            let isPlain = value == 0 || (0.1..<1e5).contains(value.magnitude)
            let text =
                isPlain
                ? "\(value)"
                : Self.digits(value).replacing("e+", with: "e").replacing("e-0", with: "e-")
            return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
        case .flag(let value): return "\(value)"
        case .word(let value): return value
        case .words(let values): return "[\(values.joined(separator: ", "))]"
        }
    }

    /// The value in a configuration file.
    var node: Node {
        switch self {
        case .whole(let value): value.box()
        case .seed(let value): value.box()
        case .number(let value): Node(Self.digits(value), Tag(.float))
        case .flag(let value): value.box()
        case .word(let value): value.box()
        case .words(let values): Node(values.map { $0.box() })
        }
    }

    /// The fewest digits that read back to the same bits; with an exponent where that is no longer.
    private static func digits(_ number: Double) -> String {
        let text = number.box().string ?? ""
        let shortest = "\(number)"
        // Yams rounds to fifteen digits.
        guard let read = Double(text), Int(text) == nil, UInt64(text) == nil,
            read != number || shortest.count < text.count
        else { return text }
        return shortest
    }
}
