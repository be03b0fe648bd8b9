package import Foundation

/// A row of tokens, in memory or in a mapped file.
public struct Tokens: Sendable, Hashable {
    /// One byte a token.
    package let data: Data

    /// Creates a row from its tokens.
    public init(_ tokens: [UInt8]) { data = Data(tokens) }

    init(data: Data) { self.data = data }

    /// The number of tokens.
    public var count: Int { data.count }

    /// The token at `index`, counted from 0.
    public subscript(index: Int) -> Int32 { Int32(data[data.startIndex + index]) }
}
