import Modules
import Optimizers
import Runs
import Sweeps
import Testing
import Training

@Suite("cells as lanes")
struct LanePackingTests {
    private func cell(
        _ name: String, _ change: (inout RunConfiguration) -> Void = { _ in }
    ) -> Study.Cell {
        var configuration = RunConfiguration()
        configuration.model.width = 32
        configuration.model.headDimension = 16
        configuration.model.depth = 1
        configuration.steps = 50
        change(&configuration)
        return Study.Cell(name: name, settings: [:], configuration: configuration)
    }

    private func packing(
        _ lanes: Int? = nil, jobs: Int = 1, memory: Double? = nil
    ) -> LanePacking {
        LanePacking(lanes: lanes, stepsPerRun: 10, jobs: jobs, memory: memory)
    }

    private func sizes(_ groups: [LanePacking.Group]) -> [[Int]] {
        groups.map { $0.packs.map(\.count) }
    }

    /// Runs of one program.
    private func cells(_ count: Int) -> [Study.Cell] {
        (0..<count).map { index in
            cell("c\(index)") {
                $0.seed = UInt64(index)
                $0.data.dataSeed = UInt64(index / 2)
                $0.optimizer.learningRate = 1e-3 * Double(index + 1)
                $0.steps = 50 + index
                $0.optimizer.weightDecay.rate = 0.01 * Double(index)
            }
        }
    }

    @Test("what is fed goes together; what is a constant of the program does not")
    func groups() {
        let others = [
            cell("wide") { $0.model.width = 64 },
            cell("epsilon") { $0.optimizer["epsilon"] = 1e-6 },
            cell("clip") { $0.optimizer.clip = 0 },
            // Runs of the engine end where an evaluation is due.
            cell("often") { $0.evaluation.every = 5 },
        ]
        let groups = packing().groups(cells(4) + others + cells(3))
        #expect(sizes(groups) == [[7], [1], [1], [1], [1]])
        #expect(groups[0].packs[0].map(\.name) == ["c0", "c1", "c2", "c3", "c0", "c1", "c2"])
        #expect(groups.map(\.bound) == .init(repeating: .runs, count: 5))
    }

    @Test("how many: what is asked for, what the memory holds, what each process has for its share")
    func bounds() throws {
        #expect(sizes(packing(3).groups(cells(8))) == [[2, 3, 3]])
        #expect(sizes(packing(1).groups(cells(3))) == [[1, 1, 1]])
        #expect(packing(3).groups(cells(8))[0].bound == .lanes)
        #expect(sizes(packing(jobs: 2).groups(cells(9))) == [[4, 5]])
        #expect(packing(jobs: 2).groups(cells(9))[0].bound == .jobs)
        #expect(sizes(packing(jobs: 8).groups(cells(3))) == [[1, 1, 1]])
        #expect(sizes(packing().groups(cells(33))) == [[16, 17]])
        #expect(packing().groups(cells(33))[0].bound == .most)
        let whole = packing().groups(cells(12))[0]
        #expect(whole.packs.map(\.count) == [12])
        let needed = try #require(whole.memory)
        #expect(sizes(packing(memory: needed + 1e3).groups(cells(12))) == [[12]])
        let less = packing(memory: needed - 1e3).groups(cells(12))[0]
        #expect(less.packs.map(\.count) == [6, 6] && less.bound == .memory)
        #expect(try #require(less.memory) < needed)
        // One run is trained in any case: what it takes is no matter of lanes.
        #expect(sizes(packing(memory: 1).groups(cells(2))) == [[1, 1]])
        // What was asked for is done.
        #expect(sizes(packing(2, memory: 1).groups(cells(2))) == [[2]])
    }

    @Test("each cell is packed once, in order", arguments: [1, 2, 5, 31, 64, 100])
    func whole(count: Int) {
        for jobs in 1...3 {
            let groups = packing(jobs: jobs).groups(cells(count))
            let names = groups.flatMap { $0.packs.flatMap { $0.map(\.name) } }
            #expect(names == cells(count).map(\.name))
            let sizes = groups[0].packs.map(\.count)
            #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1 && sizes.allSatisfy { $0 > 0 })
        }
    }

    @Test("the dry run says what is packed and why not more")
    func words() {
        let text = packing(3).text(cells(8) + [cell("wide") { $0.model.width = 64 }])
        #expect(text.contains("lanes: 8 runs of one program as 3 processes of 2 to 3 lanes"))
        #expect(text.contains("--lanes allows no more"))
        #expect(text.contains("lanes: 1 run on its own; no other run shares their program"))
        #expect(packing().text([]).isEmpty)
    }
}
