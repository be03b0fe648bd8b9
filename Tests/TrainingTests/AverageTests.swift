import Engines
import Modules
import Optimizers
import OrderedCollections
import Telemetry
import Tensors
import Testing
import Training

@Suite("weights that are evaluated in place of those that train")
struct AverageTests {
    /// The parameters of a checkpoint, path by path.
    private func parameters(_ tree: ParameterTree) -> [String: [Double]] {
        var found: [String: [Double]] = [:]
        for (name, tensor) in tree where name.hasPrefix("parameter/") {
            found[name] = tensor.doubles
        }
        return found
    }

    /// The validation loss of weights as they are.
    private func loss(
        _ tensors: ParameterTree, _ small: SmallRun, _ configuration: RunConfiguration
    ) throws -> Double {
        var plain = configuration
        plain.optimizer = OptimizerConfiguration()
        let evaluator = try Evaluator(plain, batches: small.batches, engine: makeCPUEngine())
        let losses = try evaluator.losses(tensors)
        return losses.reduce(0, +) / Double(losses.count)
    }

    @Test("the average is β times itself and 1 − β times the weights, and changes no step")
    func average() throws {
        let small = try SmallRun()
        defer { small.end() }
        let trainer = try small.trainer { $0.optimizer.average = 0.75 }
        let plain = try small.trainer { _ in }
        let configuration = trainer.configuration
        var expected = parameters(try trainer.tensors())
        for _ in 0..<6 {
            _ = try trainer.takeStep()
            _ = try plain.takeStep()
            let now = parameters(try trainer.tensors())
            #expect(now == parameters(try plain.tensors()))
            for (name, values) in now {
                expected[name] = zip(expected[name] ?? [], values).map { 0.75 * $0 + 0.25 * $1 }
            }
        }
        let tensors = try trainer.tensors()
        let evaluated = try configuration.evaluated(tensors)
        for (name, values) in parameters(evaluated) {
            // Six steps of five roundings of weights up to one.
            let error = zip(values, expected[name] ?? []).map { abs($0 - $1) }.max() ?? 0
            #expect(error < 6 * 5 * 0x1p-24, "\(name): \(error)")
        }
        #expect(parameters(evaluated) != parameters(tensors))
        // The engine adds what the host adds.
        let measured = try trainer.validationLoss()
        #expect(abs(measured - (try loss(evaluated, small, configuration))) < 1e-6)
        #expect(abs(measured - (try plain.validationLoss())) > 1e-4)
        let evaluator = try Evaluator(
            configuration, batches: small.batches, engine: makeCPUEngine())
        let losses = try evaluator.losses(tensors)
        #expect(losses.reduce(0, +) / Double(losses.count) == measured)
    }

    @Test("schedule-free training evaluates its average, and refuses a descent")
    func scheduleFree() throws {
        let small = try SmallRun { configuration in
            var other = RunConfiguration(rule: ScheduleFree.name)
            (other.model, other.data) = (configuration.model, configuration.data)
            other.optimizer.learningRate = 1e-2
            configuration = other
        }
        defer { small.end() }
        let trainer = try small.trainer { $0.steps = 30 }
        let first = try #require(try trainer.takeStep().values[.trainLoss])
        for _ in 1..<30 { _ = try trainer.takeStep() }
        let tensors = try trainer.tensors()
        let evaluated = try trainer.configuration.evaluated(tensors)
        let measured = try trainer.validationLoss()
        #expect(measured < first)
        #expect(abs(measured - (try loss(evaluated, small, trainer.configuration))) < 1e-6)
        #expect(abs(measured - (try loss(tensors, small, trainer.configuration))) > 1e-4)
        func words(_ change: (inout RunConfiguration) -> Void) -> String {
            var configuration = small.configuration
            change(&configuration)
            do {
                try configuration.validate()
                return ""
            } catch { return "\(error)" }
        }
        #expect(
            words { $0.schedule.shape = .cosine }
                == "schedule.shape: schedule-free-adamw averages its steps in place of a descent of "
                + "the learning rate; set schedule.shape to constant")
        #expect(words { $0.optimizer.average = 0.9 }.hasPrefix("optimizer.average: "))
        #expect(words { $0.optimizer["beta1"] = 0 }.hasPrefix("optimizer.beta1: "))
    }
}
