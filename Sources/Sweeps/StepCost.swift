public import Engines
import Modules
public import Training

/// What steps take on this machine, from a few of them.
///
/// A step of a configuration between two that were timed takes what the line through both says, by
/// floating-point operations.
public struct StepCost: Sendable, Hashable {
    /// Seconds of a step of no operations.
    public var base: Double
    /// Seconds for each floating-point operation.
    public var perOperation: Double
    /// Seconds that a run takes beside its steps: its process, its compilation.
    public var start: Double

    /// States a cost.
    ///
    /// - Parameters:
    ///   - base: Seconds of a step of no operations.
    ///   - perOperation: Seconds for each operation.
    ///   - start: Seconds of a run beside its steps.
    public init(base: Double, perOperation: Double, start: Double) {
        self.base = base
        self.perOperation = perOperation
        self.start = start
    }

    /// Times a few steps of the cheapest and the dearest, of which medians count.
    ///
    /// - Parameters:
    ///   - cheapest: The configuration of the fewest operations.
    ///   - dearest: That of the most.
    ///   - engine: What computes.
    ///   - inProcessorTime: Whether a step takes the processor's time of one thread, which does not grow
    ///     with what else runs on the machine; else the clock's.
    /// - Throws: What the engine throws.
    public init(
        measuring cheapest: RunConfiguration, _ dearest: RunConfiguration, on engine: any Engine,
        inProcessorTime: Bool = false
    ) throws {
        let timings = try [cheapest, dearest].map { configuration in
            try StepBenchmark.measure(configuration, on: engine, steps: 9, warmup: 2)
        }
        let ends = timings.map { timing in
            inProcessorTime
                ? min(timing.medianProcessorSeconds, timing.medianSeconds) : timing.medianSeconds
        }
        let span = dearest.flopsPerStep - cheapest.flopsPerStep
        perOperation = span > 0 ? max((ends[1] - ends[0]) / span, 0) : 0
        base = ends[0] - perOperation * cheapest.flopsPerStep
        start = 0.1 + timings[1].firstStepSeconds
    }

    /// Seconds of a whole run, the evaluations before its first and after its last step included.
    public func seconds(_ configuration: RunConfiguration) -> Double {
        seconds(configuration, steps: configuration.steps)
    }

    /// Seconds of a part of a run, two evaluations included.
    ///
    /// - Parameters:
    ///   - configuration: The run.
    ///   - steps: The steps that it takes itself.
    /// - Returns: Seconds.
    public func seconds(_ configuration: RunConfiguration, steps: Int) -> Double {
        let step = max(base + perOperation * configuration.flopsPerStep, 0)
        let evaluations = Double(2 * configuration.evaluation.batches) / 3
        return start + step * (Double(steps) + evaluations)
    }
}
