public import Statistics
public import Sweeps
import TransferStudies

/// What a permutation study came to: the contents of `permutation.json`.
///
/// Keys are in snake case; what is not known is `null` and never left out. Losses and spreads are in
/// nats per token on the fixed validation set; spreads are standard deviations.
public struct PermutationResult: Sendable, Hashable, Codable {
    /// The version of these keys; a change of meaning changes it.
    public var schema = "ballast.permutation/1"
    /// That of the recipe itself.
    public var verdict: Verdict
    /// The largest spread over orders that passes.
    public var bound: Double
    /// The share of intervals that are to hold.
    public var confidence: Double
    /// The keys of the orders.
    public var orders: [UInt64]
    /// The seeds of the weights.
    public var seeds: [UInt64]
    /// The recipe, and then its variants.
    public var recipes: [Entry]

    /// A recipe.
    public struct Entry: Sendable, Hashable, Codable {
        /// `recipe`, or the keys that differ.
        public var name: String
        /// PASS where the whole interval of ``overOrders`` lies within the bound.
        public var verdict: Verdict
        /// Why there is no PASS or FAIL, and what would settle it; nil when there is.
        @NullWhenNil public var reason: String?
        /// The final losses: by order, then by seed; `null` for a run that diverged.
        public var losses: [[Double?]]
        /// The mean loss.
        @NullWhenNil public var mean: Double?
        /// The spread that the order makes, alike under all seeds.
        @NullWhenNil public var order: Spread?
        /// The spread that the seed of the weights makes, alike under all orders.
        @NullWhenNil public var seed: Spread?
        /// The spread of what an order does under one seed and not under another; since equal runs have
        /// equal bits, it holds nothing else.
        @NullWhenNil public var interaction: Spread?
        /// The spread over orders at one seed, order and interaction together, which the verdict is about.
        @NullWhenNil public var overOrders: Spread?
        /// The spread over seeds at one order.
        @NullWhenNil public var overSeeds: Spread?
        /// The standard deviation of a final loss from the choice of validation batches, by bootstrap.
        @NullWhenNil public var evaluationNoise: Double?
        /// The same for the difference between two runs, whose batches are the same.
        @NullWhenNil public var pairedEvaluationNoise: Double?
        /// The spread over orders over that of the recipe itself; nil for the recipe.
        @NullWhenNil public var overRecipe: Ratio?
        /// Distances between final weights.
        public var distances: [EndPointDistances]
    }

    /// A standard deviation with its interval.
    public struct Spread: Sendable, Hashable, Codable {
        /// The estimate.
        public var deviation: Double
        /// The lower end of its interval.
        public var low: Double
        /// The upper end.
        public var high: Double
        /// Whether the method of moments gave a negative variance, which is shown as zero.
        public var isClamped: Bool
        /// The probability of a mean square as large as this without it; nil where none is tested.
        @NullWhenNil public var probability: Double?
    }

    /// A ratio of two spreads with its interval.
    public struct Ratio: Sendable, Hashable, Codable {
        /// The estimate.
        public var value: Double
        /// The lower end of its interval.
        public var low: Double
        /// The upper end.
        public var high: Double
    }
}
