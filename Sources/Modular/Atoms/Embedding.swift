public import Norms
public import Programs
public import Tensors

/// A row of a table for each token.
///
/// | | |
/// |---|---|
/// | weight | (vocabulary, width) |
/// | norm | the largest root mean square of a row |
/// | dualize | each row over its root mean square; rows of zero stay |
/// | admissible weights | rows of root mean square one |
/// | admissible inputs | tokens, `i32` of any shape, from 0 up to the vocabulary |
///
/// Tokens do not change by a little; the sensitivity is that for weighted rows, with the sum of the
/// weights' magnitudes as the norm of the input.
///
/// Source: arXiv 2410.21265, section 4.1.
public struct Embedding: Atom {
    /// Rows.
    public var vocabulary: Int
    /// Elements of a row.
    public var width: Int
    public var mass = 1.0

    /// A table of rows of `width`, of mass one.
    public init(_ width: Int, vocabulary: Int) {
        (self.width, self.vocabulary) = (width, vocabulary)
    }

    public var shape: Shape { [vocabulary, width] }

    public func forward(_ tokens: Value, _ table: Value) -> Value { table.take(tokens) }

    public func initialize(_ key: RandomKey) -> Tensor {
        .unitRows(vocabulary, columns: width, key)
    }

    public func norm(_ change: Value) -> Value {
        change.rowNorms().maximum() / Double(width).squareRoot()
    }

    public func dualize(_ gradient: Value, by orthogonalization: NewtonSchulz) -> Value {
        WeightNorm.oneToRMS.dualized(gradient)
    }

    public func project(_ weight: Value, by orthogonalization: NewtonSchulz) -> Value {
        WeightNorm.oneToRMS.dualized(weight)
    }

    /// `Embedding(64, vocabulary: 65)`.
    public var description: String { "Embedding(\(width), vocabulary: \(vocabulary))" }
}
