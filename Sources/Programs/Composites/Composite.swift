public import Tensors

/// An operation with a name, whose meaning is a body of primitives.
///
/// Its gradient, its text and every engine work on the day it is written; an engine may recognise it
/// by name and run a kernel of its own in place of the body. To add one: a file beside this one and
/// a line in ``CompositeCatalog``.
public protocol Composite: Sendable {
    /// The name in program text, in snake case.
    static var name: String { get }

    /// The constants that make an equal composite with ``init(attributes:)``.
    var attributes: Attributes { get }

    /// Creates the composite from its constants.
    init(attributes: Attributes) throws(ProgramError)

    /// How many values it makes.
    var resultCount: Int { get }

    /// The types of the results.
    ///
    /// - Throws: ``ProgramError/constraint(_:of:found:)`` with the label that the composite's
    ///   documentation gives.
    func resultTypes(of operands: [ValueType]) throws(ProgramError) -> [ValueType]

    /// The meaning, in primitives.
    func body(_ operands: [Value]) -> [Value]

    /// Builds the cotangents of the operands.
    ///
    /// - Parameters:
    ///   - operands: The operands of the forward computation.
    ///   - results: Its results.
    ///   - cotangents: For each result its cotangent, or nil where it is zero.
    /// - Returns: For each operand its cotangent, nil where there is none; nil as a whole when the body
    ///   is to be differentiated instead.
    func gradient(operands: [Value], results: [Value], cotangents: [Value?]) -> [Value?]?

    /// Operands on which the conformance suite tries the composite, and the expected label for those
    /// that must be refused.
    static var samples: [CompositeSample] { get }
}

extension Composite {
    /// Differentiates the body.
    public func gradient(
        operands: [Value], results: [Value], cotangents: [Value?]
    ) -> [Value?]? { nil }

    /// One result.
    public var resultCount: Int { 1 }

    /// Throws the constraint `label` unless it holds.
    public func require(
        _ condition: Bool, _ label: String, _ found: @autoclosure () -> String
    ) throws(ProgramError) {
        if !condition { throw .constraint(label, of: Self.name, found: found()) }
    }

    /// Throws (C1) unless there are `count` operands.
    public func expect(_ operands: [ValueType], count: Int) throws(ProgramError) {
        try require(operands.count == count, "C1", "\(operands.count) operands, not \(count)")
    }
}

/// An example for the conformance suite.
public struct CompositeSample: Sendable {
    /// The operation.
    public var composite: any Composite
    /// Operands, in order.
    public var operands: [Tensor]
    /// The label of the constraint that these operands break; nil for operands that fit.
    public var breaks: String?

    public init(_ composite: any Composite, _ operands: [Tensor], breaks: String? = nil) {
        self.composite = composite
        self.operands = operands
        self.breaks = breaks
    }
}

extension Tensor {
    /// An `f32` tensor of irregular numbers of either sign, up to about 1.5 in magnitude.
    ///
    /// - Parameters:
    ///   - shape: The extents.
    ///   - phase: Tells one operand from another.
    /// - Returns: The same tensor each time.
    package static func wave(_ shape: Shape, phase: Int = 0) -> Tensor {
        let key = RandomKey(seed: 7).split(phase)
        return Tensor(key.truncatedNormals(shape.count, deviation: 0.7), shape: shape)
    }
}
