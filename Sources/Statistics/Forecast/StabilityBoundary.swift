import Foundation

/// The largest learning rate of a grid at which runs are stable.
///
/// Stable is a run that stays finite to its end, whose largest attention logit stays below a bound, and whose
/// final loss is at most so much above the lowest of the grid. From the lowest loss the grid is followed
/// upwards to the first learning rate that is not stable: the boundary lies between it and the one before, where
/// the loss or the logit crosses its bound on straight lines over the logarithm of the learning rate, or half
/// way, in logarithms, where runs diverge.
public struct StabilityBoundary: Sendable, Hashable {
    /// What a stable run is, beside finite to its end and below its start.
    public struct Criteria: Sendable, Hashable, Codable {
        /// The largest attention logit of a stable run lies below this (arXiv 2309.14322, section 3.1.1).
        public var largestAttentionLogit = 1e4
        /// Its final loss lies at most this above the lowest, in nats.
        public var lossAboveBest = 0.2

        public init(largestAttentionLogit: Double = 1e4, lossAboveBest: Double = 0.2) {
            self.largestAttentionLogit = largestAttentionLogit
            self.lossAboveBest = lossAboveBest
        }
    }

    /// A run.
    public struct Point: Sendable, Hashable {
        /// The peak learning rate.
        public var learningRate: Double
        /// The final loss in nats; nil where the run diverged or ended above its start.
        public var loss: Double?
        /// The largest attention logit of all steps; nil where none was recorded.
        public var logit: Double?

        public init(learningRate: Double, loss: Double?, logit: Double?) {
            self.learningRate = learningRate
            self.loss = loss
            self.logit = logit
        }
    }

    /// What ends stability.
    public enum Limit: String, Sendable, Hashable, Codable, CaseIterable {
        /// The run diverges, or ends above its start.
        case divergence
        /// An attention logit passes its bound.
        case attentionLogit = "attention_logit"
        /// The loss rises too far above the lowest.
        case loss
    }

    /// The boundary; nil where all learning rates above the best are stable, or none is at all.
    public let learningRate: Double?
    /// What ends stability there; nil without a boundary.
    public let limit: Limit?
    /// The highest learning rate that is stable, and all from the best to it; nil where none is.
    public let highestStable: Double?

    /// Follows a grid.
    ///
    /// - Parameters:
    ///   - points: One run at each learning rate, in any order.
    ///   - criteria: What a stable run is.
    public init(_ points: [Point], _ criteria: Criteria = Criteria()) {
        let points = points.sorted { $0.learningRate < $1.learningRate }
        let known = points.indices.filter { points[$0].loss?.isFinite ?? false }
        guard
            let best = known.min(by: {
                (points[$0].loss ?? .infinity) < (points[$1].loss ?? .infinity)
            }), let lowest = points[best].loss
        else {
            (learningRate, limit, highestStable) = (nil, nil, nil)
            return
        }
        /// The share of the way, in logarithms, at which a value passes its bound.
        func part(_ a: Double, _ b: Double, _ bound: Double) -> Double {
            b > a ? min(max((bound - a) / (b - a), 0), 1) : 0.5
        }
        var last: Int?
        for place in best..<points.count {
            let point = points[place]
            var parts: [(part: Double, limit: Limit)] = []
            let before = place > best ? points[place - 1] : nil
            if let loss = point.loss, loss.isFinite {
                if loss > lowest + criteria.lossAboveBest {
                    let start = before?.loss ?? lowest
                    parts.append((part(start, loss, lowest + criteria.lossAboveBest), .loss))
                }
            } else {
                parts.append((0.5, .divergence))
            }
            if let logit = point.logit, !(logit < criteria.largestAttentionLogit) {
                let start = before?.logit ?? logit
                parts.append(
                    (
                        logit.isFinite && start > 0
                            ? part(log(start), log(logit), log(criteria.largestAttentionLogit))
                            : 0.5, .attentionLogit
                    ))
            }
            guard let first = parts.min(by: { $0.part < $1.part }) else {
                last = place
                continue
            }
            highestStable = last.map { points[$0].learningRate }
            guard let before else {
                // Even the best is not stable.
                (learningRate, limit) = (nil, first.limit)
                return
            }
            learningRate = exp(
                (1 - first.part) * log(before.learningRate)
                    + first.part * log(point.learningRate))
            limit = first.limit
            return
        }
        (learningRate, limit) = (nil, nil)
        highestStable = last.map { points[$0].learningRate }
    }
}
