public import Engines
import Foundation
import Modules
import Optimizers
import OrderedCollections
import Programs
import Tensors
public import Training

/// Times steps of training on tokens drawn at random.
public struct StepBenchmark {
    /// The sizes that peers are timed at, by name.
    public static let presets: [String] = ["p64", "p128", "p256", "p512", "125m"]

    /// What a timing gave.
    public struct Result: Sendable, Codable {
        /// The time of each step in seconds, in order.
        public var stepSeconds: [Double]
        /// The processor time of each step in seconds, in order, over all threads of the process: what else
        /// runs on the machine adds little to it.
        public var stepProcessorSeconds: [Double]
        /// The time from the configuration to a program that can run, in seconds: built and compiled.
        public var compileSeconds: Double
        /// The time from the configuration to the end of the first step, in seconds.
        public var firstStepSeconds: Double
        /// The time of each measurement of spectral norms in seconds, in order; empty without.
        public var spectralSeconds: [Double]
        /// Floating-point operations of a step, attention counted unmasked.
        public var flopsPerStep: Double
        /// Tokens of a step.
        public var tokensPerStep: Int
        /// What ran the operations of a step.
        public var kernels: [KernelCount]

        /// The median time of a step in seconds.
        public var medianSeconds: Double { stepSeconds.sorted()[stepSeconds.count / 2] }

        /// The median processor time of a step in seconds.
        public var medianProcessorSeconds: Double {
            stepProcessorSeconds.sorted()[stepProcessorSeconds.count / 2]
        }

        /// The median time of a measurement of spectral norms in seconds; nil without.
        public var medianSpectralSeconds: Double? {
            spectralSeconds.isEmpty ? nil : spectralSeconds.sorted()[spectralSeconds.count / 2]
        }
    }

    private static func state(
        _ operands: [any Buffer], of program: TrainingProgram
    ) -> [String: any Buffer] {
        let fed = Set(program.fedNames)
        let names = program.program.inputs.map(\.name).filter { !fed.contains($0) }
        return Dictionary(uniqueKeysWithValues: zip(names, operands))
    }

    /// Processor time that this process has taken so far, in seconds, over all its threads.
    private static var processorSeconds: Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// The configuration of a preset; nil for an unknown name.
    public static func configuration(_ preset: String) -> RunConfiguration? {
        let sizes = [
            "p64": (64, 3, 4, 256, 16, 512), "p128": (128, 3, 4, 256, 16, 512),
            "p256": (256, 4, 4, 256, 16, 4096), "p512": (512, 6, 8, 256, 8, 8192),
            // 124 million parameters, for accelerators.
            "125m": (768, 12, 12, 1024, 16, 25_600),
        ]
        guard let (width, depth, heads, context, batch, vocabulary) = sizes[preset] else {
            return nil
        }
        var configuration = RunConfiguration()
        configuration.model.width = width
        configuration.model.depth = depth
        configuration.model.headDimension = width / heads
        configuration.model.context = context
        configuration.model.vocabulary = vocabulary
        configuration.model.qkNorm = true
        configuration.data.batch = batch
        configuration.optimizer.learningRate = 1e-3
        configuration.optimizer.weightDecay.form = .decoupled
        configuration.optimizer.weightDecay.referenceSteps = 0
        configuration.optimizer.weightDecay.exclude = []
        return configuration
    }

    /// Runs a few steps to warm up and then steps that are timed.
    ///
    /// - Parameters:
    ///   - configuration: The size.
    ///   - engine: What computes.
    ///   - steps: How many times are taken.
    ///   - warmup: Runs of the engine before the first that is timed.
    ///   - stepsPerRun: How many steps a run of the engine takes; a time is a step's part of a run.
    ///     Where the configuration measures spectral norms, a time is a step's part of the runs from
    ///     one measurement to the next, the measurement included.
    /// - Returns: The times.
    /// - Throws: What the engine throws.
    public static func measure(
        _ configuration: RunConfiguration, on engine: any Engine, steps: Int, warmup: Int = 3,
        stepsPerRun: Int = 1
    ) throws -> Result {
        let begin = ContinuousClock.now
        let program = try TrainingProgram(configuration)
        let executable = try engine.compileSteps(
            program.program, donations: program.donations, feeding: program.fedNames,
            limit: stepsPerRun)
        let compiled = (ContinuousClock.now - begin) / .seconds(1)
        let shape: Shape = [configuration.data.batch, configuration.model.context]
        let scalars = program.rule.scalars(at: configuration.stepSize(40)).tensors
        func tokens(_ name: String) -> Tensor {
            let key = RandomKey(seed: 1).split(name)
            let tokens = (0..<shape.count).map { index in
                Int32(key.words(at: UInt64(index))[0] % UInt32(configuration.model.vocabulary))
            }
            return Tensor(integers: tokens, shape: shape)
        }
        let feed = program.fedNames.map { scalars[$0] ?? tokens($0) }
        let feeds = [[Tensor]](repeating: feed, count: stepsPerRun)
        let operands = try program.start(seed: 0).values.map(engine.buffer)
        _ = try executable.run(operands, feeding: [feed])
        let first = (ContinuousClock.now - begin) / .seconds(1)
        let every = configuration.telemetry.spectralEvery
        let spectralNorms =
            every > 0
            ? try SpectralNorms(
                program.parameters, state: state(operands, of: program), engine: engine) : nil
        let runs = every > 0 ? max(every / stepsPerRun, 1) : 1
        for _ in 0..<warmup { _ = try executable.run(operands, feeding: feeds) }
        _ = try spectralNorms?.measure()
        var spectralSeconds: [Double] = []
        var processorSeconds: [Double] = []
        let seconds = try (0..<steps).map { _ in
            let start = ContinuousClock.now
            let processor = Self.processorSeconds
            for _ in 0..<runs { _ = try executable.run(operands, feeding: feeds) }
            if let spectralNorms {
                let start = ContinuousClock.now
                _ = try spectralNorms.measure()
                spectralSeconds.append((ContinuousClock.now - start) / .seconds(1))
            }
            processorSeconds.append(
                (Self.processorSeconds - processor) / Double(stepsPerRun * runs))
            return (ContinuousClock.now - start) / .seconds(Double(stepsPerRun * runs))
        }
        let embedding = configuration.model.vocabulary * configuration.model.width
        let perToken =
            6 * (program.parameters.totalCount - embedding) + 12 * configuration.model.depth
            * configuration.model.context * configuration.model.width
        return Result(
            stepSeconds: seconds, stepProcessorSeconds: processorSeconds,
            compileSeconds: compiled, firstStepSeconds: first, spectralSeconds: spectralSeconds,
            flopsPerStep: Double(perToken) * Double(shape.count)
                + configuration.model.sigmaReparamOperations, tokensPerStep: shape.count,
            kernels: executable.kernels)
    }
}
