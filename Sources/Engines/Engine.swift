public import Programs
public import Tensors

/// What compiles programs and runs them.
///
/// An engine owns the memory it computes in: tensors go in as ``Buffer``s and come out of them, so
/// that state can stay where the engine keeps it from step to step.
public protocol Engine: Sendable {
    /// The name on the command line.
    var name: String { get }

    /// What a manifest records: versions, instruction set, threads.
    var facts: [String: String] { get }

    /// Prepares a program.
    ///
    /// - Parameters:
    ///   - program: The program, which is verified.
    ///   - donations: Names of outputs, each with the name of the input whose buffer it takes over:
    ///     after a run the input's buffer holds the output. Types must be equal.
    /// - Returns: The program with its memory.
    /// - Throws: ``EngineError`` for what the engine lacks, `ProgramError` for a bad program.
    func compile(_ program: Program, donations: [String: String]) throws -> any Executable

    /// Prepares a program of which one run takes several steps.
    ///
    /// - Parameters:
    ///   - program: One step.
    ///   - donations: As for ``compile(_:donations:)``: what goes from step to step.
    ///   - fed: The names of the inputs that differ from step to step.
    ///   - limit: The largest number of steps of a run.
    /// - Returns: The program with its memory.
    /// - Throws: What ``compile(_:donations:)`` throws.
    func compileSteps(
        _ program: Program, donations: [String: String], feeding fed: [String], limit: Int
    ) throws -> any StepExecutable

    /// Prepares a program of which one run takes steps of several independent runs, its lanes.
    ///
    /// - Parameters:
    ///   - program: One step of one lane.
    ///   - donations: As for ``compile(_:donations:)``: what goes from step to step.
    ///   - fed: The names of the inputs that differ from step to step.
    ///   - limit: The largest number of steps that a lane takes in a run.
    ///   - lanes: The number of places for lanes, at least 1.
    /// - Returns: The program with its memory.
    /// - Throws: What ``compile(_:donations:)`` throws.
    func compileLanes(
        _ program: Program, donations: [String: String], feeding fed: [String], limit: Int,
        lanes: Int
    ) throws -> any LaneExecutable

    /// Copies a tensor to the engine's memory.
    func buffer(_ tensor: Tensor) throws -> any Buffer
}

extension Engine {
    /// Prepares a program whose outputs all get buffers of their own.
    public func compile(_ program: Program) throws -> any Executable {
        try compile(program, donations: [:])
    }

    /// Compiles and runs a program once.
    ///
    /// - Parameters:
    ///   - program: The program.
    ///   - inputs: A tensor for each input by name.
    /// - Returns: The outputs by name.
    /// - Throws: ``EngineError`` when an input is missing, and what compiling throws.
    public func run(_ program: Program, _ inputs: [String: Tensor]) throws -> [String: Tensor] {
        let buffers = try program.inputs.map { input in
            guard let tensor = inputs[input.name] else {
                throw EngineError.operands("input \(input.name) of \(program.name) is not given")
            }
            return try buffer(tensor)
        }
        let results = try compile(program).run(buffers)
        var outputs: [String: Tensor] = [:]
        for (output, result) in zip(program.outputs, results) {
            outputs[output.name] = try result.tensor()
        }
        return outputs
    }
}

/// A compiled program with the memory that it works in.
///
/// One run at a time: an executable belongs to one owner.
public protocol Executable: AnyObject {
    /// What was compiled.
    var program: Program { get }

    /// For each kind of operation what runs it and how many there are, for people and manifests.
    var kernels: [KernelCount] { get }

    /// Runs the program.
    ///
    /// - Parameter operands: A buffer for each input, in the program's order.
    /// - Returns: A buffer for each output, in the program's order. The buffer of a donated output
    ///   is that of its input; the others belong to the executable and hold until the next run.
    /// - Throws: ``EngineError/operands(_:)`` when buffers do not fit the program.
    func run(_ operands: [any Buffer]) throws -> [any Buffer]
}

/// A tensor in an engine's memory.
public protocol Buffer: AnyObject {
    /// The shape and element type.
    var type: ValueType { get }

    /// Copies the contents to the host.
    func tensor() throws -> Tensor

    /// Replaces the contents.
    ///
    /// - Throws: ``EngineError/operands(_:)`` unless the tensor has this buffer's type.
    func write(_ tensor: Tensor) throws
}

/// How often a kernel occurs in a compiled program.
public struct KernelCount: Sendable, Hashable, Codable {
    /// The operation, as in program text.
    public var operation: String
    /// What runs it, as `avx2`, `oneDNN` or `reference`.
    public var kernel: String
    /// The number of places.
    public var count: Int

    public init(operation: String, kernel: String, count: Int) {
        self.operation = operation
        self.kernel = kernel
        self.count = count
    }
}

/// Why an engine does not do what it is asked to.
public enum EngineError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The engine has no way to run this.
    case unsupported(engine: String, String)
    /// Buffers or names do not fit the program.
    case operands(String)
    /// Memory, threads or a device could not be had.
    case resources(String)
    /// The engine began and could not go on.
    case failed(engine: String, String)

    /// A sentence for the reader.
    public var description: String {
        switch self {
        case .unsupported(let engine, let reason): "the \(engine) engine cannot run this: \(reason)"
        case .operands(let reason): reason
        case .resources(let reason): reason
        case .failed(let engine, let reason):
            "the \(engine) engine failed: \(reason)\nWhat was saved is intact: the same command goes "
                + "on from the last checkpoint."
        }
    }
}
