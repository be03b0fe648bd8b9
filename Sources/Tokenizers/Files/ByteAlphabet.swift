/// How tokenizer files spell bytes as characters that print, as GPT-2's does: printing bytes of Latin-1 as
/// themselves, the others as U+0100 and up in order.
enum ByteAlphabet {
    /// The character of each byte.
    static let scalars: [Unicode.Scalar] = {
        var next: UInt32 = 256
        return (UInt32(0)...255).compactMap { byte in
            let prints = 33...126 ~= byte || 161...172 ~= byte || 174...255 ~= byte
            defer { if !prints { next += 1 } }
            return Unicode.Scalar(prints ? byte : next)
        }
    }()

    /// The byte of each character below 324; 256 for the others.
    private static let bytes: [UInt16] = {
        var bytes = [UInt16](repeating: 256, count: 324)
        for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar.value)] = UInt16(byte) }
        return bytes
    }()

    /// The bytes that are spelled so; nil for a character that spells none.
    static func bytes(of spelling: String) -> [UInt8]? {
        var result: [UInt8] = []
        for scalar in spelling.unicodeScalars {
            guard scalar.value < 324, let byte = UInt8(exactly: bytes[Int(scalar.value)]) else {
                return nil
            }
            result.append(byte)
        }
        return result
    }

    /// The spelling of bytes.
    static func spelling(of bytes: some Sequence<UInt8>) -> String {
        var text = ""
        for byte in bytes { text.unicodeScalars.append(scalars[Int(byte)]) }
        return text
    }
}
