public import Programs

/// A module without weights: it has no mass and takes part in no norm, but its sensitivity counts.
public protocol Bond: Module {
    /// Computes the outputs.
    ///
    /// - Parameter inputs: The entries of the input.
    /// - Returns: The entries of the output.
    func apply(_ inputs: [Value]) -> [Value]
}

extension Bond {
    public var mass: Double { 0 }

    public var parameters: [Parameter] { [] }

    public func forward(_ inputs: [Value], _ weights: Weights) -> [Value] { apply(inputs) }

    public func tared(by factor: Double) -> Self { self }

    /// The name of the type.
    public var description: String { "\(type(of: self))" }
}

/// A bond that does the same to each entry of a tuple.
public protocol EntrywiseBond: Bond {
    /// Computes one entry of the output.
    func apply(_ x: Value) -> Value
}

extension EntrywiseBond {
    public func apply(_ inputs: [Value]) -> [Value] { inputs.map { apply($0) } }
}
