/// The cyclic redundancy check of event files: CRC-32C (Castagnoli, reflected polynomial 0x82F63B78).
///
/// Source: RFC 3720, appendix B.4; eight tables as in Kounavis and Berry, "A Systematic Approach to
/// Building High Performance Software-Based CRC Generators", 2005.
package enum CRC32C {
    /// Entry `256 * k + b` is the check of byte `b` followed by `k` zero bytes.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value >> 1 ^ (value & 1) * 0x82f6_3b78 }
            tables[byte] = value
        }
        for index in 256..<8 * 256 {
            let before = tables[index - 256]
            tables[index] = before >> 8 ^ tables[Int(before & 255)]
        }
        return tables
    }()

    /// The check of `bytes`.
    package static func checksum(_ bytes: RawSpan) -> UInt32 {
        let table = tables.span
        var crc = ~(0 as UInt32)
        var index = 0
        while index + 8 <= bytes.byteCount {
            let word =
                UInt64(
                    littleEndian: unsafe bytes.unsafeLoadUnaligned(
                        fromByteOffset: index, as: UInt64.self)) ^ UInt64(crc)
            func entry(_ k: Int) -> UInt32 {
                table[256 * (7 - k) + Int(truncatingIfNeeded: word >> (8 * UInt64(k)) & 255)]
            }
            let low = entry(0) ^ entry(1) ^ entry(2) ^ entry(3)
            crc = low ^ entry(4) ^ entry(5) ^ entry(6) ^ entry(7)
            index += 8
        }
        while index < bytes.byteCount {
            let byte = unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
            crc = crc >> 8 ^ table[Int((crc ^ UInt32(byte)) & 255)]
            index += 1
        }
        return ~crc
    }

    /// The check of `bytes` as event files store it: rotated right by 15 bits, plus a constant, so that
    /// the check of data that holds checks stays useful.
    package static func masked(_ bytes: RawSpan) -> UInt32 {
        let crc = checksum(bytes)
        return (crc >> 15 | crc << 17) &+ 0xa282_ead8
    }
}
