public import Programs
import Tensors

/// Looks up a row of a table for each token.
///
/// The table is (vocabulary, width) and stands at `NAME` of the scope. Tokens are `i32` of any shape;
/// the result has the width as a further axis.
public struct Embedding: Layer {
    /// The name of the table in its scope.
    public var name: String
    /// Rows.
    public var vocabulary: Int
    /// Elements of a row.
    public var width: Int
    /// The standard deviation at the start.
    public var deviation: Double

    public init(_ name: String, vocabulary: Int, width: Int, deviation: Double) {
        self.name = name
        self.vocabulary = vocabulary
        self.width = width
        self.deviation = deviation
    }

    public func callAsFunction(_ tokens: Value, _ scope: Scope) -> Value {
        scope.parameter(name, [vocabulary, width], .embedding, .normal(deviation: deviation))
            .take(tokens)
    }
}
