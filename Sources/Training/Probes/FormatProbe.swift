import Modules
import Programs
import Statistics
import Telemetry
import Tensors

extension ProbeSite {
    /// What number formats would do to weights, gradients before clipping, updates and activations, and
    /// the share of updates that weights in the format would lose.
    func formats(_ formats: [NumberFormat]) {
        for (index, parameter) in graph.parameters.enumerated() {
            let path = parameter.path
            let weight = graph.values[index]
            // A copy: an input is no output.
            add([weight + 0, graph.gradients[index], changes[index]]) { tensors, _ in
                let numbers = tensors.map(\.floats)
                return formats.flatMap { format -> [ProbeValue] in
                    let lost = FormatRange.lost(numbers[2], to: numbers[0], in: format)
                    return zip([.weight, .gradient, .update], numbers).flatMap {
                        Self.range($0, path, $1, format)
                    } + [Self.value(.update, path, .lost, format, lost)]
                }
            }
        }
        for activation in graph.scope.model.activations {
            let name = activation.name
            add([activation.value.converted(to: .f32) + 0]) { tensors, _ in
                let numbers = tensors[0].floats
                return formats.flatMap { Self.range(.activation, name, numbers, $0) }
            }
        }
    }

    private static func range(
        _ kind: RangeKind, _ path: String, _ numbers: [Float], _ format: NumberFormat
    ) -> [ProbeValue] {
        let range = FormatRange(numbers, in: format)
        func value(_ quantity: RangeQuantity, _ value: Double) -> ProbeValue {
            Self.value(kind, path, quantity, format, value)
        }
        // Zeros have no signal and endless headroom: nothing to draw.
        return [
            value(.overflow, range.overflow), value(.underflow, range.underflow),
            value(.subnormal, range.subnormal), value(.signalToNoise, range.signalToNoise),
            value(.headroom, range.headroom),
        ].filter { $0.value.isFinite }
    }

    private static func value(
        _ kind: RangeKind, _ path: String, _ quantity: RangeQuantity, _ format: NumberFormat,
        _ value: Double
    ) -> ProbeValue {
        ProbeValue(
            metric: MetricFamily.ranges(kind, quantity)(path, format.rawValue), value: value)
    }
}
