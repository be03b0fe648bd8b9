extension Module {
    /// The module with this mass: that of its parts is scaled, so that their shares of its norm stay.
    ///
    /// As with scales, what is already on them is taken for given, and what is added counts.
    ///
    /// - Parameter mass: The mass, at least zero.
    /// - Returns: The module with the mass.
    /// - Precondition: The module has mass, or `mass` is zero.
    public func tared(to mass: Double = 1) -> Self {
        precondition(
            mass >= 0 && (self.mass > 0 || mass == 0), "a mass of \(mass) in place of \(self.mass)")
        return self.mass == 0 ? self : tared(by: mass / self.mass)
    }
}
