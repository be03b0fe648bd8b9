import Modules
public import OrderedCollections
import Reports
public import Tensors
public import Training
import TransferStudies

/// A run's end, as far as it is compared with others.
public struct EndPoint: Sendable {
    /// The place of its order among the orders.
    public var order: Int
    /// The place of its seed among the seeds.
    public var seed: Int
    /// The parameters, `parameter/PATH`.
    public var parameters: ParameterTree
    /// The loss of each validation batch, in nats.
    public var losses: [Double]
    /// What it predicts on some validation batches.
    public var predictions: Predictions

    public init(
        order: Int, seed: Int, parameters: ParameterTree, losses: [Double],
        predictions: Predictions
    ) {
        self.order = order
        self.seed = seed
        self.parameters = parameters
        self.losses = losses
        self.predictions = predictions
    }
}

/// Distances between final weights, averaged over pairs that differ in the same things.
public struct EndPointDistances: Sendable, Hashable, Codable {
    /// What the runs of a pair differ in.
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// The order of the data alone.
        case order
        /// The seed of the weights alone.
        case seed
        /// Both.
        case both
    }

    /// What the runs of each pair differ in.
    public var differ: Kind
    /// The number of pairs.
    public var pairs: Int
    /// For each group of tensors (`embedding`, `hidden`, `head`, `gain`) the distance over the root mean
    /// square of both norms, `‖A − B‖ / √((‖A‖² + ‖B‖²)/2)`: 0 for equal tensors, √2 for tensors at
    /// right angles.
    public var weights: [String: Double]
    /// Half the symmetric Kullback-Leibler divergence of the predictions, in nats per token.
    public var predictions: Double

    /// Averages the distances of all pairs.
    ///
    /// - Parameters:
    ///   - points: The ends of the runs of one recipe.
    ///   - groups: The group of each parameter, by `parameter/PATH`.
    /// - Returns: An entry for each kind of pair that there is.
    public static func all(
        _ points: [EndPoint], groups: OrderedDictionary<String, String>
    ) -> [EndPointDistances] {
        var sums: [Kind: (pairs: Int, weights: [String: Double], predictions: Double)] = [:]
        for (index, a) in points.enumerated() {
            for b in points[(index + 1)...] {
                let kind: Kind =
                    a.seed == b.seed ? .order : a.order == b.order ? .seed : .both
                var entry = sums[kind] ?? (0, [:], 0)
                entry.pairs += 1
                for (group, distance) in weightDistances(a.parameters, b.parameters, groups) {
                    entry.weights[group, default: 0] += distance
                }
                entry.predictions += a.predictions.divergence(from: b.predictions)
                sums[kind] = entry
            }
        }
        return Kind.allCases.compactMap { kind in
            sums[kind].map { entry in
                EndPointDistances(
                    differ: kind, pairs: entry.pairs,
                    weights: entry.weights.mapValues { $0 / Double(entry.pairs) },
                    predictions: entry.predictions / Double(entry.pairs))
            }
        }
    }

    private static func weightDistances(
        _ a: ParameterTree, _ b: ParameterTree, _ groups: OrderedDictionary<String, String>
    ) -> [String: Double] {
        var sums: [String: (difference: Double, size: Double)] = [:]
        for (name, group) in groups {
            guard let x = a[name]?.floats, let y = b[name]?.floats, x.count == y.count else {
                continue
            }
            var (difference, size) = (0.0, 0.0)
            for (u, v) in zip(x, y) {
                let (u, v) = (Double(u), Double(v))
                difference += (u - v) * (u - v)
                size += (u * u + v * v) / 2
            }
            let sum = sums[group] ?? (0, 0)
            sums[group] = (sum.difference + difference, sum.size + size)
        }
        return sums.mapValues { $0.size > 0 ? ($0.difference / $0.size).squareRoot() : 0 }
    }
}
