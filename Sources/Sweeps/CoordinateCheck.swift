import Datasets
public import Engines
import Modules
import OrderedCollections
import Programs
public import Statistics
import Tensors
public import Training

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

    /// What the slopes say.
    public typealias Verdict = Statistics.Verdict

    /// A measurement.
    public struct Point: Sendable, Codable {
        /// The width or depth.
        public var extent: Int
        /// The seed of the weights.
        public var seed: UInt64
        /// Steps taken.
        public var step: Int
        /// The activation.
        public var activation: String
        /// The mean of |x|; `null` in JSON where it left the finite numbers.
        @NullWhenNotFinite public var size: Double
        /// The mean of |x − x₀|, likewise.
        @NullWhenNotFinite public var change: Double

        /// Creates a measurement.
        public init(
            extent: Int, seed: UInt64, step: Int, activation: String, size: Double, change: Double
        ) {
            self.extent = extent
            self.seed = seed
            self.step = step
            self.activation = activation
            self.size = size
            self.change = change
        }
    }

    /// The slopes of an activation at a step.
    public struct Slope: Sendable, Codable {
        /// The activation.
        public var activation: String
        /// Steps taken.
        public var step: Int
        /// The mean over the seeds; nil where a size is zero or not finite.
        @NullWhenNil public var mean: Double?
        /// The lower end of its 95% interval over the seeds, by Student's t.
        @NullWhenNil public var low: Double?
        /// The upper end.
        @NullWhenNil public var high: Double?
        /// What it says.
        public var verdict: Verdict
    }

    /// What the slopes of an activation say together.
    public struct Activation: Sendable, Codable {
        /// The activation.
        public var activation: String
        /// What its slopes say from step 1 on.
        public var verdict: Verdict
    }

    /// What a check came to: the contents of `coordcheck.json`.
    ///
    /// What is not known is `null` and never left out.
    public struct Result: Sendable, Codable {
        /// The version of these keys; a change of meaning changes it.
        public var schema = "ballast.coordcheck/1"
        /// A name for the recipe: its `RunConfiguration.recipeDigest`.
        public var recipe: String
        /// What grew.
        public var axis: Axis
        /// The extents.
        public var extents: [Int]
        /// The number of seeds.
        public var seeds: Int
        /// The largest slope, of either sign, that passes.
        public var threshold: Double
        /// All measurements.
        public var points: [Point]
        /// All slopes, by activation and step.
        public var slopes: [Slope]
        /// What those of each activation say.
        public var activations: [Activation]
        /// FAIL if any slope after step 0 fails, PASS if all pass.
        public var verdict: Verdict
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

    /// Describes a check.
    ///
    /// - Throws: ``ConfigurationError`` for a check that cannot conclude, or an extent that does not
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
    private func model(_ extent: Int, seed: UInt64) -> RunConfiguration {
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
    ///
    /// - Parameters:
    ///   - model: The configuration of the model.
    ///   - conditions: What else the bits may depend on: engine, instruction set, version.
    /// - Returns: 16 hexadecimal digits.
    public func name(of model: RunConfiguration, _ conditions: [String]) -> String {
        ConfigurationDigest.joined(
            [model.digest, axis.rawValue, steps.map(String.init).joined(separator: ",")]
                + conditions)
    }

    /// Tokens that all models of the check are trained on, together.
    public var trainingTokens: Int {
        extents.count * seeds * steps[steps.count - 1] * configuration.data.batch
            * configuration.model.context
    }

    /// Trains the models and measures them.
    ///
    /// - Parameters:
    ///   - engine: What computes.
    ///   - known: What was measured of a model before, by its configuration; nil for nothing.
    ///   - progress: Told before each model: its number and how many there are.
    ///   - interrupt: Called before each step; what it throws ends the check.
    ///   - measured: Given the configuration of each model that was trained, and its measurements.
    /// - Returns: Sizes, slopes and the verdict.
    /// - Throws: What the data, the engine or one of the functions throws.
    public func run(
        on engine: any Engine, known: (RunConfiguration) throws -> [Point]? = { _ in nil },
        progress: (Int, Int) -> Void = { _, _ in }, interrupt: () throws -> Void = {},
        measured: (RunConfiguration, [Point]) throws -> Void = { _, _ in }
    ) throws -> Result {
        let cache = try TokenCache(
            TextSource(configuration.data.text), vocabulary: configuration.model.vocabulary)
        let batches = try configuration.batches(of: cache)
        var points: [Point] = []
        var number = 0
        for extent in extents {
            for seed in 0..<UInt64(seeds) {
                number += 1
                let model = model(extent, seed: seed)
                if let before = try known(model) {
                    points += before
                    continue
                }
                progress(number - 1, extents.count * seeds)
                let own = try measure(model, extent, batches, engine, interrupt)
                try measured(model, own)
                points += own
            }
        }
        return result(points)
    }

    /// The sizes of a model's activations as it trains.
    private func measure(
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

    /// The slopes of measurements, and the verdict.
    public func result(_ points: [Point]) -> Result {
        var names: OrderedSet<String> = []
        for point in points { names.append(point.activation) }
        var slopes: [Slope] = []
        for name in names {
            for step in steps {
                let here = points.filter { $0.activation == name && $0.step == step }
                // In the order of the seeds: sums depend on it.
                let perSeed = Dictionary(grouping: here, by: \.seed).sorted { $0.key < $1.key }
                    .map { _, points in
                        LogLogSlope.of(points.map { Double($0.extent) }, points.map(\.size))
                    }
                slopes.append(slope(name, step, perSeed))
            }
        }
        return Result(
            recipe: configuration.recipeDigest, axis: axis, extents: extents, seeds: seeds,
            threshold: threshold, points: points,
            slopes: slopes,
            activations: names.map { name in
                Activation(
                    activation: name, verdict: Verdict(slopes.filter { $0.activation == name }))
            }, verdict: Verdict(slopes))
    }

    private func slope(_ name: String, _ step: Int, _ perSeed: [Double?]) -> Slope {
        let known = perSeed.compactMap { $0 }
        guard known.count == perSeed.count, let mean = Descriptive.mean(of: known),
            let deviation = Descriptive.standardDeviation(of: known)
        else {
            // A size of zero, as that of queries that start at zero, has no slope.
            return Slope(
                activation: name, step: step, mean: nil, low: nil, high: nil,
                verdict: step == 0 ? .inconclusive : .fail)
        }
        // Few seeds know their own spread badly: two take 12.7 standard errors, three 4.3.
        let student = StudentDistribution(degreesOfFreedom: Double(known.count - 1))
        let half =
            student.quantile((1 + Self.confidence) / 2) * deviation
            / Double(known.count).squareRoot()
        let (low, high) = (mean - half, mean + half)
        let floor = name == "logits" ? -Double.infinity : -threshold
        let verdict: Verdict =
            low >= floor && high <= threshold
            ? .pass : low > threshold || high < floor ? .fail : .inconclusive
        return Slope(
            activation: name, step: step, mean: mean, low: low, high: high,
            verdict: verdict)
    }
}

extension Verdict {
    /// What slopes say together after the start: FAIL if any fails, PASS if all pass.
    public init(_ slopes: [CoordinateCheck.Slope]) {
        self.init(slopes.filter { $0.step > 0 }.map(\.verdict))
    }
}
