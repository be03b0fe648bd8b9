/// Metrics that differ in what they are of and share a unit, as the largest attention logits of layers.
///
/// ```swift
/// MetricFamily.maxAttentionLogits(3).tag                            // attn/3/max_logit
/// MetricFamily.weights.place(of: Metric(tag: "norm/weight/head/rms"))  // head
/// ```
public struct MetricFamily: Sendable, Hashable {
    /// Their tags.
    public let pattern: TagPattern
    /// What they are measured in.
    public let unit: Unit

    /// Creates a family.
    ///
    /// - Parameters:
    ///   - pattern: Their tags, with `*` for each place in which they differ.
    ///   - unit: What they are measured in.
    public init(_ pattern: String, _ unit: Unit) {
        self.pattern = TagPattern(pattern)
        self.unit = unit
    }

    /// The metric of these places, one for each `*`.
    public func callAsFunction(_ places: any CustomStringConvertible...) -> Metric {
        Metric(pattern.tag(places.map(\.description)), unit)
    }

    /// Whether a metric is of the family.
    public func contains(_ metric: Metric) -> Bool { pattern.matches(metric.tag) }

    /// What a metric of the family is of, in the first place; nil for another metric.
    public func place(of metric: Metric) -> String? { pattern.places(in: metric.tag)?.first }
}

extension MetricFamily {
    /// The sizes of weights after the step, by path.
    public static let weights = Self("norm/weight/*/rms", .rootMeanSquare)
    /// The Frobenius norms of weights after the step, by path.
    public static let weightNorms = Self("norm/weight/*/fro", .norm)
    /// The Frobenius norms of gradients before clipping, by path.
    public static let gradientNorms = Self("norm/gradient/*/fro", .norm)
    /// The Frobenius norms of what a step added to weights, by path.
    public static let updateNorms = Self("norm/update/*/fro", .norm)
    /// The largest magnitudes in the residual stream after blocks, by layer.
    public static let residualMaxima = Self("act/*/max", .magnitude)
    /// The largest root mean square of a channel after a block over the median one, by layer.
    public static let hotChannels = Self("act/*/hot_channel_ratio", .ratio)
    /// The largest singular values of matrices, by path.
    public static let spectralNorms = Self("norm/weight/*/spectral", .norm)
    /// The sizes of gradients before clipping, by path.
    public static let gradients = Self("norm/gradient/*/rms", .rootMeanSquare)
    /// The sizes of what a step added to weights, by path.
    public static let updates = Self("norm/update/*/rms", .rootMeanSquare)
    /// The largest attention logits, by layer.
    public static let maxAttentionLogits = Self("attn/*/max_logit", .logit)
    /// The sizes of the residual stream after blocks, by layer.
    public static let residuals = Self("act/*/rms", .rootMeanSquare)
    /// The root mean squares behind blocks over those before them, by layer.
    public static let blockGains = Self("act/*/gain", .ratio)
    /// A number of heads of attention, by layer and head.
    public static func heads(_ quantity: HeadQuantity) -> Self {
        Self("attn/*/head/*/\(quantity.rawValue)", quantity.unit)
    }
    /// A quotient about parameters, by path; with `isLine` what theory says of it.
    public static func ratios(_ quantity: RatioQuantity, isLine: Bool = false) -> Self {
        Self("ratio/*/\(quantity.rawValue)\(isLine ? "_line" : "")", quantity.unit)
    }
    /// Log-alignment ratios of matrices, or of their updates, with their inputs, by path.
    public static func alignments(_ quantity: AlignmentQuantity) -> Self {
        Self("align/*/\(quantity.rawValue)", .ratio)
    }
    /// A number of the singular values of matrices, by path.
    public static func spectra(_ quantity: SpectrumQuantity) -> Self {
        Self("spectrum/*/\(quantity.rawValue)", .ratio)
    }
    /// A number about tensors in number formats, by path and format.
    public static func ranges(_ kind: RangeKind, _ quantity: RangeQuantity) -> Self {
        Self("range/\(kind.rawValue)/*/\(quantity.rawValue)_*", quantity.unit)
    }

    /// All of them.
    static let all: [Self] = {
        var all = [
            weights, spectralNorms, gradients, updates, maxAttentionLogits, residuals, blockGains,
            weightNorms, gradientNorms, updateNorms, residualMaxima, hotChannels,
        ]
        all += HeadQuantity.allCases.map { heads($0) }
        for quantity in RatioQuantity.allCases {
            all += [ratios(quantity), ratios(quantity, isLine: true)]
        }
        all += AlignmentQuantity.allCases.map { alignments($0) }
        all += SpectrumQuantity.allCases.map { spectra($0) }
        for kind in RangeKind.allCases { all += RangeQuantity.allCases.map { ranges(kind, $0) } }
        return all
    }()
}
