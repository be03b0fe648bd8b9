import Reports
public import Statistics
public import Sweeps
import Tensors

/// A number measured at each size and carried to the target, with its interval as far as held-out sizes
/// validate one.
public struct CarriedQuantity: Sendable, Hashable, Codable {
    /// The number at the target; nil where nothing validates it this far.
    @NullWhenNil public var value: Double?
    /// The lower end of its interval for one run.
    @NullWhenNil public var low: Double?
    /// The upper end.
    @NullWhenNil public var high: Double?
    /// How far it is carried: `unvalidated (extrapolation 6,700x; validated 2.25x)`.
    public var status: String
    /// The target over the largest size.
    public var extrapolation: Double
    /// The largest extrapolation that held-out sizes validate; nil where they validate none.
    @NullWhenNil public var validatedExtrapolation: Double?
    /// Where it goes with size: `rises`, `falls` or `no direction`; nil without a fit.
    @NullWhenNil public var direction: GrowthForecast.Direction?
    /// Why there is no number, or no interval, and what would settle it.
    @NullWhenNil public var reason: String?
    /// What was measured, by size.
    public var sizes: [Size]

    /// What was measured at a size.
    public struct Size: Sendable, Hashable, Codable {
        /// Parameters without the embedding and the head.
        public var parameters: Double
        /// A number from each seed that has one.
        public var values: [Double]
    }
}

/// What carries numbers from sizes to a target.
struct QuantityCarrier {
    let target: ForecastTarget
    /// The parameters of all sizes, ascending.
    let sizes: [Double]
    let confidence: Double
    let draws: Int
    let key: RandomKey

    /// Carries what was measured at each size to the target.
    ///
    /// - Parameters:
    ///   - name: The quantity's, for its randomness.
    ///   - measured: The sizes that have numbers, ascending; a forecast needs the largest among them.
    ///   - lack: Why there are too few, and what would settle it.
    /// - Returns: The number, and the law it follows from where that is validated.
    func carry(
        _ name: String, _ measured: [CarriedQuantity.Size], lack: String
    ) -> (quantity: CarriedQuantity, law: GrowthForecast?) {
        let known = measured.filter { !$0.values.isEmpty }.map {
            GrowthForecast.Size(extent: $0.parameters, values: $0.values)
        }
        let extrapolation = target.parameters / (sizes.last ?? 1)
        let isWhole = known.count >= ForecastStudy.leastSizes && known.last?.extent == sizes.last
        let key = key.split(name)
        let law =
            isWhole
            ? GrowthForecast(
                known, at: target.parameters, confidence: confidence, draws: draws,
                key: key.split("target")) : nil
        let validated =
            law == nil
            ? nil
            : HeldOutForecast.validatedFactor(
                HeldOutForecast.all(
                    known, confidence: confidence, draws: draws, key: key.split("held-out")))
        let isValidated =
            law != nil && HeldOutForecast.validates(extrapolation, upTo: validated)
        var result = CarriedQuantity(
            value: nil, low: nil, high: nil,
            status: PrescriptionWords.extrapolation(
                extrapolation, validated: validated, isValidated: isValidated),
            extrapolation: extrapolation, validatedExtrapolation: validated, direction: nil,
            reason: nil, sizes: measured)
        guard let law else {
            result.reason = lack
            return (result, nil)
        }
        result.direction = law.direction
        guard isValidated else {
            result.reason =
                validated.map {
                    "a size of \(PrescriptionWords.size(target.parameters / $0)) parameters would "
                        + "validate it"
                } ?? "the fit missed the held-out largest size; add seeds, and sizes below it"
            return (result, nil)
        }
        result.value = law.value
        result.low = law.interval.lowerBound
        result.high = law.interval.upperBound
        return (result, law)
    }
}
