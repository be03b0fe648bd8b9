/// What findings can be made of.
public enum FindingCatalog {
    /// The kinds of check, by the words of study files.
    public static let checks: [any FindingCheck.Type] = [
        ValueCheck.self, DifferenceCheck.self, RatioCheck.self, SlopeCheck.self,
        CrossingCheck.self, AssociationCheck.self,
    ]

    /// What can be measured, by the words of study files.
    public static let measures: [any FindingMeasure.Type] = [
        LossMeasure.self, LowestLossMeasure.self, SensitivityMeasure.self, OptimumMeasure.self,
        RecordedMeasure.self, DecayMeasure.self,
    ]
}
