public import Programs
public import Tensors

/// A compiled program that takes several steps in one run, each on the state that the one before
/// leaves.
///
/// What the steps need is given ahead and what they measure comes back at the end, so that a device
/// does not wait for the host between steps. The numbers are those of steps taken one by one, whatever
/// the number of steps in a run.
public protocol StepExecutable: AnyObject {
    /// The largest number of steps of a run.
    var limit: Int { get }

    /// What runs the operations of a step.
    var kernels: [KernelCount] { get }

    /// The names of the outputs that come back from each step: those that are not donated.
    var reported: [String] { get }

    /// Takes steps.
    ///
    /// - Parameters:
    ///   - operands: A buffer for each input that is not fed, in the program's order. Those that
    ///     outputs take over hold the state after the last step.
    ///   - steps: For each step a tensor for each input that is fed, in the order in which they were
    ///     named to the engine.
    /// - Returns: For each step the tensors of ``reported``.
    /// - Throws: ``EngineError/operands(_:)`` when operands do not fit or there are too many steps.
    func run(_ operands: [any Buffer], feeding steps: [[Tensor]]) throws -> [[Tensor]]
}

extension Program {
    /// The places of the inputs called `names`.
    ///
    /// - Throws: ``EngineError/operands(_:)`` for a name that no input has, or that appears twice.
    package func fedInputs(_ names: [String], donations: [String: String]) throws -> [Int] {
        guard Set(names).count == names.count, Set(names).isDisjoint(with: donations.values) else {
            throw EngineError.operands("an input of \(name) is fed twice, or fed and given away")
        }
        return try names.map { fed in
            guard let index = inputs.firstIndex(where: { $0.name == fed }) else {
                throw EngineError.operands("\(name) has no input \(fed) to feed")
            }
            return index
        }
    }

    /// Puts buffers in the places of the inputs that are not fed.
    ///
    /// - Parameters:
    ///   - operands: A buffer for each of these inputs, in order.
    ///   - fed: The places of the others.
    /// - Returns: For each input its buffer; nil for those that are fed.
    /// - Throws: ``EngineError/operands(_:)`` when the number or a type does not fit.
    package func placed(
        _ operands: [any Buffer], fed: [Int]
    ) throws -> [(any Buffer)?] {
        guard operands.count + fed.count == inputs.count else {
            throw EngineError.operands(
                "\(name) takes \(inputs.count - fed.count) inputs that are not fed and is given "
                    + "\(operands.count)")
        }
        var rest = operands[...]
        let buffers = inputs.indices.map { fed.contains($0) ? nil : rest.popFirst() }
        for (input, buffer) in zip(inputs, buffers) {
            guard let buffer, buffer.type != types[input.value] else { continue }
            throw EngineError.operands(
                "input \(input.name) of \(name) is \(types[input.value]) and is given "
                    + "\(buffer.type)")
        }
        return buffers
    }

    /// Checks the tensors of some steps.
    package func checkFeeds(_ steps: [[Tensor]], fed: [Int], limit: Int) throws {
        guard steps.count <= limit else {
            throw EngineError.operands(
                "a run of \(name) takes \(limit) steps at most and is given \(steps.count)")
        }
        for step in steps {
            guard step.count == fed.count else {
                throw EngineError.operands(
                    "a step of \(name) is fed \(fed.count) inputs and is given \(step.count)")
            }
            for (index, tensor) in zip(fed, step) {
                let type = types[inputs[index].value]
                guard ValueType(tensor.elementType, tensor.shape) == type else {
                    throw EngineError.operands(
                        "input \(inputs[index].name) of \(name) is \(type) and is fed "
                            + "\(tensor.elementType.rawValue)\(tensor.shape)")
                }
            }
        }
    }
}

extension Engine {
    /// Takes the steps one by one.
    public func compileSteps(
        _ program: Program, donations: [String: String], feeding fed: [String], limit: Int
    ) throws -> any StepExecutable {
        try StepByStep(program, donations, fed, limit, self)
    }
}

/// Steps that the host takes one by one.
private final class StepByStep: StepExecutable {
    let limit: Int
    let reported: [String]
    private let executable: any Executable
    private let fed: [Int]
    private let feeds: [any Buffer]
    private let donated: [Int?]

    init(
        _ program: Program, _ donations: [String: String], _ fed: [String], _ limit: Int,
        _ engine: some Engine
    ) throws {
        precondition(limit >= 1, "compileSteps: a limit of \(limit)")
        self.limit = limit
        self.fed = try program.fedInputs(fed, donations: donations)
        feeds = try self.fed.map { index in
            let type = program.types[program.inputs[index].value]
            return try engine.buffer(.zeros(type.shape, type.elementType))
        }
        donated = try program.donatedInputs(donations)
        reported = zip(program.outputs, donated).filter { $0.1 == nil }.map(\.0.name)
        executable = try engine.compile(program, donations: donations)
    }

    var kernels: [KernelCount] { executable.kernels }

    func run(_ operands: [any Buffer], feeding steps: [[Tensor]]) throws -> [[Tensor]] {
        let program = executable.program
        try program.checkFeeds(steps, fed: fed, limit: limit)
        var all = try program.placed(operands, fed: fed)
        for (index, buffer) in zip(fed, feeds) { all[index] = buffer }
        let placed = all.compactMap { $0 }
        return try steps.map { step in
            for (buffer, tensor) in zip(feeds, step) { try buffer.write(tensor) }
            let results = try executable.run(placed)
            return try zip(results, donated).filter { $0.1 == nil }.map { try $0.0.tensor() }
        }
    }
}
