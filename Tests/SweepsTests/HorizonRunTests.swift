import Foundation
import Modules
import Optimizers
import OrderedCollections
import Runs
import Studies
import Sweeps
import Tensors
import Testing
import Training

@Suite("branches of a trunk")
struct HorizonRunTests {
    @Test(
        "a branch takes the trunk's steps, warm-up and decay up to its horizon, and descends to zero"
    )
    func schedules() throws {
        for (count, steps) in [(4, 64), (5, 112), (6, 1024)] {
            for cooldown in [0.1, 0.2, 0.37, 1] {
                for warmup in [0, 0.05, 0.3] {
                    var configuration = HorizonSamples.configuration()
                    configuration.steps = steps
                    configuration.schedule.warmup = warmup
                    configuration.schedule.floor = 0.1
                    let design = try HorizonDesign(
                        longest: steps, count: count, cooldown: cooldown)
                    #expect(design.horizons.last == steps && design.horizons.count == count)
                    let trunk = try design.trunk(configuration)
                    #expect(trunk.steps == steps && trunk.stepSize(steps).schedule == 1)
                    #expect(trunk.decay.rate == configuration.decay.rate)
                    for horizon in design.horizons {
                        let branch = try design.branch(configuration, at: horizon)
                        #expect(branch.steps == horizon + design.cooldownSteps(horizon))
                        #expect(branch.decay == trunk.decay)
                        for step in 1...horizon {
                            #expect(branch.stepSize(step) == trunk.stepSize(step))
                        }
                        let factors = (horizon + 1...branch.steps).map {
                            branch.stepSize($0).schedule
                        }
                        // The first step of a descent is the last at the peak, as in every schedule.
                        #expect(factors[0] == 1)
                        #expect(zip(factors, factors.dropFirst()).allSatisfy { $0 > $1 })
                        let last = 1 / Double(design.cooldownSteps(horizon))
                        #expect((factors[factors.count - 1] - last).magnitude < 1e-12)
                    }
                }
            }
        }
    }

    @Test("recorded, evaluated and saved where branches leave")
    func cadences() throws {
        var configuration = HorizonSamples.configuration()
        configuration.telemetry.every = 5
        configuration.telemetry.norms = false
        let trunk = try HorizonDesign(longest: 64, count: 4, cooldown: 0.2).trunk(configuration)
        #expect(trunk.telemetry.every == 4 && trunk.telemetry.norms)
        #expect(trunk.evaluation.every == 8 && trunk.checkpoints.every == 8)
        #expect(trunk.checkpoints.keep >= 64)
    }

    private func checkpoint(_ trunk: RunConfiguration, _ folder: RunFolder, step: Int) throws {
        try FileManager.default.createDirectory(
            atPath: folder.checkpoints, withIntermediateDirectories: true)
        try Checkpoint(
            step: step, initialLoss: 5, largestLogit: 3,
            configuration: ConfigurationFile.text(of: trunk),
            tensors: ["parameter/w": Tensor([1, 2], shape: [2])]
        ).write(to: folder.checkpoint(step))
    }

    @Test("a branch begins with the trunk's checkpoint under its own configuration")
    func begins() throws {
        let scratch = try StudyFolder()
        let design = try HorizonDesign(longest: 64, count: 4, cooldown: 0.2)
        let configuration = HorizonSamples.configuration()
        let trunk = RunFolder(scratch.path + "/trunk")
        try checkpoint(design.trunk(configuration), trunk, step: 16)
        let branch = try design.branch(configuration, at: 16)
        let run = Run(branch, in: RunFolder(scratch.path + "/branch"))
        try run.branch(from: trunk, after: 16)
        #expect(run.folder.checkpointSteps == [16])
        let begun = try Checkpoint(path: run.folder.checkpoint(16))
        #expect(begun.step == 16 && begun.initialLoss == 5 && begun.largestLogit == 3)
        let identity = try begun.identity(at: "begun")
        #expect(identity.configuration == RunIdentity.values(of: branch))
        #expect(!begun.configuration.contains("  text:"))
        #expect(begun.tensors["parameter/w"]?.floats == [1, 2])
        // One that stands there stays.
        let other = RunFolder(scratch.path + "/other")
        try checkpoint(design.trunk(configuration), other, step: 8)
        try run.branch(from: other, after: 8)
        #expect(run.folder.checkpointSteps == [16])
    }

    @Test("a trunk whose first steps differ is refused, with what differs")
    func refusals() throws {
        let scratch = try StudyFolder()
        let design = try HorizonDesign(longest: 64, count: 4, cooldown: 0.2)
        let configuration = HorizonSamples.configuration()
        let branch = try design.branch(configuration, at: 16)
        func refusal(_ change: (inout RunConfiguration) -> Void) throws -> String {
            var trunk = try design.trunk(configuration)
            change(&trunk)
            let name = UUID().uuidString
            let folder = RunFolder(scratch.path + "/" + name)
            try checkpoint(trunk, folder, step: 16)
            do {
                try Run(branch, in: RunFolder(scratch.path + "/\(name)-branch"))
                    .branch(from: folder, after: 16)
                return ""
            } catch let error as TrainingError { return error.description }
        }
        #expect(try refusal { _ in } == "")
        // A longer trunk, and one saved more often, has the same first steps.
        #expect(try refusal { $0.checkpoints.every = 16 } == "")
        #expect(try refusal { $0.schedule.shape = .cosine }.contains("has the learning rate"))
        #expect(try refusal { $0.schedule.warmup = 0.5 }.contains("has the learning rate"))
        #expect(try refusal { $0.optimizer.weightDecay.rate *= 2 }.contains("rate of its decay"))
        #expect(try refusal { $0.seed = 1 }.contains("seed: 1 there, 0 here"))
        #expect(
            try refusal { $0.model.qkNorm = true }.contains("model.qk-norm: true there, false here")
        )
    }

    @Test("branches of a trunk that diverged before them are left out")
    func reachable() throws {
        let scratch = try StudyFolder()
        let study = try HorizonSamples.study(seeds: 2)
        let folder = SweepFolder(scratch.path + "/study", plan: study.study.plan)
        let trunk = study.cells(recipe: 0, rate: 0, seed: 1)[0]
        var result = TransferSamples.result(trunk.configuration, loss: nil)
        result.stepsDone = 20
        let run = folder.cell(trunk.name)
        try FileManager.default.createDirectory(
            atPath: run.path, withIntermediateDirectories: true)
        try run.write(result, to: run.result)
        let reachable = try study.reachable(in: folder)
        #expect(study.study.cells.count == 10 && reachable.cells.count == 8)
        #expect(
            study.cells(recipe: 0, rate: 0, seed: 1).map { cell in
                reachable.cells.contains { $0.name == cell.name }
            } == [true, true, true, false, false])
    }
}
