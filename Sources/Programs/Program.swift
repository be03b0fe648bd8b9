/// A computation as data: named inputs, instructions in order, named outputs.
///
/// Every value is defined once, by an input or by one instruction, and is known by its number.
/// Programs are made with a ``ProgramBuilder`` or parsed from their text; differentiation, inlining
/// and simplification are functions from programs to programs; an engine compiles and runs them.
///
/// ```
/// program example
/// %0 = input x : f32[2,3]
/// %1 = multiply %0 %0 : f32[2,3]
/// %2 = reduce %1 {by = sum, axes = [0, 1]} : f32[]
/// output loss = %2
/// ```
public struct Program: Sendable, Hashable {
    /// The number of a value.
    public typealias ValueID = Int

    /// A value under a name.
    public struct Named: Sendable, Hashable {
        /// The name, unique among the inputs or among the outputs.
        public var name: String
        /// The value.
        public var value: ValueID

        /// Names a value.
        public init(name: String, value: ValueID) {
            self.name = name
            self.value = value
        }
    }

    /// What an instruction does.
    public enum Operation: Sendable {
        /// One of the closed set.
        case primitive(Primitive)
        /// An operation with a body of primitives.
        case composite(any Composite)
    }

    /// An operation on values that makes values.
    public struct Instruction: Sendable, Hashable {
        /// What is done.
        public var operation: Operation
        /// The values read.
        public var operands: [ValueID]
        /// The values defined.
        public var results: [ValueID]
    }

    /// A word for people: errors and text show it.
    public var name: String
    /// Values that the caller gives.
    public var inputs: [Named]
    /// Computation, in order.
    public var instructions: [Instruction]
    /// Values that the caller gets; one value may have several names.
    public var outputs: [Named]
    /// The type of each value, by number.
    public var types: [ValueType]

    /// The type of the input called `name`.
    public func inputType(_ name: String) -> ValueType? {
        inputs.first { $0.name == name }.map { types[$0.value] }
    }

    /// The type of the output called `name`.
    public func outputType(_ name: String) -> ValueType? {
        outputs.first { $0.name == name }.map { types[$0.value] }
    }
}

extension Program.Operation: Hashable {
    /// The name in program text.
    public var name: String {
        switch self {
        case .primitive(let primitive): primitive.name
        case .composite(let composite): type(of: composite).name
        }
    }

    /// The constants in program text.
    public var attributes: Attributes {
        switch self {
        case .primitive(let primitive): primitive.attributes
        case .composite(let composite): composite.attributes
        }
    }

    /// Operations are equal when their text is: a composite is its name and its attributes, a nan is
    /// a nan, and 0.0 is not -0.0.
    public static func == (a: Self, b: Self) -> Bool {
        switch (a, b) {
        case (.primitive, .primitive), (.composite, .composite): a.text == b.text
        default: false
        }
    }

    /// Hashes the text.
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
