public import Programs
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
        /// Scalars to watch, under the tags of the event file, in the order of computation.
        public fileprivate(set) var taps: [(tag: String, value: Value)] = []
        /// Activations by name, in the order of computation; what nothing reads costs nothing.
        public fileprivate(set) var activations: [(name: String, value: Value)] = []
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

    /// The root of a model.
    ///
    /// - Parameters:
    ///   - builder: The builder of the program.
    ///   - productType: The type that operands of matrix products are rounded to.
    ///   - prefix: What the names of the parameters' inputs begin with.
    public init(
        _ builder: ProgramBuilder, productType: ElementType = .f32, prefix: String = "parameter"
    ) {
        self.init(
            builder: builder, path: "", model: Model(), productType: productType, prefix: prefix)
    }

    private init(
        builder: ProgramBuilder, path: String, model: Model, productType: ElementType,
        prefix: String
    ) {
        self.prefix = prefix
        self.builder = builder
        self.path = path
        self.model = model
        self.productType = productType
    }

    /// The part called `name`.
    public subscript(name: String) -> Scope {
        Scope(
            builder: builder, path: path.isEmpty ? name : path + "." + name, model: model,
            productType: productType, prefix: prefix)
    }

    /// Declares a parameter of this place, an input of the program called `parameter/PATH`.
    public func parameter(
        _ name: String, _ shape: Shape, _ role: Role, _ initialization: Initialization
    ) -> Value {
        let path = self[name].path
        let value = builder.input(prefix + "/" + path, .f32, shape)
        model.parameters.append(
            ParameterSpecification(
                path: path, shape: shape, role: role, initialization: initialization))
        model.values[path] = value
        return value
    }

    /// Names an activation of this place, for those who measure activations.
    public func activation(_ name: String, _ value: Value) {
        model.activations.append((self[name].path, value))
    }

    /// Watches a scalar under a tag, as `attn/0/max_logit`.
    public func tap(_ tag: String, _ value: Value) { model.taps.append((tag, value)) }
}

/// A function with parameters.
///
/// A module is a value; its parameters live in a tree beside it, under the paths of the scope in
/// which it is called.
public protocol Module: Sendable {
    /// Applies the function.
    func callAsFunction(_ x: Value, _ scope: Scope) -> Value
}

extension Value {
    /// The root of the mean square of all elements.
    public func rootMeanSquare() -> Value { (self * self).mean().squareRoot() }
}
