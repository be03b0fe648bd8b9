/// Reads each byte of a text as one token.
///
/// Any text can be encoded, whatever its character encoding, and decoding gives back its bytes.
public struct ByteTokenizer: Sendable, Hashable {
    /// Creates the tokenizer, of which there is one.
    public init() {}

    /// The number of different tokens.
    public static let vocabulary = 256

    /// The tokens of `bytes`, one for each.
    public func encode(_ bytes: some Sequence<UInt8>) -> [Int32] { bytes.map { Int32($0) } }

    /// The bytes of `tokens`.
    ///
    /// - Parameter tokens: Tokens from 0 to 255.
    /// - Returns: A byte for each token.
    /// - Precondition: Every token is in range.
    public func decode(_ tokens: some Sequence<Int32>) -> [UInt8] {
        tokens.map { token in
            precondition(0..<256 ~= token, "ByteTokenizer: token \(token) is not in 0..<256")
            return UInt8(token)
        }
    }
}
