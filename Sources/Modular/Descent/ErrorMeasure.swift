public import Programs
import Tensors

/// Scalars that say how wrong outputs are.
public enum ErrorMeasure {
    /// The mean surprise in nats at labels.
    ///
    /// - Parameters:
    ///   - logits: (…, class).
    ///   - labels: `i32`, of the other axes.
    /// - Returns: A scalar.
    public static func crossEntropy(_ logits: Value, _ labels: Value) -> Value {
        logits.builder.apply(CrossEntropy(), [logits, labels])[0].mean()
    }

    /// Half the mean of the squares of the differences.
    ///
    /// - Parameters:
    ///   - outputs: Of any shape.
    ///   - targets: Of the same shape.
    /// - Returns: A scalar.
    public static func squared(_ outputs: Value, _ targets: Value) -> Value {
        let difference = outputs - targets
        return (difference * difference).mean() * 0.5
    }
}
