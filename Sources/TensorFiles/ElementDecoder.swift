package import CKernels
package import Formats
import Foundation

/// Turns stored elements into floats.
///
/// Numbers of 8 bits and fewer go through a table of all their values, so each is exact; integers above
/// 2²⁴ and doubles are rounded to the nearest float.
package struct ElementDecoder: Sendable {
    /// The kind of number that is decoded.
    package let type: SafetensorsType
    /// Which instructions decode halves.
    package let instructions: ck_isa
    private let table: [Float]

    /// Whether a type is decoded; complex numbers are not.
    package static func isReadable(_ type: SafetensorsType) -> Bool { type != .c64 }

    /// Whether the elements are fractions, as weights are, and not integers or truth values.
    package static func isFloatingPoint(_ type: SafetensorsType) -> Bool {
        switch type {
        case .bool, .u8, .i8, .i16, .u16, .i32, .u32, .i64, .u64, .c64: false
        case .f16, .bf16, .f32, .f64, .f8E5M2, .f8E4M3, .f8E8M0, .f8E4M3FNUZ, .f8E5M2FNUZ, .f4,
            .f6E2M3, .f6E3M2:
            true
        }
    }

    /// A decoder of a type.
    ///
    /// - Precondition: ``isReadable(_:)``.
    package init(_ type: SafetensorsType, instructions: ck_isa = ck_isa_best()) {
        precondition(Self.isReadable(type), "ElementDecoder: \(type.rawValue)")
        self.type = type
        self.instructions = instructions
        table = Self.table(of: type)
    }

    /// Decodes as many elements as `floats` holds.
    ///
    /// - Parameters:
    ///   - bytes: The elements as stored, the first at a whole byte; at least as many as are asked for.
    ///   - floats: Where they go.
    package func decode(
        _ bytes: UnsafeRawBufferPointer, into floats: UnsafeMutableBufferPointer<Float>
    ) {
        let count = floats.count
        precondition(
            bytes.count >= (count * type.bitCount + 7) / 8,
            "ElementDecoder: \(bytes.count) bytes for \(count) elements")
        guard count > 0, let to = floats.baseAddress, let from = bytes.baseAddress
        else { return }
        switch type {
        case .f32: unsafe UnsafeMutableRawPointer(to).copyMemory(from: from, byteCount: 4 * count)
        case .bf16:
            unsafe ck_widen_bf16(instructions, count, from.assumingMemoryBound(to: UInt16.self), to)
        case .f16:
            unsafe ck_widen_f16(instructions, count, from.assumingMemoryBound(to: UInt16.self), to)
        case .bool, .u8, .i8, .f8E5M2, .f8E4M3, .f8E8M0, .f8E4M3FNUZ, .f8E5M2FNUZ:
            for index in 0..<count { unsafe to[index] = table[Int(bytes[index])] }
        case .f4:
            for index in 0..<count {
                unsafe to[index] = table[Int(bytes[index / 2] >> (index % 2 * 4) & 15)]
            }
        case .f6E2M3, .f6E3M2:
            for index in 0..<count {
                let bit = index * 6
                let low = UInt16(unsafe bytes[bit / 8])
                // Six bits from an odd place reach into the next byte.
                let high = bit % 8 > 2 ? UInt16(unsafe bytes[bit / 8 + 1]) : 0
                unsafe to[index] = table[Int((low | high << 8) >> (bit % 8) & 63)]
            }
        case .i16: unsafe convert(bytes, floats) { (x: Int16) in Float(x) }
        case .u16: unsafe convert(bytes, floats) { (x: UInt16) in Float(x) }
        case .i32: unsafe convert(bytes, floats) { (x: Int32) in Float(x) }
        case .u32: unsafe convert(bytes, floats) { (x: UInt32) in Float(x) }
        case .i64: unsafe convert(bytes, floats) { (x: Int64) in Float(x) }
        case .u64: unsafe convert(bytes, floats) { (x: UInt64) in Float(x) }
        case .f64: unsafe convert(bytes, floats) { (x: UInt64) in Float(Double(bitPattern: x)) }
        case .c64: break
        }
    }

    private func convert<Stored: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: UnsafeRawBufferPointer, _ floats: UnsafeMutableBufferPointer<Float>,
        _ value: (Stored) -> Float
    ) {
        let size = MemoryLayout<Stored>.size
        for index in floats.indices {
            let stored = unsafe bytes.loadUnaligned(fromByteOffset: index * size, as: Stored.self)
            unsafe floats[index] = value(Stored(littleEndian: stored))
        }
    }

    // MARK: Small formats

    private static func table(of type: SafetensorsType) -> [Float] {
        switch type {
        case .bool: (0..<256).map { $0 == 0 ? 0 : 1 }
        case .u8: (0..<256).map { Float($0) }
        case .i8: (0..<256).map { Float(Int8(truncatingIfNeeded: $0)) }
        case .f8E5M2: (0..<256).map { small($0, exponent: 5, fraction: 2, bias: 15, .ieee) }
        case .f8E4M3: (0..<256).map { small($0, exponent: 4, fraction: 3, bias: 7, .topIsNaN) }
        case .f8E4M3FNUZ:
            (0..<256).map { small($0, exponent: 4, fraction: 3, bias: 8, .minusZeroIsNaN) }
        case .f8E5M2FNUZ:
            (0..<256).map { small($0, exponent: 5, fraction: 2, bias: 16, .minusZeroIsNaN) }
        case .f8E8M0: (0..<256).map { $0 == 255 ? .nan : Float(scalbn(1.0, $0 - 127)) }
        case .f4: (0..<16).map { small($0, exponent: 2, fraction: 1, bias: 1, .finite) }
        case .f6E2M3: (0..<64).map { small($0, exponent: 2, fraction: 3, bias: 1, .finite) }
        case .f6E3M2: (0..<64).map { small($0, exponent: 3, fraction: 2, bias: 3, .finite) }
        default: []
        }
    }

    /// Which codes are no numbers.
    private enum Specials {
        /// The largest exponent is infinity and nan.
        case ieee
        /// All ones below the sign are nan.
        case topIsNaN
        /// The code of minus zero is nan.
        case minusZeroIsNaN
        /// All codes are numbers.
        case finite
    }

    /// The number that a code of a small format stands for.
    private static func small(
        _ code: Int, exponent: Int, fraction: Int, bias: Int, _ specials: Specials
    ) -> Float {
        let isNegative = code >> (exponent + fraction) & 1 == 1
        let field = code >> fraction & (1 << exponent - 1)
        let rest = code & (1 << fraction - 1)
        let top = 1 << exponent - 1
        switch specials {
        case .ieee where field == top:
            return rest != 0 ? .nan : isNegative ? -.infinity : .infinity
        case .topIsNaN where field == top && rest == 1 << fraction - 1: return .nan
        case .minusZeroIsNaN where isNegative && field == 0 && rest == 0: return .nan
        default: break
        }
        let significand = Double(field == 0 ? rest : rest | 1 << fraction)
        let size = scalbn(significand, max(field, 1) - bias - fraction)
        return Float(isNegative ? -size : size)
    }
}
