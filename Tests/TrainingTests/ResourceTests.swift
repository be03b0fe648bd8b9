import Datasets
import Foundation
import Modules
import Optimizers
import Testing
import Training

@Suite("memory and disk before the first allocation")
struct ResourceTests {
    private func configuration(_ change: (inout RunConfiguration) -> Void = { _ in })
        -> RunConfiguration
    {
        var configuration = RunConfiguration()
        // None, so that nothing depends on what this machine has fetched.
        configuration.data.text = []
        change(&configuration)
        return configuration
    }

    /// Resident memory of the tool after a step of the CPU engine, measured with getrusage, in megabytes.
    static let measured:
        [(batch: Int, width: Int, depth: Int, ratio: Int, gated: Bool, megabytes: Double)] = [
            (16, 64, 3, 4, false, 90.3), (128, 64, 3, 4, false, 346.2),
            (128, 64, 6, 4, false, 552.7),
            (128, 128, 3, 4, false, 614), (128, 64, 3, 8, false, 484.1),
            (128, 64, 3, 4, true, 516.8),
            (128, 64, 3, 8, true, 850.5), (1, 512, 6, 4, false, 599.7),
        ]

    @Test("estimates are within 15% of what runs were seen to take", arguments: measured)
    func memory(
        batch: Int, width: Int, depth: Int, ratio: Int, gated: Bool, megabytes: Double
    ) throws {
        let estimate = try ResourceEstimate(
            configuration {
                $0.data.batch = batch
                $0.model.width = width
                $0.model.depth = depth
                $0.model.mlpRatio = Double(ratio)
                if gated { $0.model.mlp = .swiglu }
            })
        #expect(abs(estimate.memory / 1e6 / megabytes - 1) < 0.15, "\(estimate.memoryText)")
    }

    @Test("state and checkpoints follow the rule and what is kept")
    func state() throws {
        let adam = try ResourceEstimate(configuration())
        let sgd = try ResourceEstimate(RunConfiguration(rule: "sgd"))
        #expect(adam.optimizerState == 2 * sgd.optimizerState && adam.parameters == sgd.parameters)
        // Parameters, and two moments of each.
        #expect(adam.disk == 3 * (adam.gradients + adam.optimizerState / 2))
        #expect(
            try ResourceEstimate(configuration { $0.checkpoints.keep = 9 }).disk > 3 * adam.disk)
    }

    @Test("a batch that no machine holds is refused with the numbers and the one that fits")
    func refusal() throws {
        let huge = configuration { $0.data.batch = 100_000_000 }
        let machine = MachineResources(memory: 8e9)
        let error = try #require(throws: ConfigurationError.self) {
            try huge.requireResources(machine)
        }
        #expect(error.description.hasPrefix("data.batch: the run takes about"))
        #expect(error.description.contains("8.0 GB are left on this machine; a batch of "))
        let number = try #require(
            error.description.split(separator: "a batch of ").last?
                .split(separator: " ").first.flatMap { Int($0) })
        try configuration { $0.data.batch = number }.requireResources(machine)
        #expect(throws: ConfigurationError.self) {
            try configuration { $0.data.batch = number + 1 }.requireResources(machine)
        }
        try configuration().requireResources(machine)
        try configuration().requireResources(MachineResources(memory: nil))
    }

    @Test("the text counts: as tokens in memory while it is small, and twice while it is cut")
    func text() throws {
        let place = FileManager.default.temporaryDirectory.path + "/\(UUID().uuidString).txt"
        defer { try? FileManager.default.removeItem(atPath: place) }
        try Data(count: 3_000_000).write(to: URL(fileURLWithPath: place))
        let own = configuration { $0.data.text = [place] }
        #expect(own.textSource.roughSize == 3e6)
        let without = try ResourceEstimate(own)
        let estimate = try ResourceEstimate(own, text: 3e6)
        #expect(estimate.memory == without.memory + 3e6)
        #expect(estimate.memoryText.hasSuffix("tokens 3.0 MB)"))
        #expect(try ResourceEstimate(own, text: 1e12).memory == without.memory)
        let error = try #require(throws: ConfigurationError.self) {
            try own.requireResources(MachineResources(memory: 5e6))
        }
        #expect(error.description.hasPrefix("data.text: to cut 3.0 MB of text into tokens"))
    }

    @Test("runs beside one another share the memory")
    func sideBySide() throws {
        let memory = try ResourceEstimate(configuration()).memory
        let machine = MachineResources(memory: 2.5 * memory)
        try configuration().requireResources(machine, sideBySide: 2)
        let error = try #require(throws: ConfigurationError.self) {
            try configuration().requireResources(machine, sideBySide: 3)
        }
        #expect(error.description.hasPrefix("--jobs: 3 runs at a time take about"))
        #expect(error.description.hasSuffix("give --jobs 2"))
        #expect(throws: ConfigurationError.self) {
            try configuration().requireResources(MachineResources(memory: 1e6))
        }
    }
}
