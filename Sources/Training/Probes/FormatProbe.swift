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
                    return zip(["weight", "gradient", "update"], numbers).flatMap {
                        Self.range($0, path, $1, format)
                    } + [
                        ProbeValue(
                            metric: .range("update", path, "lost", format.rawValue), value: lost)
                    ]
                }
            }
        }
        for activation in graph.scope.model.activations {
            let name = activation.name
            add([activation.value.converted(to: .f32) + 0]) { tensors, _ in
                let numbers = tensors[0].floats
                return formats.flatMap { Self.range("activation", name, numbers, $0) }
            }
        }
    }

    private static func range(
        _ kind: String, _ path: String, _ numbers: [Float], _ format: NumberFormat
    ) -> [ProbeValue] {
        let range = FormatRange(numbers, in: format)
        func value(_ quantity: String, _ value: Double, _ unit: Unit) -> ProbeValue {
            ProbeValue(metric: .range(kind, path, quantity, format.rawValue, unit), value: value)
        }
        // Zeros have no signal and endless headroom: nothing to draw.
        return [
            value("overflow", range.overflow, .ratio), value("underflow", range.underflow, .ratio),
            value("subnormal", range.subnormal, .ratio),
            value("snr", range.signalToNoise, .decibel),
            value("headroom", range.headroom, .octaves),
        ].filter { $0.value.isFinite }
    }
}
