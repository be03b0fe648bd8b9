import Programs
import Tensors

/// Writes a program with its loops, and knows which values stand in stacks.
struct StepWriter {
    private let rolled: RolledProgram
    private var values: [Program.ValueID: RegionWriter.Named] = [:]
    private var places: [Program.ValueID: Place] = [:]
    private var stacks: [RegionWriter.Named] = []
    /// Stacks made of single values, by the values.
    private var made: [[Program.ValueID]: RegionWriter.Named] = [:]

    /// An element of a stack.
    private struct Place: Hashable {
        var stack: Int
        var index: Int
    }

    init(_ rolled: RolledProgram) { self.rolled = rolled }

    /// Gives an input its value.
    mutating func define(_ id: Program.ValueID, _ value: RegionWriter.Named) { values[id] = value }

    /// Gives inputs their values as the elements of a stack.
    mutating func define(_ ids: [Program.ValueID], stack: RegionWriter.Named) {
        stacks.append(stack)
        for (index, id) in ids.enumerated() {
            places[id] = Place(stack: stacks.count - 1, index: index)
        }
    }

    /// A value by itself.
    mutating func value(
        _ id: Program.ValueID, _ writer: inout RegionWriter
    ) -> RegionWriter.Named {
        if let value = values[id] { return value }
        guard let place = places[id] else { preconditionFailure("%\(id) is not written yet") }
        let value = writer.row(stacks[place.stack], place.index)
        values[id] = value
        return value
    }

    /// Values as a stack: the one in which they stand, in this order or backwards, or a new one.
    mutating func slices(
        _ ids: [Program.ValueID], _ writer: inout RegionWriter
    ) -> RegionWriter.Slices {
        let found = ids.compactMap { places[$0] }
        if found.count == ids.count, Set(found.map(\.stack)).count == 1 {
            let indices = found.map(\.index)
            let stack = stacks[found[0].stack]
            let distances = Set(zip(indices, indices.dropFirst()).map { $1 - $0 })
            if distances == [1] { return .init(stack: stack, first: indices[0]) }
            if distances == [-1] {
                return .init(stack: stack, first: indices[0], isReversed: true)
            }
        }
        if let known = made[ids] { return .init(stack: known) }
        if let known = made[ids.reversed()] {
            return .init(stack: known, first: ids.count - 1, isReversed: true)
        }
        let single = ids.map { value($0, &writer) }
        let stack = writer.stack(single)
        made[ids] = stack
        return .init(stack: stack)
    }

    /// Values as a stack of exactly these.
    mutating func stack(
        _ ids: [Program.ValueID], _ writer: inout RegionWriter
    ) -> RegionWriter.Named {
        let slices = slices(ids, &writer)
        if slices.first == 0, !slices.isReversed, slices.stack.type.shape[0] == ids.count {
            return slices.stack
        }
        let single = ids.map { value($0, &writer) }
        return writer.stack(single)
    }

    /// The whole stack that holds exactly the values from `index` on, if there is one.
    func wholeStack(
        _ ids: ArraySlice<Program.ValueID>
    ) -> (stack: RegionWriter.Named, count: Int)? {
        guard let first = ids.first, let place = places[first], place.index == 0 else {
            return nil
        }
        let stack = stacks[place.stack]
        let count = stack.type.shape[0]
        let expected = (0..<count).map { Place(stack: place.stack, index: $0) }
        return ids.prefix(count).map { places[$0] } == expected ? (stack, count) : nil
    }

    /// Writes all of the program.
    mutating func write(_ writer: inout RegionWriter) throws {
        for item in rolled.items {
            switch item {
            case .instruction(let index): try write(rolled.program.instructions[index], &writer)
            case .repetition(let repetition): try write(repetition, &writer)
            }
        }
    }

    private mutating func write(
        _ instruction: Program.Instruction, _ writer: inout RegionWriter
    ) throws {
        let operands = instruction.operands.map { value($0, &writer) }
        let results: [RegionWriter.Named]
        switch instruction.operation {
        case .primitive(let primitive):
            results = [
                writer.write(primitive, operands, rolled.program.types[instruction.results[0]])
            ]
        case .composite(let composite):
            let builder = ProgramBuilder(instruction.operation.name)
            let inputs = operands.enumerated().map { index, operand in
                builder.input("\(index)", operand.type.elementType, operand.type.shape)
            }
            for (index, result) in builder.apply(composite, inputs).enumerated() {
                builder.output("\(index)", result)
            }
            results = writer.write(try builder.build().plain(), operands)
        }
        for (id, result) in zip(instruction.results, results) { values[id] = result }
    }

    private mutating func write(
        _ repetition: Repetition, _ writer: inout RegionWriter
    ) throws {
        let body = try repetition.body.plain()
        let carries = repetition.initials.map { value($0, &writer) }
        let stacks = repetition.slices.map { slices($0, &writer) }
        let invariants = repetition.invariants.map { value($0, &writer) }
        let types = repetition.rows.map { rolled.program.types[$0[0]] }
        let results = writer.loop(
            .constant(repetition.count), carries: carries, slices: stacks,
            invariants: invariants, rows: types
        ) { writer, round in
            let outputs = writer.write(body, round.carries + round.slices + round.invariants)
            return (
                Array(outputs.prefix(carries.count)), Array(outputs.dropFirst(carries.count))
            )
        }
        for (id, value) in zip(repetition.finals, results.carries) { values[id] = value }
        for (ids, stack) in zip(repetition.rows, results.rows) { define(ids, stack: stack) }
    }
}

extension Program {
    /// The program in primitives, each computed once.
    func plain() throws -> Program { try inlined { _ in true }.simplified() }
}
