/// What SHA-256 makes of bytes.
public struct SHA256Digest: Sendable, Hashable {
    /// 32 bytes, the most significant first.
    public let bytes: [UInt8]

    /// In hexadecimal, two lower-case digits a byte.
    public var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self)
    }
}
