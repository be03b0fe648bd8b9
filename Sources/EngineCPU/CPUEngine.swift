public import Engines
public import Programs
public import Tensors

/// Runs programs on the cores of this machine, in single precision.
///
/// A `bf16` is a float in memory, rounded wherever a program makes one: the numbers are those of mixed
/// precision, the speed is that of single precision.
///
/// Matrix products go to oneDNN, everything else to the kernels of `CKernels`. Work is cut into
/// pieces whose shapes depend on the program alone, so results have the same bits whatever the
/// number of threads. Memory is laid out when a program is compiled; a run allocates none for
/// values.
public struct CPUEngine: Engine {
    /// Threads that a run uses.
    public let threads: Int
    /// The instruction set.
    public let instructionSet: InstructionSet

    let pool: ThreadPool
    let pages = SharedPages()

    static let elementTypes: Set<ElementType> = [.f32, .bf16, .i32, .bool]

    /// Creates an engine with threads of its own.
    ///
    /// - Parameters:
    ///   - threads: How many threads work on a run, the caller among them.
    ///   - instructionSet: The instructions used. oneDNN can be bound once in a process: later
    ///     engines must ask for the same.
    /// - Throws: `EngineError` when the machine lacks the instructions, oneDNN is bound already to
    ///   others, or threads cannot be had.
    public init(threads: Int = 1, instructionSet: InstructionSet = .best) throws {
        guard InstructionSet.supported.contains(instructionSet) else {
            throw EngineError.unsupported(
                engine: "cpu",
                "this machine has no \(instructionSet.rawValue); it runs "
                    + InstructionSet.supported.map(\.rawValue).joined(separator: ", "))
        }
        guard threads >= 1 else {
            throw EngineError.resources("\(threads) threads: must be at least 1")
        }
        try OneDNN.bind(to: instructionSet)
        self.threads = threads
        self.instructionSet = instructionSet
        pool = try ThreadPool(threads: threads)
    }

    /// The version of oneDNN, which multiplies matrices.
    public static var oneDNNVersion: String { OneDNN.version }

    /// `cpu`.
    public var name: String { "cpu" }

    /// The instruction set, oneDNN's version and the number of threads.
    public var facts: [String: String] {
        [
            "instruction_set": instructionSet.rawValue, "onednn": OneDNN.version,
            "threads": "\(threads)",
        ]
    }

    /// Lays out memory and chooses a kernel for each operation.
    ///
    /// `f64` is refused.
    public func compile(
        _ program: Program, donations: [String: String]
    ) throws -> any Executable {
        try program.verify()
        return try CPUExecutable(program: program, donations: donations, engine: self)
    }

    /// Copies a tensor to aligned memory.
    public func buffer(_ tensor: Tensor) throws -> any Buffer {
        let buffer = try CPUBuffer(ValueType(tensor.elementType, tensor.shape), in: pages)
        try buffer.write(tensor)
        return buffer
    }
}
