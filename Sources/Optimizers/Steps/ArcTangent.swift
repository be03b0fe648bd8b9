import Programs

extension Value {
    /// The angle whose tangent is this over `denominator`, which is nowhere negative: `atan2`, from
    /// −π/2 to π/2.
    ///
    /// Nothing is divided by a small number: of the two magnitudes the smaller is divided by the
    /// larger, the angle is halved three times by `tan(φ/2) = t / (1 + √(1 + t²))`, and what is left,
    /// at most tan(π/32), goes through the series `t − t³/3 + t⁵/5 − …` up to t¹⁵, whose next term is
    /// below 2⁻⁵³ of the angle. The angle of zero over zero is zero.
    func arcTangent(over denominator: Value) -> Value {
        let size = absolute()
        let smaller = size.minimum(denominator)
        let larger = size.maximum(denominator)
        let zero = filled(with: 0)
        let isZero = larger.compared(.equal, zero)
        var t = isZero.select(zero, smaller / isZero.select(filled(with: 1), larger))
        for _ in 0..<3 { t = t / ((t * t + 1).squareRoot() + 1) }
        let square = t * t
        var series = square * (-1.0 / 15) + 1.0 / 13
        for odd in [11.0, 9, 7, 5, 3, 1] {
            let sign: Double = (odd - 1).truncatingRemainder(dividingBy: 4) == 0 ? 1 : -1
            series = series * square + sign / odd
        }
        let angle = t * series * 8
        let isSteep = size.compared(.greater, denominator)
        return isSteep.select(Double.pi / 2 - angle, angle) * sign()
    }
}
