import Foundation
import Modules
import RunTables
public import Statistics
public import Sweeps
import Tensors
import Training

extension ForecastResult {
    /// What a person carries to the target: the learning rates, the loss there, and what missing them costs.
    public struct AtTarget: Sendable, Hashable, Codable {
        /// The intervention; empty when none is swept.
        public var intervention: String
        /// The best learning rate.
        public var bestLearningRate: CarriedQuantity
        /// What the best learning rate follows from.
        public var basis: TargetLearningRate.Basis
        /// The final loss there, in nats.
        public var loss: CarriedQuantity
        /// What half the best learning rate costs, in nats.
        public var costOfHalf: CarriedQuantity
        /// What twice the best learning rate costs, in nats.
        public var costOfTwice: CarriedQuantity
        /// The largest stable learning rate.
        public var largestStableLearningRate: CarriedQuantity
        /// The boundary of stability of each size, and what ends it.
        public var stability: [StableSize]
        /// The probability that a run is stable, at each learning rate that is asked about.
        public var probabilities: [StableProbability]
    }

    /// How likely a run at the target is stable.
    public struct StableProbability: Sendable, Hashable, Codable {
        /// The learning rate.
        public var learningRate: Double
        /// The probability; nil where the largest stable learning rate is not validated this far.
        @NullWhenNil public var probability: Double?
    }
}

extension ForecastStudy {
    /// What is carried to the target, for each intervention in the order of the lines.
    ///
    /// - Parameters:
    ///   - target: The size.
    ///   - criteria: What a stable run is.
    ///   - learningRate: One to ask about beside the best.
    ///   - confidence: The share of intervals that are to hold.
    ///   - draws: Draws of each bootstrap.
    /// - Returns: One for each intervention.
    func atTarget(
        _ target: ForecastTarget, _ criteria: StabilityBoundary.Criteria,
        learningRate: Double?, _ confidence: Double, _ draws: Int
    ) -> [ForecastResult.AtTarget] {
        interventions.map { name, own in
            let carrier = QuantityCarrier(
                target: target, sizes: Set(own.flatMap { $0.sizes.map(\.parameters) }).sorted(),
                confidence: confidence, draws: draws,
                key: RandomKey(seed: 0).split("at-target").split(name))
            return atTarget(name, own, carrier, criteria, learningRate)
        }
    }

    private func atTarget(
        _ name: String, _ lines: [Line], _ carrier: QuantityCarrier,
        _ criteria: StabilityBoundary.Criteria, _ asked: Double?
    ) -> ForecastResult.AtTarget {
        let curves = carrier.sizes.map { SizeCurve($0, lines) }
        let optimum = OptimumForecast(
            curves.map { .init(extent: $0.parameters, curve: $0.curve) },
            at: carrier.target.parameters, confidence: carrier.confidence, draws: carrier.draws,
            key: OptimumForecast.key(name))
        let largest = lines.flatMap { $0.sizes.last?.runs ?? [] }
            .max { ($0.parameters ?? 0) < ($1.parameters ?? 0) }?.configuration
        let rule = largest.map(WidthRule.init) ?? .none
        let factor = largest.flatMap { largest in
            (try? carrier.target.shape(like: largest)).flatMap {
                rule.factor(from: largest.model.width, to: $0.width)
            }
        }
        let rate = TargetLearningRate(optimum, factor: factor)
        let found = zip(curves, optimum.places).map { curve, place in
            (curve, place.optimum?.log2)
        }
        /// What every seed of a size measures, carried to the target.
        func carried(
            _ what: String, _ words: String, _ value: (SizeCurve, Int, Double) -> Double?
        ) -> CarriedQuantity {
            let sizes = found.map { curve, place in
                let values = place.map { place in
                    (0..<curve.curve.seeds).compactMap { value(curve, $0, place) }
                }
                // All seeds or none: those that are left are the ones that do not diverge.
                let isWhole = values?.count == curve.curve.seeds
                return CarriedQuantity.Size(
                    parameters: curve.parameters, values: isWhole ? values ?? [] : [])
            }
            let known = sizes.count { !$0.values.isEmpty }
            return carrier.carry(
                what, sizes,
                lack:
                    "cannot say: \(known) of \(sizes.count) sizes have \(words), and a forecast needs "
                    + "\(Self.leastSizes), the largest among them, and numbers above 0"
            ).quantity
        }
        func cost(_ octaves: Double) -> (SizeCurve, Int, Double) -> Double? {
            { curve, seed, place in
                guard let here = curve.loss(of: seed, at: place),
                    let there = curve.loss(of: seed, at: place + octaves)
                else { return nil }
                return there - here
            }
        }
        let stability = carrier.sizes.map { Self.stability($0, lines, criteria) }
        let stable = carrier.carry(
            "stable",
            stability.map {
                .init(parameters: $0.parameters, values: $0.open == 0 ? $0.values : [])
            }, lack: Self.stabilityLack(stability))
        let asked = asked ?? rate.value
        return ForecastResult.AtTarget(
            intervention: name, bestLearningRate: best(rate, optimum, rule, carrier),
            basis: rate.basis,
            loss: carried("loss", "a loss at their best learning rate") { curve, seed, place in
                curve.loss(of: seed, at: place)
            },
            costOfHalf: carried(
                "half", "runs about half their best learning rate", cost(-1)),
            costOfTwice: carried(
                "twice", "runs that do not diverge about twice their best learning rate", cost(1)),
            largestStableLearningRate: stable.quantity, stability: stability,
            probabilities: asked.map { rate in
                [
                    .init(
                        learningRate: rate,
                        probability: stable.law?.probability(above: rate))
                ]
            } ?? [])
    }

    private func best(
        _ rate: TargetLearningRate, _ optimum: OptimumForecast, _ rule: WidthRule,
        _ carrier: QuantityCarrier
    ) -> CarriedQuantity {
        CarriedQuantity(
            value: rate.value, low: rate.interval?.lowerBound, high: rate.interval?.upperBound,
            status: rate.status,
            extrapolation: rate.extrapolation ?? carrier.target.parameters
                / (carrier.sizes.last ?? 1),
            validatedExtrapolation: rate.validated, direction: optimum.direction,
            reason: rate.reason(rule, optimum, more: "add seeds, and sizes below it"),
            sizes: optimum.places.map { place in
                .init(
                    parameters: place.extent,
                    values: place.optimum.map { own in
                        let seeds = own.deviations.isEmpty ? [0] : own.deviations
                        return seeds.map { exp2(own.log2 + $0) }
                    } ?? [])
            })
    }
}
