public import Programs
import Tensors

/// Scores with negative infinity where the key is later than the query.
///
/// Operand and result (batch, head, time of query, time of key), measured by the largest magnitude of
/// what is not masked. What remains is as it was: the sensitivity 1 is reached.
public struct CausalMask: EntrywiseBond {
    public init() {}

    public var sensitivity: Bound { 1 }
    public var sharpness: Sharpness? { .linear }

    public func apply(_ scores: Value) -> Value {
        let query = scores.builder.iota(scores.shape, axis: 2, .i32)
        let key = scores.builder.iota(scores.shape, axis: 3, .i32)
        return query.compared(.greaterOrEqual, key)
            .select(scores, scores.filled(with: -.infinity))
    }
}
