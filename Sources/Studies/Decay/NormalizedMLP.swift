import Modules
import Programs

/// Matrices, each followed by a normalisation and a rectifier, and a head: every matrix but the head is
/// scale invariant.
///
/// `x` is (rows, inputs); the result are logits (rows, classes). Matrices stand at `hidden.0`,
/// `hidden.1`, ..., the gains of their normalisations at `norm.0`, ...
struct NormalizedMLP {
    var inputs: Int
    var width: Int
    var depth: Int
    var classes: Int
    var normalization: NormalizationKind
    var epsilon: Double

    func callAsFunction(_ x: Value, _ scope: Scope) -> Value {
        var h = x
        for layer in 0..<depth {
            let matrix = Linear("\(layer)", from: layer == 0 ? inputs : width, to: width)
            let norm = Norm("\(layer)", normalization, epsilon: epsilon)
            h = Activation.relu(norm(matrix(h, scope["hidden"]), scope["norm"]))
        }
        return Linear("head", from: width, to: classes, role: .head)(h, scope)
    }
}
