import Modules
import Programs
import Telemetry
import Tensors

extension ProbeSite {
    /// For each head the largest logit, split into the sizes of its query and key and their cosine, and
    /// the mean entropy of its weights; and the largest output logit.
    ///
    /// Logits are those before a soft cap, the entropy is that of the weights that mix the values. The
    /// entropy of a query is −Σ p log p in nats (arXiv 2303.06296). All scores are made at once.
    func attention() {
        for (layer, attention) in graph.scope.model.attentions.enumerated() {
            let q = attention.queries.converted(to: .f32)
            let k = attention.keys.converted(to: .f32)
            let all =
                q.dot(k, DotAxes(batch: ([0, 2], [0, 2]), contracted: ([3], [3]))) * attention.scale
            let shape = all.shape
            let (from, to) = (
                builder.iota(shape, axis: 2, .i32), builder.iota(shape, axis: 3, .i32)
            )
            var isSeen = from.compared(.greaterOrEqual, to)
            if let window = attention.window {
                isSeen = isSeen.and(
                    (from - to).compared(.less, from.filled(with: Double(window))))
            }
            let nothing = all.filled(with: -.infinity)
            let scores = isSeen.select(all, nothing)

            let largest = scores.maximum(over: [0, 2, 3])
            let isLargest = scores.compared(.equal, largest.broadcast(to: shape, axes: [1]))
                .select(all.filled(with: 1), all.filled(with: 0))
            let ties = isLargest.sum(over: [0, 2, 3])
            func size(_ x: Value, along axis: Int) -> Value {
                let norms = (x * x).sum(over: [3]).squareRoot().transposed([0, 2, 1])
                let repeated = norms.broadcast(to: shape, axes: [0, 1, axis])
                return (isLargest * repeated).sum(over: [0, 2, 3]) / ties
            }
            let (query, key) = (size(q, along: 2), size(k, along: 3))

            let cap = attention.cap
            let capped = cap > 0 ? isSeen.select((all / cap).tanh() * cap, nothing) : scores
            let peak = capped.maximum(over: [3]).repeated(along: [3], of: shape)
            let weights = (capped - peak).exponential()
            let p = weights / weights.sum(over: [3]).repeated(along: [3], of: shape)
            // −p log p tends to zero with p.
            let isPositive = p.compared(.greater, p.filled(with: 0))
            let terms = isPositive.select(
                p * isPositive.select(p, p.filled(with: 1)).logarithm(), p.filled(with: 0))
            let rows = Double(shape[0] * shape[2])
            let entropy = -(terms.sum(over: [0, 2, 3]) / rows)
            let scale = attention.scale
            add([largest, query, key, entropy]) { tensors, _ in
                let columns = tensors.map(\.floats)
                return columns[0].indices.flatMap { head -> [ProbeValue] in
                    let numbers = columns.map { Double($0[head]) }
                    let cosine = numbers[0] / (scale * numbers[1] * numbers[2])
                    func value(_ quantity: HeadQuantity, _ value: Double) -> ProbeValue {
                        ProbeValue(metric: MetricFamily.heads(quantity)(layer, head), value: value)
                    }
                    return [
                        value(.logit, numbers[0]), value(.queryNorm, numbers[1]),
                        value(.keyNorm, numbers[2]), value(.cosine, cosine),
                        value(.entropy, numbers[3]),
                    ].filter { $0.value.isFinite }  // Vectors of nothing have no cosine.
                }
            }
        }
        guard let logits = graph.scope.model.activations.last(where: { $0.name == "logits" })
        else { return }
        add([logits.value.maximum()]) { tensors, _ in
            [ProbeValue(metric: .logitMaximum, value: Double(tensors[0].floats[0]))]
        }
    }
}
