import Programs
import Tensors

/// The arguments and results of a module, and its text around the program's.
struct ModuleLayout {
    let arguments: [StableHLOModule.Argument]
    let results: [StableHLOModule.Result]
    private let rolled: RolledProgram
    private let steps: StableHLOModule.Steps?
    /// For each input the output that takes it over.
    private let successors: [Int: Int]

    init(_ rolled: RolledProgram, donated: [Int?], steps: StableHLOModule.Steps?) {
        self.rolled = rolled
        self.steps = steps
        let program = rolled.program
        var successors: [Int: Int] = [:]
        for (output, input) in donated.enumerated() {
            if let input { successors[input] = output }
        }
        self.successors = successors
        let fed = Set(steps?.fed ?? [])
        let groups = Self.groups(rolled).filter { group in
            let given = group.filter { successors[$0] != nil }.count
            return fed.isDisjoint(with: group) && (given == 0 || given == group.count)
        }
        let grouped = Set(groups.flatMap { $0 })
        var arguments: [StableHLOModule.Argument] = []
        for index in program.inputs.indices where !grouped.contains(index) && !fed.contains(index) {
            arguments.append(.input(index))
        }
        arguments += groups.map { .stack($0) }
        // State comes first among the results, in the order of the arguments.
        var results: [StableHLOModule.Result] = []
        for (place, argument) in arguments.enumerated() {
            switch argument {
            case .input(let index) where successors[index] != nil: results.append(.argument(place))
            case .stack(let group) where successors[group[0]] != nil:
                results.append(.argument(place))
            default: break
            }
        }
        if let steps {
            arguments += steps.fed.map { .fed($0) } + [.count]
            if steps.lanes != nil { arguments.append(.lanes) }
        }
        self.arguments = arguments
        var scalars: [Int] = []
        for (index, output) in program.outputs.enumerated() where donated[index] == nil {
            if program.types[output.value] == ValueType(.f32, .scalar) {
                scalars.append(index)
            } else {
                results.append(.output(index))
            }
        }
        // Those that a loop makes stand together, so that its stacks are taken whole.
        let order = Self.rowOrder(rolled)
        scalars.sort { a, b in
            let (x, y) = (program.outputs[a].value, program.outputs[b].value)
            return (order[x] ?? .max, a) < (order[y] ?? .max, b)
        }
        if !scalars.isEmpty { results.append(.scalars(scalars)) }
        self.results = results
    }

    /// Inputs that loops take one after another, each in one group.
    private static func groups(_ rolled: RolledProgram) -> [[Int]] {
        var places: [Program.ValueID: Int] = [:]
        for (index, input) in rolled.program.inputs.enumerated() { places[input.value] = index }
        var groups: [[Int]] = []
        var taken: Set<Int> = []
        for case .repetition(let repetition) in rolled.items {
            for slice in repetition.slices {
                let inputs = slice.compactMap { places[$0] }
                guard inputs.count == slice.count, Set(inputs).count == inputs.count,
                    taken.isDisjoint(with: inputs)
                else { continue }
                groups.append(inputs)
                taken.formUnion(inputs)
            }
        }
        return groups
    }

    /// For values that loops make their place, loop by loop and stack by stack.
    private static func rowOrder(_ rolled: RolledProgram) -> [Program.ValueID: Int] {
        var order: [Program.ValueID: Int] = [:]
        for case .repetition(let repetition) in rolled.items {
            for id in repetition.rows.flatMap({ $0 }) { order[id] = order.count }
        }
        return order
    }

    /// The type of an argument.
    private func type(of argument: StableHLOModule.Argument) -> ValueType {
        guard let lanes = steps?.lanes, argument != .lanes else { return laneType(of: argument) }
        return laneType(of: argument).stacked(lanes)
    }

    /// The type of an argument as one lane has it.
    private func laneType(of argument: StableHLOModule.Argument) -> ValueType {
        let program = rolled.program
        func input(_ index: Int) -> ValueType { program.types[program.inputs[index].value] }
        switch argument {
        case .input(let index): return input(index)
        case .stack(let group): return input(group[0]).stacked(group.count)
        case .fed(let index): return input(index).stacked(steps?.limit ?? 1)
        case .count, .lanes: return ValueType(.i32, .scalar)
        }
    }

    /// What people call an argument.
    private func name(of argument: StableHLOModule.Argument) -> String {
        let inputs = rolled.program.inputs
        switch argument {
        case .input(let index): return inputs[index].name
        case .fed(let index): return "\(inputs[index].name), for each step"
        case .count: return steps?.lanes == nil ? "the number of steps" : "each lane's steps"
        case .lanes: return "the number of lanes"
        case .stack(let group):
            return "\(inputs[group[0]].name) ... \(inputs[group[group.count - 1]].name)"
        }
    }

    /// Writes the module.
    func write(_ writer: inout RegionWriter) throws -> String {
        let values = arguments.enumerated().map { index, argument in
            RegionWriter.Named(name: "%arg\(index)", type: type(of: argument))
        }
        let outputs =
            if let steps, let lanes = steps.lanes {
                try write(lanes, steps, values, &writer)
            } else if let steps {
                try write(steps, values, &writer)
            } else {
                try write(
                    values: Dictionary(uniqueKeysWithValues: zip(arguments, values)), &writer)
            }
        var successor: [Int: Int] = [:]
        for (place, result) in results.enumerated() {
            if case .argument(let argument) = result { successor[argument] = place }
        }
        let parameters = zip(arguments, values).enumerated().map { index, pair in
            let alias = successor[index].map { " {tf.aliasing_output = \($0) : i32}" } ?? ""
            let comma = index + 1 < values.count ? "," : ""
            return "    \(pair.1.name): \(pair.1.type.stableHLO)\(alias)\(comma)"
                + "  // \(self.name(of: pair.0))"
        }
        let types = outputs.map(\.type.stableHLO).joined(separator: ", ")
        writer.line("return \(outputs.map(\.name).joined(separator: ", ")) : \(types)")
        return """
            module @\(rolled.program.symbol) {
              func.func public @main(
            \(parameters.joined(separator: "\n"))
              ) -> (\(types)) {
            \(writer.lines.joined(separator: "\n"))
              }
            }

            """
    }

    /// Writes one step.
    ///
    /// - Parameters:
    ///   - values: The arguments of a step: inputs and stacks of inputs.
    ///   - writer: Where it is written.
    /// - Returns: The step's results.
    /// - Throws: ``ProgramError``, which a well-formed program does not meet.
    private func write(
        values: [StableHLOModule.Argument: RegionWriter.Named], _ writer: inout RegionWriter
    ) throws -> [RegionWriter.Named] {
        let program = rolled.program
        var step = StepWriter(rolled)
        for (argument, value) in values {
            switch argument {
            case .input(let index), .fed(let index):
                step.define(program.inputs[index].value, value)
            case .stack(let group):
                step.define(group.map { program.inputs[$0].value }, stack: value)
            case .count, .lanes: break
            }
        }
        try step.write(&writer)
        func output(_ index: Int) -> Program.ValueID { program.outputs[index].value }
        return results.map { result in
            switch result {
            case .argument(let place):
                switch arguments[place] {
                case .stack(let group):
                    return step.stack(group.compactMap { successors[$0] }.map(output), &writer)
                case .input(let index), .fed(let index):
                    guard let successor = successors[index] else {
                        preconditionFailure("input \(index) is not taken over")
                    }
                    return step.value(output(successor), &writer)
                case .count, .lanes: preconditionFailure("a count is not taken over")
                }
            case .output(let index): return step.value(output(index), &writer)
            case .scalars(let indices):
                return vector(indices.map(output), &step, &writer)
            }
        }
    }

    /// Scalars as a vector, whole stacks of them at once.
    private func vector(
        _ ids: [Program.ValueID], _ step: inout StepWriter, _ writer: inout RegionWriter
    ) -> RegionWriter.Named {
        var parts: [RegionWriter.Named] = []
        var rest = ids[...]
        while let id = rest.first {
            if let (stack, count) = step.wholeStack(rest) {
                parts.append(stack)
                rest = rest.dropFirst(count)
            } else {
                let value = step.value(id, &writer)
                parts.append(writer.reshape(value, [1]))
                rest = rest.dropFirst()
            }
        }
        return writer.concatenate(parts)
    }

    /// The arguments that results take over, in the order of the results.
    private var taken: [Int] {
        results.compactMap { if case .argument(let place) = $0 { place } else { nil } }
    }

    /// The types of what each step reports.
    private var rows: [ValueType] {
        results.compactMap { result in
            switch result {
            case .argument: nil
            case .output(let index): rolled.program.types[rolled.program.outputs[index].value]
            case .scalars(let indices): ValueType(.f32, [indices.count])
            }
        }
    }

    /// Writes a loop over steps.
    private func write(
        _ steps: StableHLOModule.Steps, _ values: [RegionWriter.Named],
        _ writer: inout RegionWriter
    ) throws -> [RegionWriter.Named] {
        let taken = taken
        let isTaken = Set(taken)
        let kept = arguments.indices.filter { place in
            switch arguments[place] {
            case .input, .stack: !isTaken.contains(place)
            case .fed, .count, .lanes: false
            }
        }
        let fed = arguments.indices.filter {
            if case .fed = arguments[$0] { true } else { false }
        }
        guard let count = arguments.firstIndex(of: .count) else {
            preconditionFailure("steps are counted")
        }
        let loop = try writer.loop(
            .value(values[count], limit: steps.limit),
            carries: taken.map { values[$0] }, slices: fed.map { .init(stack: values[$0]) },
            invariants: kept.map { values[$0] }, rows: rows
        ) { writer, round in
            let places = taken + fed + kept
            let inner = round.carries + round.slices + round.invariants
            let pairs = zip(places, inner).map { (arguments[$0], $1) }
            let made = try write(values: Dictionary(uniqueKeysWithValues: pairs), &writer)
            return (Array(made.prefix(taken.count)), Array(made.dropFirst(taken.count)))
        }
        return loop.carries + loop.rows
    }

    /// Writes a loop over lanes, each round of which takes the steps of one: its state is taken out of the
    /// stacks, goes through the same loop as that of a single run, and is put back.
    private func write(
        _ lanes: Int, _ steps: StableHLOModule.Steps, _ values: [RegionWriter.Named],
        _ writer: inout RegionWriter
    ) throws -> [RegionWriter.Named] {
        let taken = taken
        let isTaken = Set(taken)
        let others = arguments.indices.filter { !isTaken.contains($0) && arguments[$0] != .lanes }
        let loop = try writer.loop(
            .value(values[values.count - 1], limit: lanes),
            carries: taken.map { values[$0] }, slices: others.map { .init(stack: values[$0]) },
            invariants: [], rows: rows.map { $0.stacked(steps.limit) }
        ) { writer, round in
            var lane = values
            for (place, stack) in zip(taken, round.carries) {
                lane[place] = writer.row(stack, at: round.index)
            }
            for (place, value) in zip(others, round.slices) { lane[place] = value }
            let made = try write(steps, lane, &writer)
            let stacks = zip(round.carries, made).map {
                writer.replaceRow($0, at: round.index, by: $1)
            }
            return (stacks, Array(made.dropFirst(taken.count)))
        }
        return loop.carries + loop.rows
    }
}

extension Program {
    /// The name as MLIR and file systems allow it.
    var symbol: String {
        "_" + String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }
}
