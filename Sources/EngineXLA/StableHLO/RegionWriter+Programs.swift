import Programs
import Tensors

extension RegionWriter {
    /// Writes a program of primitives.
    ///
    /// - Parameters:
    ///   - program: The program, without composites.
    ///   - operands: A value for each of its inputs.
    /// - Returns: Its outputs.
    mutating func write(_ program: Program, _ operands: [Named]) -> [Named] {
        var values: [Program.ValueID: Named] = [:]
        for (input, operand) in zip(program.inputs, operands) { values[input.value] = operand }
        for instruction in program.instructions {
            guard case .primitive(let primitive) = instruction.operation else {
                preconditionFailure("\(instruction.operation.name) is not inlined")
            }
            let id = instruction.results[0]
            values[id] = write(
                primitive, instruction.operands.compactMap { values[$0] }, program.types[id])
        }
        return program.outputs.compactMap { values[$0.value] }
    }

    /// How often a loop runs.
    enum Count {
        /// A number that the text holds.
        case constant(Int)
        /// A value of the program, at most a limit.
        case value(Named, limit: Int)

        /// The number of rows that come out.
        var limit: Int {
            switch self {
            case .constant(let count): count
            case .value(_, let limit): limit
            }
        }
    }

    /// A stack, of whose elements each round of a loop gets one.
    struct Slices {
        var stack: Named
        /// The element of the first round.
        var first = 0
        /// Whether later rounds get earlier elements.
        var isReversed = false
    }

    /// What a round of a loop is given.
    struct Round {
        var index: Named
        var carries: [Named]
        var slices: [Named]
        var invariants: [Named]
    }

    /// Writes a loop.
    ///
    /// - Parameters:
    ///   - count: How often it runs.
    ///   - carries: Values that go from round to round, before the first.
    ///   - slices: Stacks whose elements the rounds get.
    ///   - invariants: Values that all rounds get.
    ///   - rows: The types of what each round adds to the results.
    ///   - body: Writes a round, and returns the carries and the rows that it makes.
    /// - Returns: The carries after the last round, and the stacks of rows.
    /// - Throws: What `body` throws.
    mutating func loop(
        _ count: Count, carries: [Named], slices: [Slices], invariants: [Named],
        rows: [ValueType],
        _ body: (inout RegionWriter, Round) throws -> (carries: [Named], rows: [Named])
    ) rethrows -> (carries: [Named], rows: [Named]) {
        let scalar = ValueType(.i32, .scalar)
        let start = constant(0, scalar)
        let limit: Named
        switch count {
        case .constant(let count): limit = constant(Double(count), scalar)
        case .value(let value, _): limit = value
        }
        let results = rows.map { constant(0, $0.stacked(count.limit)) }
        let initial =
            [start, limit] + carries + slices.map(\.stack) + invariants + results
        let inner = initial.map { Named(name: "%" + freshName(), type: $0.type) }
        let types = initial.map(\.type.stableHLO).joined(separator: ", ")
        let name = "%" + freshName()
        let bindings = zip(inner, initial).map { "\($0.name) = \($1.name)" }
        line(
            "\(name):\(initial.count) = stablehlo.while(\(bindings.joined(separator: ", "))) : "
                + types)
        line("cond {")
        indented { writer in
            // A constant limit is written again here, where the compiler looks for the trip count.
            var bound = inner[1]
            if case .constant(let count) = count { bound = writer.constant(Double(count), scalar) }
            let more = writer.write(
                .compare(.less), [inner[0], bound], ValueType(.bool, .scalar))
            writer.line("stablehlo.return \(more.name) : \(more.type.stableHLO)")
        }
        line("} do {")
        try indented { writer in
            let index = inner[0]
            let carriesEnd = 2 + carries.count
            let slicesEnd = carriesEnd + slices.count
            let invariantsEnd = slicesEnd + invariants.count
            let elements = zip(slices, inner[carriesEnd..<slicesEnd]).map { slices, stack in
                let place = writer.place(slices, index)
                return writer.row(stack, at: place)
            }
            let made = try body(
                &writer,
                Round(
                    index: index, carries: Array(inner[2..<carriesEnd]), slices: elements,
                    invariants: Array(inner[slicesEnd..<invariantsEnd])))
            let one = writer.constant(1, scalar)
            let next = writer.write(.binary(.add), [index, one], scalar)
            let updated = zip(inner[invariantsEnd...], made.rows).map { stack, row in
                writer.replaceRow(stack, at: index, by: row)
            }
            let values =
                [next, inner[1]] + made.carries + inner[carriesEnd..<invariantsEnd] + updated
            writer.line(
                "stablehlo.return \(values.map(\.name).joined(separator: ", ")) : \(types)")
        }
        line("}")
        func result(_ place: Int) -> Named {
            Named(name: "\(name)#\(place)", type: initial[place].type)
        }
        let end = initial.count
        return (
            (2..<2 + carries.count).map(result), (end - rows.count..<end).map(result)
        )
    }

    /// The place of a round's element.
    private mutating func place(_ slices: Slices, _ index: Named) -> Named {
        if slices.first == 0, !slices.isReversed { return index }
        let first = constant(Double(slices.first), index.type)
        return write(
            .binary(slices.isReversed ? .subtract : .add), [first, index], index.type)
    }
}
