import Datasets
import Engines
import Modules
import OrderedCollections
import Programs
import Reports
import Sweeps
import Tensors
public import Training
import TransferStudies

/// Whether activations keep their size when a model grows.
///
/// Models of several widths, or depths, take the same steps on the same data; at the steps 0, 1, 2, 4
/// and so on the mean magnitude of every activation on one fixed batch is measured. On logarithmic axes
/// its slope against the extent is near zero for every activation where the parametrisation is right:
/// sizes that grow with the extent run away in the large model, and what shrinks hardly learns there.
/// Logits alone may shrink: sums over random weights of a small start do, as one over the root of the
/// width, until training has aligned them.
///
/// From width 32 to 256 the proxy's slopes stayed within 0.22 under muP and reached 2.5 under the standard
/// parametrisation (Adam at 1e-2, 32 steps), which is where the default threshold of 0.25 comes from.
///
/// Source: the coordinate check of Yang et al., arXiv 2203.03466, appendix D.1, with a threshold in
/// place of the eye.
public struct CoordinateCheck: Sendable {
    /// What grows.
    public enum Axis: String, Sendable, Codable {
        /// The width of the residual stream, with heads of one width.
        case width
        /// The number of blocks; the first and the last are measured.
        case depth
    }

    /// The share of the bands that hold.
    static let confidence = 0.95

    /// The recipe.
    public var configuration: RunConfiguration
    /// What grows.
    public var axis: Axis
    /// The extents, at least three.
    public var extents: [Int]
    /// Seeds, at least two: without them a slope has no band.
    public var seeds: Int
    /// The steps at which activations are measured.
    public var steps: [Int]
    /// The largest slope that passes.
    public var threshold: Double
    /// What measurements may depend on beside the configuration: engine, instruction set, version.
    public var conditions: [String] = []

    /// Describes a check.
    ///
    /// - Throws: `ConfigurationError` for a check that cannot conclude, or an extent that does not
    ///   fit the model.
    public init(
        _ configuration: RunConfiguration, axis: Axis, extents: [Int], seeds: Int, lastStep: Int,
        threshold: Double
    ) throws(ConfigurationError) {
        func refuse(_ key: String, _ reason: String) -> ConfigurationError {
            .impossible(key: key, reason: reason)
        }
        guard Set(extents).count == extents.count, extents.count >= 3 else {
            throw refuse(
                "--\(axis.rawValue)s",
                "\(extents.count) extents: a slope needs at least three different ones")
        }
        guard seeds >= 2 else {
            throw refuse("--seeds", "\(seeds): without a replicate a slope has no band; give 2")
        }
        guard lastStep >= 1 else { throw refuse("--steps", "\(lastStep) is not positive") }
        guard threshold > 0 else { throw refuse("--threshold", "\(threshold) is not positive") }
        self.configuration = configuration
        self.axis = axis
        self.extents = extents.sorted()
        self.seeds = seeds
        self.threshold = threshold
        var steps = [0]
        var step = 1
        while step < lastStep {
            steps.append(step)
            step *= 2
        }
        self.steps = steps + [lastStep]
        for extent in extents { try model(extent, seed: 0).validate() }
    }

    /// The recipe at an extent.
    func model(_ extent: Int, seed: UInt64) -> RunConfiguration {
        var copy = configuration
        switch axis {
        case .width: copy.model.width = extent
        case .depth: copy.model.depth = extent
        }
        copy.seed = configuration.seed + seed
        copy.steps = max(copy.steps, steps[steps.count - 1])
        return copy
    }

    /// A name for what is measured of a model: two checks share it where the one may stand for the other.
    private func name(of model: RunConfiguration) -> String {
        ConfigurationDigest.joined(
            [model.digest, axis.rawValue, steps.map(String.init).joined(separator: ",")]
                + conditions)
    }

    /// The models with the files of their measurements.
    var models: [(extent: Int, model: RunConfiguration, file: String)] {
        extents.flatMap { extent in
            (0..<UInt64(seeds)).map { seed in
                let model = self.model(extent, seed: seed)
                return (extent, model, "coordcheck/\(name(of: model)).json")
            }
        }
    }

    /// Tokens that all models of the check are trained on, together.
    public var trainingTokens: Int {
        extents.count * seeds * steps[steps.count - 1] * configuration.data.batch
            * configuration.model.context
    }

    /// The sizes of a model's activations as it trains.
    func measure(
        _ configuration: RunConfiguration, _ extent: Int, _ batches: BatchSource,
        _ engine: any Engine, _ interrupt: () throws -> Void
    ) throws -> [Point] {
        let trainer = try Trainer(configuration, batches: batches, engine: engine)
        let activations = try ActivationProgram(configuration)
        let executable = try engine.compile(activations.program)
        let batch = batches.validationBatches(count: 1)[0]
        let shape: Shape = [batch.sequences, batch.context]
        let tokens = Tensor(integers: batch.inputs, shape: shape)
        let start = try trainer.tensors()
        var points: [Point] = []
        for step in steps {
            while trainer.step < step {
                try interrupt()
                _ = try trainer.takeStep()
            }
            let now = try trainer.tensors()
            let operands = try activations.program.inputs.map { input in
                let path = input.name.split(separator: "/", maxSplits: 1).last.map(String.init)
                let tree = input.name.hasPrefix("start/") ? start : now
                return try engine.buffer(tree["parameter/" + (path ?? "")] ?? tokens)
            }
            var values: [String: Double] = [:]
            for (output, buffer) in zip(
                activations.program.outputs, try executable.run(operands))
            {
                values[output.name] = Double(try buffer.tensor().floats[0])
            }
            for name in activations.names {
                guard let shown = shown(name, depth: configuration.model.depth) else { continue }
                points.append(
                    Point(
                        extent: extent, seed: configuration.seed, step: step, activation: shown,
                        size: values["size/" + name] ?? .nan,
                        change: values["change/" + name] ?? .nan))
            }
        }
        return points
    }

    /// The name of an activation in all models; nil for those that only some have.
    private func shown(_ name: String, depth: Int) -> String? {
        guard axis == .depth, name.hasPrefix("blocks.") else { return name }
        if name.hasPrefix("blocks.0.") { return "first." + name.dropFirst("blocks.0.".count) }
        let last = "blocks.\(depth - 1)."
        return name.hasPrefix(last) ? "last." + name.dropFirst(last.count) : nil
    }
}
