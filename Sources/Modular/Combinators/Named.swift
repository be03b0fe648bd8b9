/// A module whose place among others has a name.
public struct Named: Compound {
    /// The name.
    public let name: String
    /// The module alone.
    public let body: Composition
    public var tare = 1.0

    /// Names a module.
    ///
    /// - Precondition: The name is not empty and has no dot and no slash.
    public init(_ module: any Module, _ name: String) {
        precondition(
            !name.isEmpty && !name.contains(".") && !name.contains("/"),
            "a module called '\(name)'")
        self.name = name
        body = Composition([module])
    }

    /// The name.
    public var description: String { name }
}

extension Module {
    /// This module under a name, which begins the paths of its weights wherever other modules have
    /// weights beside it.
    public func named(_ name: String) -> Named { Named(self, name) }
}
