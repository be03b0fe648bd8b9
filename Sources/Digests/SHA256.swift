import COpenSSL

/// SHA-256 (FIPS 180-4) of bytes that come in pieces, computed by OpenSSL.
///
/// ```swift
/// var hash = SHA256()
/// hash.update("name")
/// hash.update([1, 2, 3])
/// let digest = hash.finalize()
/// ```
///
/// Its state is a value: no memory is asked for that could be missing.
public struct SHA256: ~Copyable {
    private var context = SHA256_CTX()

    /// The digest of no bytes yet.
    public init() {
        let status = unsafe SHA256_Init(&context)
        precondition(status == 1, "OpenSSL has no SHA-256")
    }

    /// Takes further bytes.
    ///
    /// - Parameter bytes: They follow those before.
    public mutating func update(_ bytes: RawSpan) {
        let status = unsafe bytes.withUnsafeBytes {
            unsafe SHA256_Update(&context, $0.baseAddress, $0.count)
        }
        precondition(status == 1, "OpenSSL failed to update a digest")
    }

    /// Takes further bytes.
    ///
    /// - Parameter bytes: They follow those before.
    public mutating func update(_ bytes: [UInt8]) { unsafe update(bytes.span.bytes) }

    /// Takes the bytes of a text in UTF-8.
    ///
    /// - Parameter text: Its bytes follow those before.
    public mutating func update(_ text: String) { update(Array(text.utf8)) }

    /// The digest of all bytes.
    ///
    /// - Returns: 32 bytes.
    public consuming func finalize() -> SHA256Digest {
        var bytes = [UInt8](repeating: 0, count: 32)
        let status = unsafe bytes.withUnsafeMutableBufferPointer {
            unsafe SHA256_Final($0.baseAddress, &context)
        }
        precondition(status == 1, "OpenSSL failed to finish a digest")
        return SHA256Digest(bytes: bytes)
    }

    /// The digest of these bytes.
    ///
    /// - Parameter bytes: All of them.
    /// - Returns: 32 bytes.
    public static func digest(of bytes: RawSpan) -> SHA256Digest {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finalize()
    }

    /// The digest of these bytes.
    ///
    /// - Parameter bytes: All of them.
    /// - Returns: 32 bytes.
    public static func digest(of bytes: [UInt8]) -> SHA256Digest {
        unsafe digest(of: bytes.span.bytes)
    }

    /// The digest of a text in UTF-8.
    ///
    /// - Parameter text: All of it.
    /// - Returns: 32 bytes.
    public static func digest(of text: String) -> SHA256Digest { digest(of: Array(text.utf8)) }
}
