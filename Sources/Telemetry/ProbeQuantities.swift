/// What probes record of a head of attention.
public enum HeadQuantity: String, Sendable, Hashable, CaseIterable {
    /// The largest logit.
    case logit
    /// The size of the query that it is of.
    case queryNorm = "query_norm"
    /// The size of the key that it is of.
    case keyNorm = "key_norm"
    /// The cosine of that query and key, whose product with both sizes and the scale is the logit.
    case cosine
    /// The entropy of the weights, the mean over queries.
    case entropy

    var unit: Unit {
        switch self {
        case .logit: .logit
        case .queryNorm, .keyNorm: .norm
        case .cosine: .ratio
        case .entropy: .nats
        }
    }
}

/// What probes record of a parameter's step beside the weight and beside epsilon.
public enum RatioQuantity: String, Sendable, Hashable, CaseIterable {
    /// The root mean square of the gradient after clipping over Adam's epsilon.
    case gradientOverEpsilon = "gradient_over_epsilon"
    /// The norm of the gradient before clipping over that of the weight.
    case gradientOverWeight = "gradient_over_weight"
    /// The root mean square of the step over the learning rate.
    case updateRMS = "update_rms"
    /// The norm of the step over that of the weight.
    case updateOverWeight = "update_over_weight"
    /// The angle between the weight before and after the step.
    case angle
    /// The cosine of the weight and the step's opposite.
    case cosine
    /// The root mean square of the weight.
    case weightRMS = "weight_rms"

    var unit: Unit {
        switch self {
        case .angle: .radians
        case .weightRMS: .rootMeanSquare
        default: .ratio
        }
    }
}

/// What a log-alignment ratio is of.
public enum AlignmentQuantity: String, Sendable, Hashable, CaseIterable {
    /// The matrix.
    case weight
    /// Its update.
    case update
}

/// What probes record of a matrix's singular values.
public enum SpectrumQuantity: String, Sendable, Hashable, CaseIterable {
    /// The sum of their squares over the largest.
    case stableRank = "stable_rank"
    /// The entropy of their squares, from 0 to 1.
    case entropy
}

/// A tensor that is looked at in number formats.
public enum RangeKind: String, Sendable, Hashable, CaseIterable {
    /// A weight before the step.
    case weight
    /// A gradient before clipping.
    case gradient
    /// What the step adds.
    case update
    /// An activation.
    case activation
}

/// What a number format does to a tensor.
public enum RangeQuantity: String, Sendable, Hashable, CaseIterable {
    /// The share of elements beyond its largest number.
    case overflow
    /// The share of elements that become zero.
    case underflow
    /// The share of elements that become subnormal.
    case subnormal
    /// The signal over the noise of rounding.
    case signalToNoise = "snr"
    /// How far the largest element lies below its largest number.
    case headroom
    /// The share of an update that a weight in the format loses.
    case lost

    var unit: Unit {
        switch self {
        case .signalToNoise: .decibel
        case .headroom: .octaves
        default: .ratio
        }
    }
}
