import Telemetry
import Testing

/// Tags are read by other programs and stand in folders of earlier versions: to rename one breaks both.
@Suite("tags")
struct TagTests {
    /// Every metric and family with its tag and its unit, as files have them.
    private static let pinned: [(metric: Metric, tag: String, unit: Unit)] = {
        typealias Family = MetricFamily
        return [
            (.trainLoss, "train/loss", .nats),
            (.validationLoss, "val/loss", .nats),
            (.learningRate, "optim/lr", .learningRate),
            (.gradientNorm, "optim/grad_norm", .norm),
            (.tokensPerSecond, "throughput/tokens_per_second", .tokensPerSecond),
            (.logZ, "out/logz", .logit),
            (.logitMean, "out/logit_mean", .logit),
            (.logitMaximum, "out/logit_max", .logit),
            (.weight("head"), "norm/weight/head/rms", .rootMeanSquare),
            (.spectralNorm("head"), "norm/weight/head/spectral", .norm),
            (.gradient("head"), "norm/gradient/head/rms", .rootMeanSquare),
            (.update("head"), "norm/update/head/rms", .rootMeanSquare),
            (.maxAttentionLogit(3), "attn/3/max_logit", .logit),
            (.residual(3), "act/3/rms", .rootMeanSquare),
            (.blockGain(3), "act/3/gain", .ratio),
            (Family.heads(.logit)(3, 1), "attn/3/head/1/logit", .logit),
            (Family.heads(.queryNorm)(3, 1), "attn/3/head/1/query_norm", .norm),
            (Family.heads(.keyNorm)(3, 1), "attn/3/head/1/key_norm", .norm),
            (Family.heads(.cosine)(3, 1), "attn/3/head/1/cosine", .ratio),
            (Family.heads(.entropy)(3, 1), "attn/3/head/1/entropy", .nats),
            (
                Family.ratios(.gradientOverEpsilon)("head"), "ratio/head/gradient_over_epsilon",
                .ratio
            ),
            (Family.ratios(.gradientOverWeight)("head"), "ratio/head/gradient_over_weight", .ratio),
            (Family.ratios(.updateRMS)("head"), "ratio/head/update_rms", .ratio),
            (Family.ratios(.updateOverWeight)("head"), "ratio/head/update_over_weight", .ratio),
            (
                Family.ratios(.updateOverWeight, isLine: true)("head"),
                "ratio/head/update_over_weight_line", .ratio
            ),
            (Family.ratios(.angle)("head"), "ratio/head/angle", .radians),
            (Family.ratios(.cosine)("head"), "ratio/head/cosine", .ratio),
            (Family.ratios(.weightRMS)("head"), "ratio/head/weight_rms", .rootMeanSquare),
            (Family.alignments(.weight)("head"), "align/head/weight", .ratio),
            (Family.alignments(.update)("head"), "align/head/update", .ratio),
            (Family.spectra(.stableRank)("head"), "spectrum/head/stable_rank", .ratio),
            (Family.spectra(.entropy)("head"), "spectrum/head/entropy", .ratio),
        ]
            + [
                (RangeKind.weight, "weight"), (.gradient, "gradient"), (.update, "update"),
                (.activation, "activation"),
            ].flatMap { kind, word in
                [
                    (
                        Family.ranges(kind, .overflow)("head", "bf16"),
                        "range/\(word)/head/overflow_bf16", Unit.ratio
                    ),
                    (
                        Family.ranges(kind, .underflow)("head", "bf16"),
                        "range/\(word)/head/underflow_bf16", .ratio
                    ),
                    (
                        Family.ranges(kind, .subnormal)("head", "bf16"),
                        "range/\(word)/head/subnormal_bf16", .ratio
                    ),
                    (
                        Family.ranges(kind, .signalToNoise)("head", "bf16"),
                        "range/\(word)/head/snr_bf16", .decibel
                    ),
                    (
                        Family.ranges(kind, .headroom)("head", "bf16"),
                        "range/\(word)/head/headroom_bf16", .octaves
                    ),
                    (
                        Family.ranges(kind, .lost)("head", "bf16"),
                        "range/\(word)/head/lost_bf16", .ratio
                    ),
                ]
            }
    }()

    @Test("each metric has the tag and the unit that files have")
    func tags() {
        for (metric, tag, unit) in Self.pinned {
            #expect(metric.tag == tag)
            #expect(metric.unit == unit, "\(tag)")
            // A tag that was read is the same metric.
            #expect(Metric(tag: tag) == metric)
        }
        #expect(Set(Self.pinned.map(\.tag)).count == Self.pinned.count)
    }

    @Test("no quantity of a family is missing from the list")
    func complete() {
        let count = { (prefix: String, suffix: String) in
            Self.pinned.count { $0.tag.hasPrefix(prefix) && !$0.tag.hasSuffix(suffix) }
        }
        #expect(count("attn/3/head/", "/") == HeadQuantity.allCases.count)
        #expect(count("ratio/", "_line") == RatioQuantity.allCases.count)
        #expect(count("align/", "/") == AlignmentQuantity.allCases.count)
        #expect(count("spectrum/", "/") == SpectrumQuantity.allCases.count)
        #expect(count("range/", "/") == RangeKind.allCases.count * RangeQuantity.allCases.count)
    }

    @Test("a tag that is renamed, or of another tool, is not taken for ours")
    func renamed() {
        for tag in ["train_loss", "attn/3/max-logit", "norm/weight/head/l2", "act/3/rms/late"] {
            #expect(Metric(tag: tag).unit == .unknown, "\(tag)")
        }
        #expect(Metric("optim/lr", .ratio) != .learningRate)
    }
}
