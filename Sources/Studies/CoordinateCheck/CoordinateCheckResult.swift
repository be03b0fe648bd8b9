import Reports
public import Runs
public import Statistics
public import Sweeps

extension CoordinateCheck {
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
        /// The mean of |x|; `null` in JSON where it became NaN or infinite.
        @NullWhenNotFinite public var size: Double
        /// The mean of |x − x₀|, likewise.
        @NullWhenNotFinite public var change: Double

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
}
