/// A number that JSON shows as `null` where it is not finite.
@propertyWrapper
public struct NullWhenNotFinite: Sendable, Hashable, Codable {
    /// The number; nan where JSON has `null`.
    public var wrappedValue: Double

    /// Wraps a number.
    public init(wrappedValue: Double) { self.wrappedValue = wrappedValue }

    /// Reads a number or `null`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        wrappedValue = container.decodeNil() ? .nan : try container.decode(Double.self)
    }

    /// Writes the number or `null`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if wrappedValue.isFinite {
            try container.encode(wrappedValue)
        } else {
            try container.encodeNil()
        }
    }
}
