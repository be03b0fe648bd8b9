/// The numbers that a key takes.
///
/// Whatever a program computes with is in single precision, so that a number above zero which is zero
/// there is in no range.
public struct NumberRange: Sendable, Hashable {
    /// The least, or what all are above.
    public let lower: Double
    /// The largest, or what all are below.
    public let upper: Double
    /// Whether ``lower`` itself is left out.
    public let excludesLower: Bool
    /// Whether ``upper`` itself is left out.
    public let excludesUpper: Bool

    /// The largest power of ten that single precision has.
    static let largest = 1e38
    /// The least number above zero that keys take, of which single precision has all digits.
    static let least = 1e-37

    init(
        _ lower: Double, _ upper: Double, excludesLower: Bool = false, excludesUpper: Bool = false
    ) {
        (self.lower, self.upper) = (lower, upper)
        (self.excludesLower, self.excludesUpper) = (excludesLower, excludesUpper)
    }

    /// Numbers above zero.
    static let positive = NumberRange(least, largest)
    /// Zero and above.
    static let nonNegative = NumberRange(0, largest)
    /// Zero up to but not including one.
    static let fraction = NumberRange(0, 1, excludesUpper: true)
    /// Zero to one.
    static let share = NumberRange(0, 1)

    /// As in `a number from 0 to below 1`.
    public var text: String {
        let from = excludesLower ? "above \(Self.text(lower))" : "from \(Self.text(lower))"
        return from + (excludesUpper ? " to below " : " to ") + Self.text(upper)
    }

    /// Why a number is not in the range; nil when it is.
    func objection(to value: Double) -> String? {
        let shown = Self.text(value)
        guard value.isFinite else { return "\(shown) is not a finite number" }
        let isAbove = excludesLower ? value > lower : value >= lower
        let isBelow = excludesUpper ? value < upper : value <= upper
        guard isAbove, isBelow else { return "\(shown) is out of range: a number \(text)" }
        guard value == 0 || value.magnitude >= Self.least else {
            return "\(shown) is zero in single precision; write 0, or at least "
                + Self.text(Self.least)
        }
        return nil
    }

    private static func text(_ value: Double) -> String { KeyValue.number(value).text }
}
