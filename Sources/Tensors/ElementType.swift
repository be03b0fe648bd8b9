/// The kinds of number that a tensor holds.
///
/// The raw value is the spelling of program text and configuration files.
public enum ElementType: String, Sendable, Hashable, Codable, CaseIterable {
    /// IEEE 754 single precision.
    case f32
    /// IEEE 754 double precision.
    case f64
    /// The upper half of an ``f32``: 8 exponent bits, 7 fraction bits.
    case bf16
    /// A signed 32-bit integer.
    case i32
    /// A truth value, one byte of 0 or 1.
    case bool

    /// The bytes of one element.
    public var byteCount: Int {
        switch self {
        case .f64: 8
        case .f32, .i32: 4
        case .bf16: 2
        case .bool: 1
        }
    }

    /// Whether the elements approximate real numbers.
    public var isFloatingPoint: Bool {
        switch self {
        case .f32, .f64, .bf16: true
        case .i32, .bool: false
        }
    }
}
