/// What the groups of probes record.
extension Metric {
    /// The largest output logit.
    public static let logitMaximum = Metric("out/logit_max", .logit)

    /// A number of a head of attention.
    ///
    /// - Parameters:
    ///   - layer: The block.
    ///   - head: The head.
    ///   - quantity: `logit`, the largest; `query_norm`, `key_norm` and `cosine` of the pair that it is of,
    ///     whose product with the scale it is; `entropy` in nats, the mean over queries.
    ///   - unit: What it is measured in.
    /// - Returns: The metric.
    public static func head(
        _ layer: Int, _ head: Int, _ quantity: String, _ unit: Unit
    ) -> Metric {
        Metric("attn/\(layer)/head/\(head)/\(quantity)", unit)
    }

    /// A quotient about a parameter, as `angle` or `angle_line`.
    public static func ratio(_ path: String, _ quantity: String, _ unit: Unit = .ratio) -> Metric {
        Metric("ratio/\(path)/\(quantity)", unit)
    }

    /// The log-alignment ratio of a matrix, or of its update, with its inputs.
    public static func alignment(_ path: String, _ quantity: String) -> Metric {
        Metric("align/\(path)/\(quantity)", .ratio)
    }

    /// The root mean square behind a block over that before it.
    public static func blockGain(_ layer: Int) -> Metric { Metric("act/\(layer)/gain", .ratio) }

    /// A number of the singular values of a matrix.
    public static func spectrum(_ path: String, _ quantity: String) -> Metric {
        Metric("spectrum/\(path)/\(quantity)", .ratio)
    }

    /// A number about a tensor in a number format.
    ///
    /// - Parameters:
    ///   - kind: `weight`, `gradient`, `update` or `activation`.
    ///   - path: The tensor.
    ///   - quantity: `overflow`, `underflow`, `subnormal`, `snr`, `headroom` or `lost`.
    ///   - format: The format's name.
    ///   - unit: What it is measured in.
    /// - Returns: The metric.
    public static func range(
        _ kind: String, _ path: String, _ quantity: String, _ format: String, _ unit: Unit = .ratio
    ) -> Metric {
        Metric("range/\(kind)/\(path)/\(quantity)_\(format)", unit)
    }
}
