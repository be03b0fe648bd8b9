import Modules
public import Training

extension RunConfiguration {
    /// Floating-point operations of a step, attention counted as if nothing were masked:
    /// `(6 (N − V d) + 12 L T d) B T`, and the singular values of σReparam beside that.
    public var flopsPerStep: Double {
        let m = model
        let parameters = m.matrixParameters + m.vocabulary * m.width
        let perToken = 6 * parameters + 12 * m.depth * m.context * m.attentionWidth
        return Double(perToken) * Double(data.batch * m.context) + m.sigmaReparamOperations
    }
}
