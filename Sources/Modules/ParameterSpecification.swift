public import OrderedCollections
public import Tensors

/// What a parameter is for; optimizers and parametrisations treat roles differently.
public enum Role: String, Sendable, Hashable, Codable, CaseIterable {
    /// Rows looked up by token.
    case embedding
    /// A matrix between activations.
    case hidden
    /// The matrix from the last activations to the logits.
    case head
    /// The scale of a normalisation, a vector, or of a matrix, a number; a bias, too.
    case gain
}

/// How a parameter starts.
public enum Initialization: Sendable, Hashable {
    /// The same number everywhere.
    case constant(Float)
    /// Normal numbers of this standard deviation.
    case normal(deviation: Double)
    /// Normal numbers cut at two deviations, of this standard deviation after the cut.
    case truncatedNormal(deviation: Double)
    /// A random matrix with orthonormal rows or columns, whichever are fewer, times this.
    case orthogonal(scale: Double)
    /// Random rows of root mean square one.
    case unitRows
    /// The largest singular value of another parameter's start, about so large before a parametrisation
    /// scales that.
    case spectralNorm(of: String, about: Double)

    /// The starting value of a parameter.
    ///
    /// - Parameters:
    ///   - shape: The extents.
    ///   - key: The randomness.
    ///   - others: The starting values of the parameters before it.
    /// - Returns: A tensor of `f32`.
    /// - Precondition: A parameter that this one starts from is among `others`.
    public func tensor(
        _ shape: Shape, _ key: RandomKey, beside others: ParameterTree = [:]
    ) -> Tensor {
        switch self {
        case .constant(let value):
            Tensor([Float](repeating: value, count: shape.count), shape: shape)
        case .normal(let deviation):
            Tensor(key.normals(shape.count, deviation: deviation), shape: shape)
        case .truncatedNormal(let deviation):
            Tensor(key.truncatedNormals(shape.count, deviation: deviation), shape: shape)
        case .orthogonal(let scale):
            .orthogonal(rows: shape[0], columns: shape[1], scale: scale, key)
        case .unitRows: .unitRows(shape[0], columns: shape[1], key)
        case .spectralNorm(let path, _):
            if let matrix = others[path] {
                Tensor(
                    [Float](repeating: Float(matrix.largestSingularValue()), count: shape.count),
                    shape: shape)
            } else {
                preconditionFailure("no parameter \(path) to start from")
            }
        }
    }
}

/// How the matrix of a projection of attention divides into one block a head.
public enum HeadSplit: Sendable, Hashable {
    /// Equal groups of rows: queries, keys, values.
    case rows(Int)
    /// Equal groups of columns: the output.
    case columns(Int)
}

/// A parameter as a module declares it.
///
/// A table of these stands beside the tensors, under the same paths.
public struct ParameterSpecification: Sendable, Hashable {
    /// Where it stands in the model, as `blocks.3.attention.query`.
    public var path: String
    /// The extents; a matrix is (outputs, inputs).
    public var shape: Shape
    /// What it is for.
    public var role: Role
    /// How it starts.
    public var initialization: Initialization
    /// The size of its change, in its own norm, in a step of size one; nil where a parametrisation
    /// gives none, and all take equal parts.
    public var normBudget: Double?
    /// How a matrix of attention divides into heads; nil for all others.
    public var heads: HeadSplit?

    /// Declares a parameter.
    public init(
        path: String, shape: Shape, role: Role, initialization: Initialization,
        heads: HeadSplit? = nil
    ) {
        self.path = path
        self.shape = shape
        self.role = role
        self.initialization = initialization
        self.heads = heads
    }

    /// Inputs that one output sums over: 1 for rows that are looked up and for gains.
    public var fanIn: Int { role == .embedding || shape.rank < 2 ? 1 : shape[1] }
    /// Outputs that one input reaches.
    public var fanOut: Int { role == .embedding ? shape[1] : shape[0] }
}
