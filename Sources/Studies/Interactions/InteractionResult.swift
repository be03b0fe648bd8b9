import RunTables
public import Statistics
public import Sweeps

/// What a factorial study came to: the contents of `interactions.json`.
///
/// Keys are in snake case; what is not known is `null` and never left out. Numbers are in nats per token.
public struct InteractionResult: Sendable, Hashable, Codable {
    /// The version of these keys; a change of meaning changes it.
    public var schema = "ballast.interactions/1"
    /// The study's name.
    public var name: String
    /// What was measured of each set of factors.
    public var measure: InteractionStudy.Measure
    /// The factors.
    public var factors: [String]
    /// The smallest effect that matters.
    public var margin: Double
    /// The share of intervals that are to hold.
    public var confidence: Double
    /// The seeds of each run.
    public var seeds: Int
    /// The sizes, in the order of the grid.
    public var sizes: [Size]
    /// What was measured of each set of factors; the empty one first.
    public var combinations: [Combination]
    /// What each factor does, alone and beside each other one, and what they do together.
    public var effects: [Effect]
    /// Runs without a result.
    public var missing: Int
    /// Sets and sizes without a number, since a run has no result or every run of a seed diverged.
    public var lost: [String]

    /// A width and a depth.
    public struct Size: Sendable, Hashable, Codable {
        /// The width of the residual stream; nil where it is not known.
        @NullWhenNil public var width: Int?
        /// The number of blocks; nil where it is not known.
        @NullWhenNil public var depth: Int?

        init(_ row: RunRow) {
            width = row.width
            depth = row.depth
        }

        /// `32 x 2`.
        public var text: String {
            [width, depth].map { $0.map(String.init) ?? "unknown" }.joined(separator: " x ")
        }
    }

    /// A set of factors.
    public struct Combination: Sendable, Hashable, Codable {
        /// `none`, or the factors that are in, joined by `+`.
        public var name: String
        /// One for each size.
        public var sizes: [Measured]
    }

    /// What was measured of a set of factors at a size.
    public struct Measured: Sendable, Hashable, Codable {
        /// Of each seed; nil where one has no number.
        @NullWhenNil public var bySeed: [Double]?
        /// The mean over seeds.
        @NullWhenNil public var mean: Double?
    }

    /// A contrast of sets of factors, over paired seeds, averaged over sizes.
    public struct Effect: Sendable, Hashable, Codable {
        /// Which contrast.
        public enum Kind: Sendable, Hashable, Codable {
            /// What a factor changes, averaged over all sets of the others.
            case main(String)
            /// What the first changes where the second is in.
            case given(String, String)
            /// How much what one changes differs between with and without the other.
            case interaction(String, String)
        }

        /// `main`, `given` or `interaction`.
        public var kind: String
        /// The factor.
        public var factor: String
        /// The other factor; nil for a main effect.
        @NullWhenNil public var beside: String?
        /// The effect; nil where a set has no number.
        @NullWhenNil public var value: Double?
        /// The lower end of its interval.
        @NullWhenNil public var low: Double?
        /// The upper end.
        @NullWhenNil public var high: Double?
        /// The probability of such an effect if there were none.
        @NullWhenNil public var probability: Double?
        /// What it comes to: lower, higher, same (within the margin) or undecided.
        public var finding: DifferenceFinding
        /// The mean at each size.
        public var bySize: [Double]

        init(
            _ kind: Kind, _ paired: PairedDifference? = nil, margin: Double = 1,
            bySize: [[Double]] = []
        ) {
            switch kind {
            case .main(let factor): (self.kind, self.factor, beside) = ("main", factor, nil)
            case .given(let factor, let other):
                (self.kind, self.factor, beside) = ("given", factor, other)
            case .interaction(let factor, let other):
                (self.kind, self.factor, beside) = ("interaction", factor, other)
            }
            value = paired?.mean
            low = paired?.interval.lowerBound
            high = paired?.interval.upperBound
            probability = paired?.probability
            finding = paired?.finding(margin: margin) ?? .undecided
            self.bySize = bySize.map { $0.reduce(0, +) / Double($0.count) }
        }
    }

    /// The effects of a kind.
    func effects(_ kind: String) -> [Effect] { effects.filter { $0.kind == kind } }
}
