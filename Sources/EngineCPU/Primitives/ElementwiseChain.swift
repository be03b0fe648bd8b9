import CKernels
import Programs
import Tensors

/// Element-wise operations in one pass over memory, a block of elements at a time.
@safe
final class ElementwiseChain: Kernel, @unchecked Sendable {
    // @unchecked: the bindings change in `prepare` alone, before the pieces run.

    /// Where an operand comes from.
    enum Source: Hashable, Sendable {
        /// A value in memory, element by element.
        case value(Int)
        /// A single float in memory, for every element.
        case scalar(Int)
        /// A number known now.
        case literal(Float)
    }

    let operation: String
    let reads: [Int]
    let writes: [Int]
    let workspace: Scratch

    private let cut: Pieces
    private let instructionSet: InstructionSet
    private let registers: Int
    private let operations: [ck_operation]
    private let loadSources: [Source]
    private let literals: AlignedMemory
    private let loads: UnsafeMutableBufferPointer<ck_binding>
    private let stores: UnsafeMutableBufferPointer<ck_binding>

    init(
        count: Int, operations: [ck_operation], loads: [(Source, register: Int)],
        stores: [(value: Int, register: Int)], registers: Int, names: [String],
        _ context: inout KernelContext
    ) throws {
        // What can fail comes first: a chain that is made has memory for its constants.
        literals = try AlignedMemory(byteCount: 4 * loads.count)
        cut = Pieces(count, size: 16_384)
        instructionSet = context.instructionSet
        self.operations = operations
        self.registers = registers
        operation = names.joined(separator: " ")
        loadSources = loads.map(\.0)
        reads = loads.compactMap {
            switch $0.0 {
            case .value(let value), .scalar(let value): value
            case .literal: nil
            }
        }
        writes = stores.map(\.value)
        workspace = context.scratch(
            floats: registers * Int(CK_CHAIN_BLOCK) * context.threads)
        unsafe self.loads = .allocate(capacity: loads.count)
        unsafe self.stores = .allocate(capacity: stores.count)
        for (index, load) in loads.enumerated() {
            if case .literal(let number) = load.0 {
                unsafe literals.address.assumingMemoryBound(to: Float.self)[index] = number
            }
            let isValue = if case .value = load.0 { true } else { false }
            unsafe self.loads.initializeElement(
                at: index,
                to: ck_binding(
                    index: Int32(load.register), is_scalar: isValue ? 0 : 1, data: nil))
        }
        for (index, store) in stores.enumerated() {
            unsafe self.stores.initializeElement(
                at: index, to: ck_binding(index: Int32(store.register), is_scalar: 0, data: nil))
        }
    }

    deinit {
        unsafe loads.deallocate()
        unsafe stores.deallocate()
    }

    var scratch: Scratch? { workspace }
    var runner: KernelRunner { .kernels(instructionSet) }
    var pieces: Int { cut.count }

    // A block is loaded whole before it is stored.
    func allowsOverwriting(_ operand: Int, with result: Int) -> Bool {
        !loadSources.contains(.scalar(operand))
    }

    func prepare(_ frame: Frame) {
        for (index, source) in loadSources.enumerated() {
            switch source {
            case .value(let value), .scalar(let value):
                unsafe loads[index].data = frame.floats(value)
            case .literal:
                unsafe loads[index].data =
                    literals.address.assumingMemoryBound(to: Float.self) + index
            }
        }
        for (index, value) in writes.enumerated() {
            unsafe stores[index].data = frame.floats(value)
        }
    }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        let range = cut.range(piece)
        let registersOfWorker = registers * Int(CK_CHAIN_BLOCK)
        unsafe operations.withUnsafeBufferPointer { operations in
            unsafe ck_chain_f32(
                instructionSet.code, operations.count, operations.baseAddress, loads.count,
                loads.baseAddress, stores.count, stores.baseAddress, registers, range.lowerBound,
                range.upperBound, frame.floats(workspace.value) + worker * registersOfWorker)
        }
    }
}

/// Collects element-wise instructions until something else needs their results.
struct ChainBuilder {
    private struct Node {
        var code: ck_code
        var name: String
        var sources: [ElementwiseChain.Source]
        var result: Int
        /// Whether the result is a bfloat16.
        var rounds: Bool
    }

    private var nodes: [Node] = []
    private var made: Set<Int> = []
    private var count = 0

    /// Longer chains would spill their registers from the fastest cache.
    private static let longest = 24

    /// The code of an element-wise primitive; nil for others.
    static func code(_ primitive: Primitive) -> ck_code? {
        switch primitive {
        case .unary(let function): function.code
        case .binary(let function): function.code
        case .compare(let comparison): comparison.code
        case .select: CK_SELECT
        case .convert: CK_COPY
        default: nil
        }
    }

    /// Whether an instruction can be part of the present chain.
    func accepts(_ instruction: Program.Instruction, _ program: Program) -> Bool {
        nodes.isEmpty
            || (program.types[instruction.results[0]].shape.count == count
                && nodes.count < Self.longest)
    }

    /// Whether one of the values is a result of the present chain.
    func makes(any values: [Int]) -> Bool { values.contains(where: made.contains) }

    mutating func append(
        _ instruction: Program.Instruction, _ sources: [ElementwiseChain.Source],
        _ program: Program
    ) {
        guard case .primitive(let primitive) = instruction.operation,
            let code = Self.code(primitive)
        else { preconditionFailure("\(instruction.operation.name) is not element-wise") }
        let result = instruction.results[0]
        count = program.types[result].shape.count
        let rounds = program.types[result].elementType == .bf16
        // A truth value made from a number asks whether it is zero.
        if case .convert(.bool) = primitive,
            program.types[instruction.operands[0]].elementType != .bool
        {
            nodes.append(
                Node(
                    code: CK_NOT_EQUAL, name: primitive.name,
                    sources: sources + [.literal(0)], result: result,
                    rounds: false))
        } else {
            nodes.append(
                Node(
                    code: code, name: primitive.name, sources: sources, result: result,
                    rounds: rounds))
        }
        made.insert(result)
    }

    /// The kernel of the chain, which begins anew.
    mutating func take(uses: [Int], _ context: inout KernelContext) throws -> (any Kernel)? {
        guard !nodes.isEmpty else { return nil }
        defer { self = ChainBuilder() }
        let operands = nodes.flatMap(\.sources)
        var usesInside: [Int: Int] = [:]
        for case .value(let value) in operands { usesInside[value, default: 0] += 1 }
        let stored = nodes.map(\.result).filter { uses[$0] > usesInside[$0, default: 0] }

        var registers = RegisterFile()
        var register: [ElementwiseChain.Source: Int] = [:]
        var loads: [(ElementwiseChain.Source, register: Int)] = []
        for source in operands where register[source] == nil {
            if case .value(let value) = source, made.contains(value) { continue }
            let index = registers.take()
            register[source] = index
            loads.append((source, index))
        }
        var lastUse: [ElementwiseChain.Source: Int] = [:]
        for (index, node) in nodes.enumerated() {
            for source in node.sources { lastUse[source] = index }
        }
        for value in stored { lastUse[.value(value)] = nodes.count }

        var operations: [ck_operation] = []
        for (index, node) in nodes.enumerated() {
            let read = node.sources.map { Int32(register[$0] ?? -1) }
            let result = registers.take()
            register[.value(node.result)] = result
            operations.append(
                ck_operation(
                    code: node.code, a: read.first ?? -1, b: read.count > 1 ? read[1] : -1,
                    c: read.count > 2 ? read[2] : -1, result: Int32(result),
                    rounds: node.rounds ? 1 : 0))
            for source in Set(node.sources + [.value(node.result)])
            where lastUse[source, default: index] <= index {
                if let free = register[source] { registers.give(free) }
            }
        }
        return try ElementwiseChain(
            count: count, operations: operations, loads: loads,
            stores: stored.map { ($0, register[.value($0)] ?? 0) }, registers: registers.count,
            names: nodes.map(\.name), &context)
    }
}

/// Hands out the lowest free register.
private struct RegisterFile {
    private(set) var count = 0
    private var free: Set<Int> = []

    mutating func take() -> Int {
        if let lowest = free.min() {
            free.remove(lowest)
            return lowest
        }
        count += 1
        return count - 1
    }

    mutating func give(_ register: Int) { free.insert(register) }
}

extension UnaryFunction {
    fileprivate var code: ck_code {
        switch self {
        case .negate: CK_NEGATE
        case .absolute: CK_ABSOLUTE
        case .sign: CK_SIGN
        case .exponential: CK_EXPONENTIAL
        case .logarithm: CK_LOGARITHM
        case .squareRoot: CK_SQUARE_ROOT
        case .reciprocalSquareRoot: CK_RECIPROCAL_SQUARE_ROOT
        case .tanh: CK_TANH
        case .sine: CK_SINE
        case .cosine: CK_COSINE
        case .logistic: CK_LOGISTIC
        case .floor: CK_FLOOR
        case .isFinite: CK_IS_FINITE
        case .not: CK_NOT
        }
    }
}

extension BinaryFunction {
    fileprivate var code: ck_code {
        switch self {
        case .add: CK_ADD
        case .subtract: CK_SUBTRACT
        case .multiply: CK_MULTIPLY
        case .divide: CK_DIVIDE
        case .maximum: CK_MAXIMUM
        case .minimum: CK_MINIMUM
        case .power: CK_POWER
        case .and: CK_AND
        case .or: CK_OR
        }
    }
}

extension Comparison {
    fileprivate var code: ck_code {
        switch self {
        case .equal: CK_EQUAL
        case .notEqual: CK_NOT_EQUAL
        case .less: CK_LESS
        case .lessOrEqual: CK_LESS_EQUAL
        case .greater: CK_GREATER
        case .greaterOrEqual: CK_GREATER_EQUAL
        }
    }
}
