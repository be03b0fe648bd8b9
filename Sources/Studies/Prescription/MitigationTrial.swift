public import Statistics

/// What became of a mitigation.
public enum MitigationDecision: String, Sendable, Hashable, Codable, CaseIterable {
    /// It removes what threatened or lowers the sensitivity to the learning rate, and no cost in loss
    /// is seen.
    case kept
    /// It does neither.
    case noHelp = "no_help"
    /// It helps, and its lowest losses are higher by more than the design can miss.
    case costsLoss = "costs_loss"
    /// The runs do not say.
    case undecided
    /// The budget did not reach it.
    case notRun = "not_run"

    /// Decides.
    ///
    /// - Parameters:
    ///   - removes: Whether what threatened is gone; nil where the runs do not say.
    ///   - sensitivity: The difference in S from the runs without it, over paired seeds; nil where S does
    ///     not compare.
    ///   - loss: The difference of the lowest losses; nil where they cannot be compared.
    ///   - detectable: The smallest difference in loss that the design sees.
    public init(
        removes: Bool?, sensitivity: PairedDifference?, loss: PairedDifference?,
        detectable: Double?
    ) {
        let lowers = sensitivity.map { $0.interval.upperBound < 0 } ?? false
        guard removes == true || lowers else {
            self = removes == nil ? .undecided : .noHelp
            return
        }
        guard let loss, let detectable else {
            self = .undecided
            return
        }
        self = loss.mean > detectable ? .costsLoss : .kept
    }
}

/// A mitigation beside the recipe that it was tried on.
struct MitigationTrial: Sendable {
    /// The mitigation.
    let mitigation: Mitigation
    /// The recipe with it.
    let variant: PrescriptionVariant
    /// What it was tried on.
    let base: PrescriptionVariant
    /// What it is against: one failure mode, at one learning rate or two.
    let risks: [Risk]
    /// What became of it.
    let decision: MitigationDecision
    /// Whether the failure mode is gone; nil where the runs do not say.
    let removes: Bool?
    /// The difference in S over the learning rates that both ran.
    let sensitivity: PairedDifference?
    /// The difference of the lowest losses over these.
    let loss: PairedDifference?
    /// The smallest difference in loss that the design sees.
    let detectable: Double?
    /// The learning rates that both ran.
    let rates: [Double]

    /// A mitigation that was not run to its end.
    init(
        notRun mitigation: Mitigation, _ variant: PrescriptionVariant, on base: PrescriptionVariant,
        against risks: [Risk]
    ) {
        self.mitigation = mitigation
        self.variant = variant
        self.base = base
        self.risks = risks
        decision = .notRun
        removes = nil
        sensitivity = nil
        loss = nil
        detectable = nil
        rates = variant.rates
    }

    /// Compares a mitigation with what it was tried on.
    init(
        _ mitigation: Mitigation, against risks: [Risk], on base: VariantFindings,
        with own: VariantFindings, seeds: [UInt64], confidence: Double
    ) {
        self.mitigation = mitigation
        variant = own.variant
        self.base = base.variant
        self.risks = risks
        let rates = own.variant.rates.filter(base.variant.rates.contains)
        self.rates = rates
        let answers = risks.map { own.isRid(of: $0) }
        removes = answers.contains(false) ? false : answers.contains(nil) ? nil : true
        func difference(
            _ values: (VariantFindings, Int) -> [Double]?
        ) -> (paired: PairedDifference, strata: Int)? {
            let strata = base.widths.compactMap { width -> [Double]? in
                guard let with = values(own, width), let without = values(base, width) else {
                    return nil
                }
                return zip(with, without).map { $0 - $1 }
            }
            return PairedDifference(strata, confidence: confidence).map { ($0, strata.count) }
        }
        let sensitivity =
            mitigation.changesLearningRate
            ? nil : difference { $0.sensitivities($1, rates, seeds) }
        let loss = difference { $0.bestLosses($1, rates, seeds) }
        self.sensitivity = sensitivity?.paired
        self.loss = loss?.paired
        detectable = loss.flatMap { loss in
            DetectableDifference(
                strata: loss.strata, seeds: seeds.count, spread: loss.paired.spread,
                significance: 1 - confidence)?.value
        }
        decision = MitigationDecision(
            removes: removes, sensitivity: sensitivity?.paired, loss: loss?.paired,
            detectable: detectable)
    }
}
