/// A module with a sensitivity that nobody has proven.
public struct Assumption: Compound {
    /// The module alone.
    public let body: Composition
    public var tare = 1.0
    public let sensitivity: Bound

    /// Gives a module a sensitivity.
    public init(_ module: any Module, sensitivity: Double) {
        body = Composition([module])
        self.sensitivity = .assumed(sensitivity)
    }
}

extension Module {
    /// This module with a sensitivity that is taken for granted; all that depends on it is marked as
    /// assumed.
    public func assuming(sensitivity: Double) -> Assumption {
        Assumption(self, sensitivity: sensitivity)
    }
}
