public import Statistics

/// What a coordinate check says of a recipe, as far as causes ask: a part of `coordcheck.json`.
public struct ActivationSlopes: Sendable, Hashable, Codable {
    /// A name for the recipe: its `RunConfiguration.recipeDigest`.
    public var recipe: String
    /// What grew, `width` or `depth`.
    public var axis: String
    /// The largest slope, of either sign, that passes.
    public var threshold: Double
    /// All slopes.
    public var slopes: [Slope]

    /// The slope of an activation at a step.
    public struct Slope: Sendable, Hashable, Codable {
        /// The activation.
        public var activation: String
        /// Steps taken.
        public var step: Int
        /// The mean over the seeds; nil where a size is zero or not finite.
        public var mean: Double?
        /// What it says.
        public var verdict: Verdict

        /// States a slope.
        public init(activation: String, step: Int, mean: Double?, verdict: Verdict) {
            self.activation = activation
            self.step = step
            self.mean = mean
            self.verdict = verdict
        }
    }

    /// States what a check says.
    public init(recipe: String, axis: String, threshold: Double, slopes: [Slope]) {
        self.recipe = recipe
        self.axis = axis
        self.threshold = threshold
        self.slopes = slopes
    }
}
