import Documents
import Foundation
import Statistics

extension TransferResult {
    /// A factor: `1.32x`.
    package static func factor(_ value: Double) -> String {
        value < 1e4
            ? String(format: value < 9.995 ? "%.2fx" : "%.1fx", value)
            : NumberText.rate(value) + "x"
    }

    /// A learning rate to three digits: `2.57e-3`.
    package static func rate(_ value: Double) -> String {
        NumberText.rate(Double(String(format: "%.3g", value)) ?? value)
    }

    /// The verdict of a size series in a sentence.
    package func sentence(_ series: SizeSeries) -> String {
        guard let drift = series.drift else {
            return "\(series.name): \(series.verdict.rawValue), \(series.reason ?? "no optimum")."
        }
        let percent = NumberText.setting((confidence * 1000).rounded() / 10)
        let doublings = NumberText.setting((drift.doublings * 10).rounded() / 10)
        return "\(series.name): \(series.verdict.rawValue); the optimum moves by "
            + "\(Self.factor(drift.total)) over \(doublings) doublings "
            + "(\(percent)% interval \(Self.factor(drift.totalLow)) to "
            + "\(Self.factor(drift.totalHigh)); the bound is \(Self.factor(1 / bound)) to "
            + "\(Self.factor(bound)))."
    }
}
