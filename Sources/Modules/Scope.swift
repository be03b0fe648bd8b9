public import Programs
public import Telemetry
public import Tensors

/// A place in a model that is being built: it hands out parameters by path and collects what is worth
/// watching.
///
/// ```swift
/// let scope = Scope(builder)
/// let weight = scope["attention"].parameter("query", [64, 64], .hidden, .constant(0))
/// ```
public struct Scope {
    /// What is collected while a model is built.
    public final class Model {
        /// The parameters, in the order of their declaration.
        public fileprivate(set) var parameters: [ParameterSpecification] = []
        /// The value of each parameter.
        public fileprivate(set) var values: [String: Value] = [:]
        /// Scalars to watch, in the order of computation.
        public fileprivate(set) var taps: [Tap] = []
        /// Activations by name, in the order of computation; what nothing reads costs nothing.
        public fileprivate(set) var activations: [(name: String, value: Value)] = []
        /// What each matrix multiplies, as it multiplies it, by its path, in the order of computation.
        public fileprivate(set) var products: [Product] = []
        /// What the attention of each layer works on, in order.
        public fileprivate(set) var attentions: [AttentionOperands] = []

        /// The parameters that another pass has declared, by path.
        fileprivate let declared: [String: Value]

        fileprivate init(declared: [String: Value] = [:]) { self.declared = declared }
    }

    /// The builder of the program.
    public let builder: ProgramBuilder
    /// The path, empty at the root.
    public let path: String
    /// What all scopes of a model share.
    public let model: Model
    /// The type that operands of matrix products are rounded to; parameters and everything else are
    /// `f32`.
    public let productType: ElementType

    /// What the names of the parameters' inputs begin with.
    private let prefix: String
    /// What the model reads in place of a parameter's input.
    private let reading: ((ParameterSpecification, Value) -> Value)?

    /// The root of a model.
    ///
    /// - Parameters:
    ///   - builder: The builder of the program.
    ///   - productType: The type that operands of matrix products are rounded to.
    ///   - prefix: What the names of the parameters' inputs begin with.
    ///   - reading: What the model reads in place of a parameter's input; nil for the input itself.
    public init(
        _ builder: ProgramBuilder, productType: ElementType = .f32, prefix: String = "parameter",
        reading: ((ParameterSpecification, Value) -> Value)? = nil
    ) {
        self.init(
            builder: builder, path: "", model: Model(), productType: productType, prefix: prefix,
            reading: reading)
    }

    /// The root of the same model for one more pass, as over another micro-batch: the parameters are those of
    /// this pass, what is collected is its own.
    public func nextPass() -> Scope {
        Scope(
            builder: builder, path: "", model: Model(declared: model.values),
            productType: productType, prefix: prefix, reading: reading)
    }

    private init(
        builder: ProgramBuilder, path: String, model: Model, productType: ElementType,
        prefix: String, reading: ((ParameterSpecification, Value) -> Value)?
    ) {
        self.prefix = prefix
        self.reading = reading
        self.builder = builder
        self.path = path
        self.model = model
        self.productType = productType
    }

    /// The part called `name`.
    public subscript(name: String) -> Scope {
        Scope(
            builder: builder, path: path.isEmpty ? name : path + "." + name, model: model,
            productType: productType, prefix: prefix, reading: reading)
    }

    /// Declares a parameter of this place, an input of the program called `parameter/PATH`.
    public func parameter(
        _ name: String, _ shape: Shape, _ role: Role, _ initialization: Initialization,
        heads: HeadSplit? = nil
    ) -> Value {
        let path = self[name].path
        let specification = ParameterSpecification(
            path: path, shape: shape, role: role, initialization: initialization, heads: heads)
        let value = model.declared[path] ?? declare(specification)
        model.parameters.append(specification)
        model.values[path] = value
        return value
    }

    private func declare(_ parameter: ParameterSpecification) -> Value {
        let input = builder.input(prefix + "/" + parameter.path, .f32, parameter.shape)
        return reading.map { $0(parameter, input) } ?? input
    }

    /// Names an activation of this place, for those who measure activations.
    public func activation(_ name: String, _ value: Value) {
        model.activations.append((self[name].path, value))
    }

    /// Keeps weight, operand and result of the matrix called `name`, for those who measure alignment.
    public func product(_ name: String, _ weight: Value, _ operand: Value, _ result: Value) {
        model.products.append(
            Product(path: self[name].path, weight: weight, operand: operand, result: result))
    }

    /// Keeps what attention works on, for those who measure or clip its logits.
    public func attention(_ operands: AttentionOperands) { model.attentions.append(operands) }

    /// Watches a scalar, as `scope.tap(.maxAttentionLogit(0), logits.maximum(), over: .maximum)`.
    ///
    /// - Parameters:
    ///   - metric: What it measures.
    ///   - value: The scalar, of one pass.
    ///   - reduction: How the scalars of several passes become that of a batch.
    public func tap(_ metric: Metric, _ value: Value, over reduction: TapReduction = .mean) {
        model.taps.append(Tap(metric: metric, value: value, reduction: reduction))
    }
}

/// A scalar to watch.
public struct Tap {
    /// What it measures.
    public var metric: Metric
    /// Its value in one pass.
    public var value: Value
    /// How those of several passes become that of a batch.
    public var reduction: TapReduction
}

/// How a number of a batch comes from those of its equal parts.
public enum TapReduction: Sendable, Hashable {
    /// Their mean.
    case mean
    /// The root of the mean of their squares.
    case rootMeanSquare
    /// The largest.
    case maximum

    /// The number of the whole.
    ///
    /// - Precondition: There is a value.
    public func callAsFunction(_ values: [Value]) -> Value {
        guard values.count > 1 else { return values[0] }
        let count = Double(values.count)
        switch self {
        case .mean: return values.dropFirst().reduce(values[0], +) / count
        case .maximum: return values.dropFirst().reduce(values[0]) { $0.maximum($1) }
        case .rootMeanSquare:
            let squares = values.map { $0 * $0 }
            return (squares.dropFirst().reduce(squares[0], +) / count).squareRoot()
        }
    }
}

/// A product of activations with a matrix.
public struct Product {
    /// The path of the matrix.
    public var path: String
    /// The matrix as it multiplies: the parameter, or what is made of it.
    public var weight: Value
    /// The activations: (…, inputs).
    public var operand: Value
    /// The product: (…, outputs).
    public var result: Value
}

/// What the attention of a layer works on.
public struct AttentionOperands {
    /// The scope's path.
    public var path: String
    /// Queries and keys after norm and rotation: (batch, time, head, head width).
    public var queries: Value
    /// See ``queries``.
    public var keys: Value
    /// The largest logit of each query, before any cap: (batch, head, time).
    public var peaks: Value
    /// The factor on the products of queries and keys.
    public var scale: Double
    /// The soft cap of the logits; 0 for none.
    public var cap: Double
    /// The latest positions that a query attends to; nil for all up to its own.
    public var window: Int?
}

/// A function with parameters.
///
/// A layer is a value; its parameters live in a tree beside it, under the paths of the scope in
/// which it is called.
public protocol Layer: Sendable {
    /// Applies the function.
    func callAsFunction(_ x: Value, _ scope: Scope) -> Value
}

extension Value {
    /// The root of the mean square of all elements.
    public func rootMeanSquare() -> Value { (self * self).mean().squareRoot() }
}
