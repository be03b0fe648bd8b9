extension Module {
    /// A number times the output of a module: `ScalarMultiple(factor) ∘ module`.
    ///
    /// - Precondition: The factor is finite and not zero.
    public static func * (factor: Double, module: Self) -> Composition {
        ScalarMultiple(factor) ∘ module
    }
}
