public import Tensors

/// The kinds of number that a safetensors file may hold, spelled as in its header.
public enum SafetensorsType: String, Sendable, Hashable, CaseIterable {
    /// A truth value, one byte of 0 or 1.
    case bool = "BOOL"
    /// An unsigned 8-bit integer.
    case u8 = "U8"
    /// A signed 8-bit integer.
    case i8 = "I8"
    /// A signed 16-bit integer.
    case i16 = "I16"
    /// An unsigned 16-bit integer.
    case u16 = "U16"
    /// IEEE 754 half precision.
    case f16 = "F16"
    /// The upper half of ``f32``.
    case bf16 = "BF16"
    /// A signed 32-bit integer.
    case i32 = "I32"
    /// An unsigned 32-bit integer.
    case u32 = "U32"
    /// IEEE 754 single precision.
    case f32 = "F32"
    /// Two ``f32``, the real part first.
    case c64 = "C64"
    /// IEEE 754 double precision.
    case f64 = "F64"
    /// A signed 64-bit integer.
    case i64 = "I64"
    /// An unsigned 64-bit integer.
    case u64 = "U64"
    /// 8 bits with 5 of exponent, after IEEE 754.
    case f8E5M2 = "F8_E5M2"
    /// 8 bits with 4 of exponent, without infinities.
    case f8E4M3 = "F8_E4M3"
    /// 8 bits of exponent: a power of two.
    case f8E8M0 = "F8_E8M0"
    /// 8 bits with 4 of exponent, without infinities and negative zero.
    case f8E4M3FNUZ = "F8_E4M3FNUZ"
    /// 8 bits with 5 of exponent, without infinities and negative zero.
    case f8E5M2FNUZ = "F8_E5M2FNUZ"
    /// 4 bits with 2 of exponent, two elements to a byte.
    case f4 = "F4"
    /// 6 bits with 2 of exponent, four elements to three bytes.
    case f6E2M3 = "F6_E2M3"
    /// 6 bits with 3 of exponent, four elements to three bytes.
    case f6E3M2 = "F6_E3M2"

    /// The bits of one element.
    public var bitCount: Int {
        switch self {
        case .f4: 4
        case .f6E2M3, .f6E3M2: 6
        case .bool, .u8, .i8, .f8E5M2, .f8E4M3, .f8E8M0, .f8E4M3FNUZ, .f8E5M2FNUZ: 8
        case .i16, .u16, .f16, .bf16: 16
        case .i32, .u32, .f32: 32
        case .c64, .f64, .i64, .u64: 64
        }
    }

    /// The element type that a `Tensor` of this type has, or nil if `Tensor` knows none.
    public var elementType: ElementType? {
        switch self {
        case .f32: .f32
        case .f64: .f64
        case .bf16: .bf16
        case .i32: .i32
        case .bool: .bool
        default: nil
        }
    }

    /// The type under which a tensor is written.
    public init(_ elementType: ElementType) {
        self =
            switch elementType {
            case .f32: .f32
            case .f64: .f64
            case .bf16: .bf16
            case .i32: .i32
            case .bool: .bool
            }
    }
}
