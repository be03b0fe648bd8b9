import Engines
import Programs
import Tensors

/// From a program to kernels and a memory plan.
struct Lowering {
    private(set) var steps: [any Kernel] = []
    private(set) var plan = MemoryPlan([])
    /// For each output that is not donated its type and the values that stand there.
    private(set) var outputPlaces: [(type: ValueType, values: [Int])?] = []
    /// For each input the values that stand in its buffer.
    private(set) var valuesInInput: [[Int]] = []
    /// Values and scratch.
    private(set) var valueCount = 0
    private(set) var counts: [KernelCount] = []

    init(_ source: Program, donated: [Int?], engine: CPUEngine) throws {
        let program = try source.inlined { !KernelCatalog.has($0) }
            .withCanonicalProducts().simplified()
        var context = KernelContext(
            program: program, instructionSet: engine.instructionSet, threads: engine.threads,
            primitives: PrimitiveCache(workers: engine.threads), nextScratch: program.types.count)
        var selection = KernelSelection(program)
        steps = try selection.kernels(&context)

        // Reshapes stand where their operand stands.
        let root = selection.root
        var places = [Int: Place]()
        for (index, input) in program.inputs.enumerated() { places[input.value] = .input(index) }

        // Outputs are written in place where that is safe, and copied at the end elsewhere.
        var copies: [any Kernel] = []
        var early: [any Kernel] = []
        for (index, output) in program.outputs.enumerated() {
            let value = root[output.value]
            let isFree = places[value] == nil
            if let input = donated[index] {
                if isFree, canTakeOver(program.inputs[input].value, by: value, root, program) {
                    places[value] = .input(input)
                    continue
                }
                var from = value
                if case .input? = places[value] {
                    // Another output may take this input over before it is copied.
                    from = context.nextScratch
                    context.nextScratch += 1
                    early.append(
                        StridedCopy.whole(
                            from: value, to: from, program.types[value].shape.count))
                }
                copies.append(
                    StridedCopy.whole(
                        from: from, to: program.inputs[input].value,
                        program.types[value].shape.count))
            } else if isFree {
                places[value] = .output(index)
            } else {
                let to = context.nextScratch
                context.nextScratch += 1
                early.append(
                    StridedCopy.whole(from: value, to: to, program.types[value].shape.count))
                places[to] = .output(index)
            }
        }
        steps += early + copies
        valueCount = context.nextScratch
        counts = Self.count(steps)

        var sizes = [Int: Int]()
        for made in steps.flatMap(\.made) { sizes[made.value] = made.byteCount }
        for (value, type) in zip(0..., program.types) { sizes[value] = 4 * type.shape.count }
        plan = Self.plan(steps, places, root, sizes)

        var inInput = program.inputs.map { [$0.value] }
        var inOutput = [[Int]](repeating: [], count: program.outputs.count)
        for (value, place) in places {
            switch place {
            case .input(let index):
                if !inInput[index].contains(value) { inInput[index].append(value) }
            case .output(let index): inOutput[index].append(value)
            }
        }
        // Kernels name values before reshaping or after: both stand at one place.
        for value in root.indices where root[value] != value {
            let at = root[value]
            switch places[at] {
            case .input(let index): inInput[index].append(value)
            case .output(let index): inOutput[index].append(value)
            case nil: plan.alias(value, to: at)
            }
        }
        valuesInInput = inInput
        outputPlaces = program.outputs.enumerated().map { index, output in
            donated[index] == nil ? (program.types[output.value], inOutput[index]) : nil
        }
    }

    /// A value that does not stand in the arena.
    private enum Place {
        case input(Int)
        case output(Int)
    }

    /// Whether `value` may be written over `input`: after the step that makes it nothing reads the
    /// input, and that step itself does not mind.
    private func canTakeOver(_ input: Int, by value: Int, _ root: [Int], _ program: Program) -> Bool
    {
        guard let maker = steps.firstIndex(where: { $0.writes.contains { root.at($0) == value } })
        else { return false }
        if program.outputs.contains(where: { root.at($0.value) == input }) { return false }
        let later = steps[(maker + 1)...].contains { $0.reads.contains { root.at($0) == input } }
        if later { return false }
        let readers = steps[maker].reads.filter { root.at($0) == input }
        return readers.allSatisfy { steps[maker].allowsOverwriting($0, with: value) }
    }

    private static func plan(
        _ steps: [any Kernel], _ places: [Int: Place], _ root: [Int], _ sizes: [Int: Int]
    ) -> MemoryPlan {
        var intervals: [Int: MemoryPlan.Interval] = [:]
        for (index, step) in steps.enumerated() {
            for value in step.writes + step.reads {
                let value = root.at(value)
                if places[value] != nil { continue }
                intervals[
                    value,
                    default: .init(
                        value: value, byteCount: sizes[value] ?? 0, first: index, last: index)
                ].last = index
            }
            if let scratch = step.scratch {
                intervals[scratch.value] = .init(
                    value: scratch.value, byteCount: scratch.byteCount, first: index, last: index)
            }
        }
        return MemoryPlan(Array(intervals.values))
    }

    private static func count(_ steps: [any Kernel]) -> [KernelCount] {
        let groups = Dictionary(grouping: steps) { step in
            KernelCount(operation: step.operation, kernel: step.runner.name, count: 0)
        }
        return groups.map {
            KernelCount(operation: $0.key.operation, kernel: $0.key.kernel, count: $0.value.count)
        }
        .sorted { ($0.operation, $0.kernel) < ($1.operation, $1.kernel) }
    }
}

extension [Int] {
    /// The element, or for scratch past the end the number itself.
    fileprivate func at(_ value: Int) -> Int { value < count ? self[value] : value }
}
