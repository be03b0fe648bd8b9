import Programs

extension Value {
    /// `c ‖θ‖ / (‖u‖ + ε)` for this parameter θ, or one where either norm is zero, as Optax has it.
    ///
    /// - Parameters:
    ///   - update: u.
    ///   - epsilon: ε.
    ///   - coefficient: c.
    /// - Returns: A scalar.
    func trustRatio(
        to update: Value, epsilon: Double = 0, coefficient: Double = 1
    ) -> Value {
        let weightNorm = (self * self).sum().squareRoot()
        let updateNorm = (update * update).sum().squareRoot()
        let zero = weightNorm.filled(with: 0)
        let isZero = weightNorm.compared(.equal, zero).or(updateNorm.compared(.equal, zero))
        return isZero.select(
            weightNorm.filled(with: 1), weightNorm * coefficient / (updateNorm + epsilon))
    }
}
