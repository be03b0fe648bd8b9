import COpenSSL

/// SHA-256 (FIPS 180-4) of bytes that come in pieces, computed by OpenSSL.
///
/// ```swift
/// var hash = SHA256()
/// hash.update("name")
/// hash.update([1, 2, 3])
/// let digest = hash.finalize()
/// ```
@safe
public struct SHA256: ~Copyable {
    private let context: OpaquePointer

    /// The digest of no bytes yet.
    public init() {
        guard let context = unsafe EVP_MD_CTX_new(),
            unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
        else { preconditionFailure("OpenSSL has no SHA-256") }
        unsafe self.context = unsafe context
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    /// Takes further bytes.
    ///
    /// - Parameter bytes: They follow those before.
    public mutating func update(_ bytes: RawSpan) {
        let status = unsafe bytes.withUnsafeBytes {
            unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count)
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
            unsafe EVP_DigestFinal_ex(context, $0.baseAddress, nil)
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
