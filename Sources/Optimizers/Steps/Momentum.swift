import Programs

extension Value {
    /// `β m + (1 − β) x`: the mean of what came, the latest with weight `1 − β`.
    func averaged(into mean: Value, decay: Double) -> Value {
        mean * decay + self * (1 - decay)
    }

    /// `μ m + x`: heavy-ball momentum, without dampening.
    func accumulated(into sum: Value, momentum: Double) -> Value { sum * momentum + self }
}

/// A gradient's momentum, and the direction that it gives.
///
/// ```
/// m ← μ m + (1 − μ) g
/// d = m,  or with Nesterov's look ahead  d = μ m + (1 − μ) g
/// ```
///
/// Source: `KellerJordan/Muon`, `muon.py`, whose two `lerp`s these are.
struct MomentumStep {
    /// d.
    var direction: Value
    /// m after the step.
    var mean: Value

    init(_ gradient: Value, mean: Value, momentum: Double, nesterov: Bool) {
        self.mean = gradient.averaged(into: mean, decay: momentum)
        direction = nesterov ? gradient.averaged(into: self.mean, decay: momentum) : self.mean
    }
}
