import Foundation
import Modules
import Programs
import Statistics
import Telemetry
import Tensors

extension ProbeSite {
    /// How well inputs of matrices line up with the matrices and with their updates, what blocks do to the
    /// size of the residual stream, and how far its largest element and channel stand out behind each.
    ///
    /// The log-alignment ratio of y = Wx with fan-in n is log_n(RMS(y) / (RMS(W) RMS(x))): 1/2 for
    /// independent signs, 1 when all terms agree (arXiv 2407.05872). The embedding and a tied head are
    /// left out. W is the matrix as it multiplies, with σReparam γ W / σ(W); the update is that of the
    /// parameter.
    func alignment() {
        let model = graph.scope.model
        for product in model.products {
            guard
                let index = graph.parameters.firstIndex(where: { $0.path == product.path })
            else { continue }
            let (path, x, update) = (product.path, product.operand, changes[index])
            let last = x.shape.rank - 1
            let moved = x.dot(update, DotAxes(contracted: ([last], [1])))
            let fanIn = Double(graph.parameters[index].fanIn)
            let values = [x, product.weight, product.result, update, moved]
            add(values.map { $0.rootMeanSquare() }) { tensors, _ in
                let size = tensors.map { Double($0.floats[0]) }
                func ratio(
                    _ quantity: AlignmentQuantity, _ matrix: Double, _ result: Double
                ) -> ProbeValue {
                    ProbeValue(
                        metric: MetricFamily.alignments(quantity)(path),
                        value: log(result / (matrix * size[0])) / log(fanIn))
                }
                // A matrix of zeros, as a head may start, lines up with nothing.
                return [ratio(.weight, size[1], size[2]), ratio(.update, size[3], size[4])]
                    .filter { $0.value.isFinite }
            }
        }
        let stream = model.activations.filter {
            $0.name == "embedded" || $0.name.hasSuffix(".residual")
        }
        for (layer, pair) in zip(stream, stream.dropFirst()).enumerated() {
            add([pair.0.value.rootMeanSquare(), pair.1.value.rootMeanSquare()]) { tensors, _ in
                let gain = Double(tensors[1].floats[0]) / Double(tensors[0].floats[0])
                return [ProbeValue(metric: .blockGain(layer), value: gain)]
            }
            outliers(of: pair.1.value, behind: layer)
        }
    }

    /// The largest magnitude of a residual stream (batch, time, channel), and the root mean square of its
    /// largest channel over that of the median one (arXiv 2402.17762).
    private func outliers(of stream: Value, behind layer: Int) {
        let x = stream.converted(to: .f32)
        let axes = Array(0..<x.shape.rank - 1)
        let rows = Double(x.shape.count / x.shape[x.shape.rank - 1])
        let channels = ((x * x).sum(over: axes) / rows).squareRoot()
        add([x.absolute().maximum(), channels]) { tensors, _ in
            var values = [
                ProbeValue(
                    metric: MetricFamily.residualMaxima(layer), value: Double(tensors[0].floats[0]))
            ]
            let sizes = tensors[1].floats.map(Double.init)
            if let largest = sizes.max(), let middle = Descriptive.median(of: sizes), middle > 0 {
                values.append(
                    ProbeValue(metric: MetricFamily.hotChannels(layer), value: largest / middle))
            }
            return values
        }
    }
}
