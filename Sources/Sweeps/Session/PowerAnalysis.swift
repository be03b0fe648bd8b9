/// What a design can show, before it has run.
public struct PowerAnalysis: Sendable, Hashable, Codable {
    /// Of what, as `exponent`.
    public var quantity: String
    /// The smallest true value that four of five such studies tell from none; nil where none is tested.
    @NullWhenNil public var detectable: Double?
    /// Half the width of its 95% interval; nil where that is no sum but a ratio.
    @NullWhenNil public var halfWidth: Double?
    /// In a sentence, with what it assumes.
    public var text: String

    /// States what a design can show.
    ///
    /// - Parameters:
    ///   - quantity: Of what.
    ///   - detectable: The smallest true value that four of five such studies tell from none.
    ///   - halfWidth: Half the width of its 95% interval.
    ///   - text: In a sentence, with what it assumes.
    public init(
        _ quantity: String, detectable: Double? = nil, halfWidth: Double? = nil, text: String
    ) {
        self.quantity = quantity
        self.detectable = detectable
        self.halfWidth = halfWidth
        self.text = text
    }
}
