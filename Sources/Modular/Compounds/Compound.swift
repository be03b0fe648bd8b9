public import Programs

/// A module that is made of others and known by a name of its own.
///
/// ```swift
/// struct Residual: Compound {
///     let body: Sum
///     var tare = 1.0
///     init(_ branch: some Module) { body = 0.5 * Identity() + 0.5 * branch }
/// }
/// ```
public protocol Compound: Module {
    /// What it is made of.
    associatedtype Body: Module

    /// The formula.
    var body: Body { get }

    /// The mass over that of ``body``, one at first.
    var tare: Double { get set }
}

extension Compound {
    public var mass: Double { body.mass * tare }
    public var sensitivity: Bound { body.sensitivity }
    public var sharpness: Sharpness? { body.sharpness }

    public var parameters: [Parameter] {
        body.parameters.map {
            var parameter = $0
            parameter.mass *= tare
            return parameter
        }
    }

    public func forward(_ inputs: [Value], _ weights: Weights) -> [Value] {
        body.forward(inputs, weights)
    }

    public func tared(by factor: Double) -> Self {
        var copy = self
        copy.tare *= factor
        return copy
    }

    /// The formula.
    public var description: String { body.description }
}
