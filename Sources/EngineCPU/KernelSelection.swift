import Programs
import Tensors

/// Chooses a kernel for each instruction, and joins what is element-wise into chains.
struct KernelSelection {
    /// For each value the one where it stands: a reshape, for one, stands where its operand does.
    let root: [Int]
    private let program: Program
    /// How often each root is read, by instructions and outputs.
    private var uses: [Int]
    /// Sums of squares: the instruction that adds up, and the value that is squared.
    private var squared: [Int: Int] = [:]
    /// Instructions that another kernel does along.
    private var absorbed: Set<Int> = []
    /// Constants, and scalars repeated to a shape, that only chains read.
    private var uniform: [Int: ElementwiseChain.Source] = [:]
    private var chain = ChainBuilder()

    init(_ program: Program) {
        self.program = program
        var root = Array(program.types.indices)
        for instruction in program.instructions {
            if Self.isInPlace(instruction, program) {
                root[instruction.results[0]] = root[instruction.operands[0]]
            }
        }
        self.root = root
        uses = Self.uses(program, root, skipping: [])
        findSumsOfSquares()
        findUniformValues()
        uses = Self.uses(program, root, skipping: absorbed)
        for value in squared.values { uses[root[value]] += 1 }
    }

    /// Whether the result is its operand under another type: a reshape, or what widens a bfloat16,
    /// which stands in memory as a float.
    private static func isInPlace(
        _ instruction: Program.Instruction, _ program: Program
    ) -> Bool {
        switch instruction.operation {
        case .primitive(.reshape): true
        case .primitive(.convert(.f32)):
            [.f32, .bf16].contains(program.types[instruction.operands[0]].elementType)
        default: false
        }
    }

    private static func uses(_ program: Program, _ root: [Int], skipping: Set<Int>) -> [Int] {
        var uses = [Int](repeating: 0, count: program.types.count)
        for (index, instruction) in program.instructions.enumerated()
        where !skipping.contains(index) {
            if Self.isInPlace(instruction, program) { continue }
            for operand in instruction.operands { uses[root[operand]] += 1 }
        }
        for output in program.outputs { uses[root[output.value]] += 1 }
        return uses
    }

    /// `sum(x * x)` over everything needs no product in memory.
    private mutating func findSumsOfSquares() {
        var makers: [Int: Int] = [:]
        for (index, instruction) in program.instructions.enumerated() {
            for result in instruction.results { makers[result] = index }
            guard case .primitive(.reduce(.sum, let axes)) = instruction.operation,
                axes.count == program.types[instruction.operands[0]].shape.rank,
                program.types[instruction.operands[0]].elementType == .f32,
                let maker = makers[root[instruction.operands[0]]]
            else { continue }
            let product = program.instructions[maker]
            guard product.operation == .primitive(.binary(.multiply)),
                product.operands[0] == product.operands[1]
            else { continue }
            squared[index] = product.operands[0]
            if uses[product.results[0]] == 1 { absorbed.insert(maker) }
        }
    }

    /// Constants and repeated scalars need no memory of their own where only chains read them.
    private mutating func findUniformValues() {
        var readByOthers = Set(program.outputs.map { root[$0.value] })
        for (index, instruction) in program.instructions.enumerated().reversed() {
            if Self.isInPlace(instruction, program) { continue }
            if isChained(instruction) { continue }
            if isScalarBroadcast(instruction), !readByOthers.contains(instruction.results[0]) {
                continue
            }
            readByOthers.formUnion(read(by: instruction, index))
        }
        for instruction in program.instructions {
            guard let result = instruction.results.first, !readByOthers.contains(result) else {
                continue
            }
            switch instruction.operation {
            case .primitive(.constant(let value, let type)) where type.elementType != .i32:
                let isNarrow = type.elementType == .bf16
                uniform[result] = .literal(
                    isNarrow ? BFloat16(Float(value)).float : Float(value))
            case .primitive(.broadcast) where isScalarBroadcast(instruction):
                let operand = root[instruction.operands[0]]
                uniform[result] = uniform[operand] ?? .scalar(operand)
            default: continue
            }
        }
    }

    /// Where the values stand that an instruction outside of chains reads.
    private func read(by instruction: Program.Instruction, _ index: Int) -> [Int] {
        (squared[index].map { [$0] } ?? instruction.operands).map { root[$0] }
    }

    /// A broadcast of one float to many.
    private func isScalarBroadcast(_ instruction: Program.Instruction) -> Bool {
        guard case .primitive(.broadcast) = instruction.operation else { return false }
        let operand = program.types[instruction.operands[0]]
        return operand.shape.count == 1 && operand.elementType != .i32
    }

    /// Whether an instruction is element-wise on floats and truth values.
    private func isChained(_ instruction: Program.Instruction) -> Bool {
        guard case .primitive(let primitive) = instruction.operation,
            ChainBuilder.code(primitive) != nil
        else { return false }
        return (instruction.operands + instruction.results).allSatisfy {
            program.types[$0].elementType != .i32
        }
    }

    /// The kernels, in order.
    mutating func kernels(_ context: inout KernelContext) throws -> [any Kernel] {
        var kernels: [any Kernel] = []
        for (index, instruction) in program.instructions.enumerated() {
            if absorbed.contains(index) { continue }
            if Self.isInPlace(instruction, program) { continue }
            if let result = instruction.results.first, uniform[result] != nil { continue }
            if isChained(instruction) {
                let sources = sources(of: instruction)
                // A repeated scalar is loaded before the chain runs: it must be made by then.
                let scalars = sources.compactMap {
                    if case .scalar(let value) = $0 { value } else { nil }
                }
                if !chain.accepts(instruction, program) || chain.makes(any: scalars) {
                    try flush(&kernels, &context)
                }
                chain.append(instruction, sources, program)
                continue
            }
            if chain.makes(any: read(by: instruction, index)) { try flush(&kernels, &context) }
            kernels += try self.kernels(for: instruction, index, &context)
        }
        try flush(&kernels, &context)
        return kernels
    }

    private func sources(of instruction: Program.Instruction) -> [ElementwiseChain.Source] {
        instruction.operands.map { uniform[root[$0]] ?? .value(root[$0]) }
    }

    private mutating func flush(
        _ kernels: inout [any Kernel], _ context: inout KernelContext
    ) throws {
        if let kernel = try chain.take(uses: uses, &context) { kernels.append(kernel) }
    }

    private func kernels(
        for instruction: Program.Instruction, _ index: Int, _ context: inout KernelContext
    ) throws -> [any Kernel] {
        switch instruction.operation {
        case .composite(let composite):
            return try KernelCatalog.kernels(composite, instruction, &context)
                + roundings(of: instruction.results, context)
        case .primitive(let primitive):
            let result = instruction.results[0]
            if let value = squared[index] {
                return [
                    Reduction1D(.sumOfSquares, value, context.count(value), to: result, &context)
                ]
            }
            return try PrimitiveKernels.kernels(primitive, instruction, &context)
                + (Self.rounds(primitive) ? roundings(of: [result], context) : [])
        }
    }

    /// Whether a primitive outside of chains makes numbers that its operands did not hold.
    private static func rounds(_ primitive: Primitive) -> Bool {
        switch primitive {
        case .constant, .iota, .reduce(.sum, _), .dot, .scatterAdd: true
        default: false
        }
    }

    /// Rounds in place those results that are bfloat16.
    private func roundings(of results: [Int], _ context: KernelContext) -> [any Kernel] {
        results.filter { context.type($0).elementType == .bf16 }.map { result in
            Rounding(
                value: result, cut: Pieces(context.count(result), size: 65_536),
                instructionSet: context.instructionSet)
        }
    }
}
