import Foundation
public import Import
import OrderedCollections

/// What the doctor knows of a run.
public struct DoctorCase: Sendable {
    /// The run's log.
    public var run: LoggedRun
    /// Adam's epsilon; nil where neither the log nor the caller says it.
    public var epsilon: Double?
    /// The runs that were given with it, itself among them; nil of a run alone.
    public var sweep: DoctorSweep?

    /// The norm to which gradients are clipped; nil where the log does not say it, 0 for no clipping.
    public var clip: Double? {
        first(of: [
            "optimizer.clip", "max_grad_norm", "grad_clip", "clip_grad", "clip_grad_norm",
            "gradient_clip_val", "optimizer.max_grad_norm", "training.max_norm", "max_norm",
        ])
    }
    /// The tokens of the vocabulary; nil where the log does not say it.
    public var vocabulary: Double? {
        first(of: [
            "model.vocabulary", "vocab_size", "model.vocab_size", "n_vocab", "vocabulary_size",
            "padded_vocab_size",
        ])
    }
    /// How many steps there are to be; nil where the log does not say it.
    public var totalSteps: Double? {
        run.settings.first { SettingNames.keyPath(of: $0.key) == "steps" }?.value
    }

    /// Whether the run is over: its last step was reached, or what it came to is written beside its log.
    public var isOver: Bool {
        if let totalSteps, Double(run.lastStep ?? 0) >= totalSteps { return true }
        guard let source = run.sources.first else { return false }
        let folder = (source as NSString).deletingLastPathComponent
        return FileManager.default.fileExists(
            atPath: (folder.isEmpty ? "." : folder) + "/result.json")
    }

    private func first(of names: [String]) -> Double? {
        names.lazy.compactMap { run.settings[$0] }.first
    }

    /// A case.
    ///
    /// - Parameters:
    ///   - run: The run's log.
    ///   - epsilon: Adam's epsilon, where the log does not say it.
    ///   - sweep: The runs that were given with it, itself among them.
    public init(_ run: LoggedRun, epsilon: Double? = nil, sweep: DoctorSweep? = nil) {
        self.run = run
        self.sweep = sweep
        let names = [
            "optimizer.epsilon", "epsilon", "adam_epsilon", "adam_eps", "eps", "optimizer.eps",
        ]
        self.epsilon = epsilon ?? names.lazy.compactMap { run.settings[$0] }.first
    }
}

/// A cause that the doctor can name: a file in `Pathologies/`, and a line of ``all``.
public struct Pathology: Sendable {
    /// Its name, in snake case.
    public let name: String
    /// What it is and what helps, in a few sentences for whoever meets the name.
    public let meaning: String
    /// Looks for it.
    public let examine: @Sendable (DoctorCase) -> PathologyOutcome

    /// A pathology.
    public init(
        name: String, meaning: String,
        examine: @escaping @Sendable (DoctorCase) -> PathologyOutcome
    ) {
        self.name = name
        self.meaning = meaning
        self.examine = examine
    }

    /// All that are known, in the order of the report.
    public static let all: [Pathology] = [
        .attentionLogitGrowth, .outputLogitDrift, .gradientNearEpsilon, .lossSpikes, .badBatch,
        .neverLearned, .diverged, .nonFinite, .overflowAhead, .resumeDiscontinuity, .dataOrderLost,
        .repeatedData, .warmupTooShort, .cooldownMissing, .rateOffOptimum, .curveDeparture,
        .lateGradientRise, .gradientClipping, .gradientNormOwner, .weightNormGrowth,
        .shortForEquilibrium, .updateGrowth, .updatesIgnoreRate, .unchangedParameters,
        .layerImbalance, .deadLayers, .massiveActivations,
    ]
}
