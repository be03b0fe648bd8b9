public import OrderedCollections
public import Programs
public import Tensors

/// Values of a program addressed by the paths of a module's parameters: its weights, a change of them,
/// or a gradient.
public struct Weights {
    /// Path -> value, in the order of the parameters.
    public private(set) var values: OrderedDictionary<String, Value>

    /// Nothing.
    public init() { values = [:] }

    /// A value for each parameter.
    public init(_ parameters: [Parameter], _ value: (Parameter) -> Value) {
        values = [:]
        for parameter in parameters { values[parameter.path] = value(parameter) }
    }

    /// A value for each path, in order.
    init(paths: [String], _ values: [Value]) {
        self.values = OrderedDictionary(uniqueKeysWithValues: zip(paths, values))
    }

    /// Inputs of a program, called `PREFIX/PATH`, or `PREFIX` where the path is empty.
    ///
    /// - Parameters:
    ///   - module: What the weights are of.
    ///   - builder: The program.
    ///   - prefix: What the names begin with.
    ///   - elementType: The type of the numbers.
    public init(
        inputsFor module: any Module, in builder: ProgramBuilder, prefix: String = "parameter",
        _ elementType: ElementType = .f32
    ) {
        self.init(module.parameters) {
            builder.input(Self.name(prefix, $0.path), elementType, $0.shape)
        }
    }

    /// `PREFIX/PATH`, or `PREFIX` where the path is empty.
    public static func name(_ prefix: String, _ path: String) -> String {
        path.isEmpty ? prefix : prefix + "/" + path
    }

    /// The value at a path.
    ///
    /// - Precondition: There is one.
    public subscript(path: String) -> Value {
        get {
            guard let value = values[path] else {
                preconditionFailure("no weight at '\(path)', only \(Array(values.keys))")
            }
            return value
        }
        set { values[path] = newValue }
    }

    /// The weights of the part called `key`; all when the part has no name.
    func below(_ key: String?) -> Weights {
        guard let key else { return self }
        var part = Weights()
        for (path, value) in values {
            if path == key { part[""] = value }
            if path.hasPrefix(key + ".") { part[String(path.dropFirst(key.count + 1))] = value }
        }
        return part
    }

    /// Makes each an output of a program, called as its input.
    ///
    /// - Parameter prefix: What the names begin with.
    public func output(_ prefix: String = "parameter") {
        for (path, value) in values {
            value.builder.output(Self.name(prefix, path), value)
        }
    }

    /// A function of each value and its path.
    public func map(_ function: (String, Value) -> Value) -> Weights {
        var result = self
        for (path, value) in values { result.values[path] = function(path, value) }
        return result
    }

    /// The sum of the products of equal places.
    ///
    /// - Precondition: There is at least one weight, and `other` has the same paths.
    public func inner(_ other: Weights) -> Value {
        let products = values.map { path, value in (value * other[path]).sum() }
        return products.dropFirst().reduce(products[0], +)
    }
}
