import Programs
import Tensors

/// A program whose repeated blocks are loops.
///
/// A deep model's program repeats the instructions of a block as often as it has blocks, forward,
/// backward, and in the update. Compilers take each copy anew, so that depth costs compile time. Here
/// runs of equal instructions become ``Repetition``s, found by their shape alone: nothing marks a
/// block in the program.
struct RolledProgram {
    /// A piece of the program.
    enum Item {
        /// The instruction at this place.
        case instruction(Int)
        /// A loop in place of many.
        case repetition(Repetition)
    }

    /// The program, with what needs no operands first.
    let program: Program
    /// What is computed, in order.
    private(set) var items: [Item] = []

    private let signatures: [Int]
    private let makers: [Program.ValueID: Site]
    private let users: [Program.ValueID: [Int]]
    private let outputValues: Set<Program.ValueID>
    private var least = 0

    /// The result of an instruction.
    struct Site: Hashable {
        var instruction: Int
        var result: Int
    }

    /// Blocks of fewer instructions are not worth a loop.
    private static let leastPeriod = 4

    /// Finds the loops.
    ///
    /// - Parameters:
    ///   - source: The program; composites that stand in it count as one instruction.
    ///   - least: How often instructions repeat at least somewhere. Then other loops may be shorter by
    ///     one: the first and the last block of a model are seldom quite like the others.
    /// - Throws: ``ProgramError`` when the program is not well formed.
    init(_ source: Program, least: Int) throws {
        let program = try Self.constantsFirst(source)
        self.program = program
        var numbers: [String: Int] = [:]
        signatures = program.instructions.map { instruction in
            let types = (instruction.operands + instruction.results).map {
                program.types[$0].description
            }
            let text = instruction.operation.text + types.joined(separator: " ")
            return numbers[text, default: numbers.count].insertedIn(&numbers, at: text)
        }
        var makers: [Program.ValueID: Site] = [:]
        var users: [Program.ValueID: [Int]] = [:]
        for (index, instruction) in program.instructions.enumerated() {
            for (result, id) in instruction.results.enumerated() {
                makers[id] = Site(instruction: index, result: result)
            }
            for id in instruction.operands { users[id, default: []].append(index) }
        }
        self.makers = makers
        self.users = users
        outputValues = Set(program.outputs.map(\.value))
        let first = program.instructions.firstIndex { !$0.operands.isEmpty }
        let start = first ?? program.instructions.count
        items = (0..<start).map { .instruction($0) }
        let rest = start..<program.instructions.count
        self.least = least
        if try candidates(rest).contains(where: { try repetition($0) != nil }) {
            self.least = max(least - 1, 2)
        }
        items += try split(rest)
    }

    /// The same program with instructions without operands before all others.
    private static func constantsFirst(_ program: Program) throws -> Program {
        var program = program
        program.instructions =
            program.instructions.filter { $0.operands.isEmpty }
            + program.instructions.filter { !$0.operands.isEmpty }
        return try program.renumbered()
    }

    /// The largest loop of a range, and what is left of it and right of it in turn.
    private func split(_ range: Range<Int>) throws -> [Item] {
        for candidate in candidates(range) {
            if let repetition = try repetition(candidate) {
                return try split(range.lowerBound..<repetition.range.lowerBound)
                    + [.repetition(repetition)]
                    + split(repetition.range.upperBound..<range.upperBound)
            }
        }
        return range.map { .instruction($0) }
    }

    /// Instructions that equal those a period further on.
    private struct Candidate {
        var start: Int
        var period: Int
        /// How far the equality reaches, the last period included.
        var length: Int
        var count: Int { length / period }
    }

    /// Runs that repeat often enough, those that spare most first.
    private func candidates(_ range: Range<Int>) -> [Candidate] {
        var found: [Candidate] = []
        guard range.count / 2 >= least else { return [] }
        for period in Self.leastPeriod...max(Self.leastPeriod, range.count / least) {
            var begin = range.lowerBound
            for index in range.lowerBound..<max(range.lowerBound, range.upperBound - period + 1) {
                let isEqual =
                    index + period < range.upperBound
                    && signatures[index] == signatures[index + period]
                if isEqual { continue }
                let length = index - begin + period
                let candidate = Candidate(start: begin, period: period, length: length)
                if index > begin, candidate.count >= least, !isScalar(candidate) {
                    found.append(candidate)
                }
                begin = index + 1
            }
        }
        func spared(_ candidate: Candidate) -> Int { candidate.period * (candidate.count - 1) }
        // Of the multiples of a period the smallest spares most.
        return found.sorted { (-spared($0), $0.period) < (-spared($1), $1.period) }
    }

    /// Whether a block computes nothing but scalars, as sums of norms do.
    private func isScalar(_ candidate: Candidate) -> Bool {
        program.instructions[candidate.start..<candidate.start + candidate.period].allSatisfy {
            $0.operands.allSatisfy { program.types[$0].shape.rank == 0 }
        }
    }

    /// The loop of a candidate at the alignment that carries least from block to block, if any works.
    private func repetition(_ candidate: Candidate) throws -> Repetition? {
        var best: Flow?
        for shift in 0..<min(candidate.period, 64) {
            let count = (candidate.length - shift) / candidate.period
            guard count >= least else { break }
            let start = candidate.start + shift
            guard
                let flow = Flow(
                    start: start, period: candidate.period, count: count, in: program,
                    makers: makers)
            else { continue }
            if best.map({ flow.cost < $0.cost }) ?? true { best = flow }
        }
        guard let best else { return nil }
        return try Repetition(best, in: program, makers: makers) { id, range in
            outputValues.contains(id)
                || users[id, default: []].contains { !range.contains($0) }
        }
    }
}

extension Int {
    /// This number, kept under a key that has none.
    fileprivate func insertedIn(_ numbers: inout [String: Int], at key: String) -> Int {
        numbers[key] = self
        return self
    }
}

/// Where the operands of repeated instructions come from.
struct Flow {
    /// The source of one operand.
    enum Source: Hashable {
        /// Made in the same block at this offset.
        case block(RolledProgram.Site)
        /// Made in the block before at this offset; the first block takes the value.
        case carry(RolledProgram.Site, initial: Program.ValueID)
        /// One value for all blocks.
        case invariant(Program.ValueID)
        /// A value for each block.
        case slice([Program.ValueID])
    }

    let start: Int
    let period: Int
    let count: Int
    /// For each instruction of a block its operands' sources.
    private(set) var sources: [[Source]] = []

    /// The flow at an alignment, or nil when blocks reach further back than to the one before.
    init?(
        start: Int, period: Int, count: Int, in program: Program,
        makers: [Program.ValueID: RolledProgram.Site]
    ) {
        self.start = start
        self.period = period
        self.count = count
        for offset in 0..<period {
            let operands = (0..<count).map { block in
                program.instructions[start + block * period + offset].operands
            }
            var row: [Source] = []
            for place in operands[0].indices {
                guard let source = source(operands.map { $0[place] }, makers) else { return nil }
                row.append(source)
            }
            sources.append(row)
        }
    }

    private func source(
        _ ids: [Program.ValueID], _ makers: [Program.ValueID: RolledProgram.Site]
    ) -> Source? {
        /// The block and the offset in it; nil for what was there before the loop.
        func place(_ id: Program.ValueID) -> (block: Int, site: RolledProgram.Site)? {
            guard let maker = makers[id], maker.instruction >= start else { return nil }
            let distance = maker.instruction - start
            return (
                distance / period, .init(instruction: distance % period, result: maker.result)
            )
        }
        let places = ids.map(place)
        if places.allSatisfy({ $0 == nil }) {
            return ids.allSatisfy { $0 == ids[0] } ? .invariant(ids[0]) : .slice(ids)
        }
        if let first = places[0] {
            let isInBlock = places.enumerated().allSatisfy {
                $0.element?.block == $0.offset && $0.element?.site == first.site
            }
            return isInBlock && first.block == 0 ? .block(first.site) : nil
        }
        guard let second = places[1] else { return nil }
        let isCarried = places.enumerated().dropFirst().allSatisfy {
            $0.element?.block == $0.offset - 1 && $0.element?.site == second.site
        }
        return isCarried ? .carry(second.site, initial: ids[0]) : nil
    }

    /// Values that go from block to block, then values that differ from block to block.
    var cost: Int {
        let all = Set(sources.flatMap { $0 })
        return all.reduce(0) { sum, source in
            switch source {
            case .carry: sum + 1000
            case .slice: sum + 1
            case .block, .invariant: sum
            }
        }
    }
}
