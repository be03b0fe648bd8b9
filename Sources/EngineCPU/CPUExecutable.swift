import Engines
import Programs
import Tensors

/// A program as a list of kernels over placed memory.
final class CPUExecutable: Executable {
    let program: Program
    let kernels: [KernelCount]
    private let steps: [any Kernel]
    private let frame: Frame
    private let arena: AlignedMemory
    private let outputs: [CPUBuffer?]
    private let donated: [Int?]
    private let pool: ThreadPool
    /// For each input the values that stand in its buffer: itself, reshapes, what takes it over.
    private let valuesInInput: [[Int]]

    init(program: Program, donations: [String: String], engine: CPUEngine) throws {
        let donated = try program.donatedInputs(donations)
        for (type, value) in zip(program.types, 0...) {
            guard CPUEngine.elementTypes.contains(type.elementType) else {
                throw EngineError.unsupported(
                    engine: "cpu",
                    "%\(value) of \(program.name) is \(type); this engine computes in f32 and "
                        + "bf16. Use --engine reference for f64")
            }
        }
        let lowered = try Lowering(program, donated: donated, engine: engine)
        let frame = Frame(count: lowered.valueCount)
        arena = try AlignedMemory(byteCount: lowered.plan.byteCount)
        for (value, offset) in lowered.plan.offsets {
            unsafe frame.place(value, at: arena.address + offset)
        }
        outputs = try lowered.outputPlaces.map { place in
            guard let place else { return nil }
            let buffer = try CPUBuffer(place.type, in: engine.pages)
            for value in place.values { unsafe frame.place(value, at: buffer.memory.address) }
            return buffer
        }
        self.program = program
        self.donated = donated
        self.frame = frame
        steps = lowered.steps
        valuesInInput = lowered.valuesInInput
        pool = engine.pool
        kernels = lowered.counts
    }

    func run(_ operands: [any Buffer]) throws -> [any Buffer] {
        try program.checkOperands(operands)
        for (index, operand) in operands.enumerated() {
            guard let buffer = operand as? CPUBuffer else {
                throw EngineError.operands(
                    "input \(program.inputs[index].name) belongs to another engine")
            }
            for value in valuesInInput[index] {
                unsafe frame.place(value, at: buffer.memory.address)
            }
        }
        pool.run(steps, in: frame)
        return donated.enumerated().map { index, input in
            if let input { return operands[input] }
            guard let buffer = outputs[index] else {
                preconditionFailure("output \(index) has no buffer")
            }
            return buffer
        }
    }
}
