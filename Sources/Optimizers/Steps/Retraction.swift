import Norms
import Programs
import Tensors

extension Value {
    /// This direction without what it has along `parameter`.
    func tangent(to parameter: Value) -> Value {
        let unit = parameter.scaledToUnitFrobeniusNorm()
        return self - unit * inner(unit)
    }

    /// Each row of this direction without what it has along the same row of `parameter`.
    func tangentRows(to parameter: Value) -> Value {
        let unit = parameter.withUnitRows()
        return self - unit * (self * unit).sum(over: [1]).repeated(along: [1], of: shape)
    }

    /// Two cubic steps of Newton-Schulz without scaling: what a matrix's singular values are off one
    /// by e becomes about 3.4 e⁴.
    func polished() -> Value {
        NewtonSchulz.Step.cubic.applied(to: NewtonSchulz.Step.cubic.applied(to: self))
    }
}
