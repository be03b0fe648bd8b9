import Engines
import Programs
import Tensors

/// One step of a compiled program.
protocol Kernel: Sendable {
    /// What is computed, as in program text.
    var operation: String { get }
    /// What computes it.
    var runner: KernelRunner { get }
    /// Values read.
    var reads: [Int] { get }
    /// Values written.
    var writes: [Int] { get }
    /// Whether the result may stand where this operand stood.
    func allowsOverwriting(_ operand: Int, with result: Int) -> Bool
    /// Memory wanted during the step, placed as this value.
    var scratch: Scratch? { get }
    /// Values past those of the program that the step writes for later ones.
    var made: [Scratch] { get }
    /// Independent parts; a function of the program alone, never of the number of threads.
    var pieces: Int { get }
    /// Runs once before all parts.
    func prepare(_ frame: Frame)
    /// Computes a part. `worker` is for choosing scratch.
    func run(_ frame: Frame, piece: Int, worker: Int)
    /// Runs once after all parts.
    func finish(_ frame: Frame)
}

/// What computes a kernel: whose code its time is spent in.
enum KernelRunner: Sendable, Hashable {
    /// Loops of `CKernels`.
    case kernels(InstructionSet)
    /// oneDNN.
    case oneDNN
    /// Loops in Swift, and copies of memory.
    case swift

    /// The name in lists of kernels.
    var name: String {
        switch self {
        case .kernels(let instructionSet): instructionSet.rawValue
        case .oneDNN: "oneDNN"
        case .swift: "swift"
        }
    }
}

/// Memory that a kernel wants while it runs.
struct Scratch {
    /// The value number under which it is placed.
    var value: Int
    var byteCount: Int
}

extension Kernel {
    func allowsOverwriting(_ operand: Int, with result: Int) -> Bool { false }
    var scratch: Scratch? { nil }
    var made: [Scratch] { [] }
    func prepare(_ frame: Frame) {}
    func finish(_ frame: Frame) {}
}

/// What kernels are made from.
struct KernelContext {
    let program: Program
    let instructionSet: InstructionSet
    let threads: Int
    /// What oneDNN computes.
    let primitives: PrimitiveCache
    /// Numbers for scratch, past those of the program's values.
    var nextScratch: Int

    func type(_ value: Int) -> ValueType { program.types[value] }
    func count(_ value: Int) -> Int { program.types[value].shape.count }

    /// Memory for a kernel.
    mutating func scratch(floats: Int) -> Scratch {
        defer { nextScratch += 1 }
        return Scratch(value: nextScratch, byteCount: 4 * floats)
    }
}

/// Cuts `count` items into runs of `size`.
struct Pieces: Sendable {
    let total: Int
    let size: Int

    init(_ total: Int, size: Int) {
        self.total = total
        self.size = max(size, 1)
    }

    var count: Int { max((total + size - 1) / size, 1) }

    func range(_ piece: Int) -> Range<Int> {
        min(piece * size, total)..<min((piece + 1) * size, total)
    }
}
