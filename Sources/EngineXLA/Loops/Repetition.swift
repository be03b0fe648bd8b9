import Programs
import Tensors

/// A block and how often it runs, with what goes in and out.
struct Repetition {
    /// The instructions that the loop stands for.
    let range: Range<Int>
    /// How often the block runs.
    let count: Int
    /// The block: inputs are the carries, the slices and the invariants; outputs the carries and the
    /// rows.
    private(set) var body: Program
    /// For each carry the value before the first block.
    private(set) var initials: [Program.ValueID] = []
    /// For each carry the value after the last block.
    private(set) var finals: [Program.ValueID] = []
    /// For each input that differs from block to block its values.
    private(set) var slices: [[Program.ValueID]] = []
    /// Inputs that do not.
    private(set) var invariants: [Program.ValueID] = []
    /// For each result that is used elsewhere its values.
    private(set) var rows: [[Program.ValueID]] = []

    /// Makes the body.
    ///
    /// - Parameters:
    ///   - flow: Where operands come from.
    ///   - program: The program.
    ///   - makers: What makes each value.
    ///   - isUsed: Whether a value is used outside a range of instructions.
    /// - Throws: ``ProgramError``, which a well-formed program does not meet.
    init(
        _ flow: Flow, in program: Program, makers: [Program.ValueID: RolledProgram.Site],
        isUsed: (Program.ValueID, Range<Int>) -> Bool
    ) throws {
        let range = flow.start..<flow.start + flow.count * flow.period
        self.range = range
        count = flow.count
        let blocks = (0..<flow.count).map { block in
            program.instructions[
                flow.start + block * flow.period..<flow.start + (block + 1) * flow.period
            ].map { $0 }
        }
        func value(_ site: RolledProgram.Site, in block: Int) -> Program.ValueID {
            blocks[block][site.instruction].results[site.result]
        }

        // Inputs in the order of kinds, each once.
        let builder = ProgramBuilder("block")
        var carried: [RolledProgram.Site] = []
        let sources = flow.sources.flatMap { $0 }
        var values: [Flow.Source: Value] = [:]
        func input(_ source: Flow.Source, _ type: ValueType) {
            values[source] = builder.input("\(values.count)", type.elementType, type.shape)
        }
        for source in sources where values[source] == nil {
            guard case .carry(let site, let initial) = source else { continue }
            input(source, program.types[initial])
            initials.append(initial)
            finals.append(value(site, in: flow.count - 1))
            carried.append(site)
        }
        for source in sources where values[source] == nil {
            guard case .slice(let ids) = source else { continue }
            input(source, program.types[ids[0]])
            slices.append(ids)
        }
        for source in sources where values[source] == nil {
            guard case .invariant(let id) = source else { continue }
            // Constants are made again inside.
            if let maker = makers[id], program.instructions[maker.instruction].operands.isEmpty {
                values[source] =
                    builder.apply(program.instructions[maker.instruction].operation, [])[
                        maker.result]
                continue
            }
            input(source, program.types[id])
            invariants.append(id)
        }

        var made: [[Value]] = []
        for (offset, instruction) in blocks[0].enumerated() {
            let operands = flow.sources[offset].compactMap { source -> Value? in
                if case .block(let site) = source { return made[site.instruction][site.result] }
                return values[source]
            }
            made.append(builder.apply(instruction.operation, operands))
        }
        for (index, site) in carried.enumerated() {
            builder.output("carry\(index)", made[site.instruction][site.result])
        }
        for (offset, instruction) in blocks[0].enumerated() {
            for result in instruction.results.indices {
                let site = RolledProgram.Site(instruction: offset, result: result)
                let ids = (0..<flow.count).map { value(site, in: $0) }
                let isFinalKnown = carried.contains(site)
                let isNeeded = ids.enumerated().contains {
                    isUsed($0.element, range) && !($0.offset == flow.count - 1 && isFinalKnown)
                }
                guard isNeeded else { continue }
                builder.output("row\(rows.count)", made[offset][result])
                rows.append(ids)
            }
        }
        body = try builder.build()
    }
}
