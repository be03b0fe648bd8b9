import Documents
import Foundation
public import RunTables
import Statistics
import Telemetry
public import Training

/// What the runs of a size series recorded, as rules for causes read it.
///
/// Rules compare sizes at one learning rate: the one of the grid that is nearest to the optimum of the
/// smallest size which has one, since that is what a person would carry to the larger sizes.
public struct TransferEvidence: Sendable {
    /// What grows.
    public let axis: TransferAxis
    /// The sizes, ascending.
    public let extents: [Int]
    /// The learning rate at which sizes are compared.
    public let learningRate: Double
    /// The curves, by size.
    public let curves: [TransferResult.Curve]
    /// The runs of the size series.
    public let rows: [RunRow]
    /// A coordinate check of the recipe, if one was made.
    public let coordinateCheck: ActivationSlopes?

    /// Creates evidence.
    ///
    /// - Parameters:
    ///   - axis: What grows.
    ///   - curves: The curves, by size.
    ///   - rows: The runs of the size series.
    ///   - coordinateCheck: A coordinate check of the recipe, if one was made.
    public init(
        axis: TransferAxis, curves: [TransferResult.Curve], rows: [RunRow],
        coordinateCheck: ActivationSlopes? = nil
    ) {
        self.axis = axis
        self.curves = curves
        self.rows = rows
        self.coordinateCheck = coordinateCheck
        extents = curves.map(\.extent)
        let optimum = curves.compactMap(\.optimum).first?.learningRate
        let lowest = curves.first?.points.filter { $0.mean != nil }.min {
            ($0.mean ?? .infinity) < ($1.mean ?? .infinity)
        }?.learningRate
        let target = optimum ?? lowest ?? 0
        let rates = curves.first?.points.map(\.learningRate) ?? []
        learningRate =
            rates.min { log($0 / target).magnitude < log($1 / target).magnitude } ?? target
    }

    /// The runs of a size at the learning rate of comparison, one for each seed.
    public func rows(at extent: Int) -> [RunRow] {
        rows.filter { axis.extent(of: $0) == extent && $0.learningRate == learningRate }
    }

    /// A configuration of a size at the learning rate of comparison.
    public func configuration(at extent: Int) -> RunConfiguration? {
        rows(at: extent).first?.configuration
    }

    /// A quantity by size, each the mean over the seeds that have it.
    ///
    /// - Parameter quantity: What a run has of it; nil when it has not.
    /// - Returns: The sizes that have it, ascending, and the means.
    public func measure(_ quantity: (RunRow) -> Double?) -> [(extent: Int, value: Double)] {
        extents.compactMap { extent in
            let values = rows(at: extent).compactMap(quantity).filter(\.isFinite)
            return Descriptive.mean(of: values).map { (extent, $0) }
        }
    }

    /// The exponent by which a measured quantity grows with size; nil with fewer than two sizes.
    public func slope(_ values: [(extent: Int, value: Double)]) -> Double? {
        LogLogSlope.of(values.map { Double($0.extent) }, values.map(\.value))
    }

    /// A measured quantity from the smallest to the largest size, as a clause.
    func range(_ values: [(extent: Int, value: Double)]) -> String {
        guard let first = values.first, let last = values.last else { return "not measured" }
        return "\(Self.text(first.value)) at \(axis.rawValue) \(first.extent) to "
            + "\(Self.text(last.value)) at \(last.extent)"
    }

    static func text(_ value: Double) -> String { NumberText.short(value) }
}

extension RunRow {
    /// The values of a series, in the order of steps.
    func series(_ metric: Metric) -> Series { series[metric] ?? [] }

    /// The series of a family, in the order of their tags.
    func metrics(_ family: MetricFamily) -> [Metric] { series[family].map(\.metric) }

    /// The mean of the last values of a series that are finite, a tenth of them and at least one.
    func late(_ metric: Metric) -> Double? {
        let values = series(metric).map(\.value).filter(\.isFinite)
        return Descriptive.mean(of: values.suffix(max(values.count / 10, 1)))
    }
}
