public import DecayStudies
import Foundation
import RunTables
import Runs
import Statistics
import Sweeps
import Training

extension DecayStudy {
    /// The runs as checks of findings see them.
    ///
    /// - Parameter records: What was measured, by the names of ``runs``; nil where there is nothing yet.
    /// - Returns: One for each of ``runs``, told apart by `variant`.
    public func findingRuns(_ records: [String: DecayRecord]) -> [FindingRun] {
        runs.map { run in
            let record = records[run.name]
            return FindingRun(
                settings: ["variant": .text(variants[run.variant].name)],
                seed: run.configuration.seed, steps: run.configuration.steps,
                isMissing: record == nil, loss: record?.heldOutLoss,
                numbers: record.map { numbers($0, run.configuration) } ?? [:])
        }
    }

    private func numbers(
        _ record: DecayRecord, _ configuration: RunConfiguration
    ) -> [String: Double] {
        guard record.divergedStep == nil else { return [:] }
        var numbers: [DecayMeasure.Quantity: Double] = [.heldOutLoss: record.heldOutLoss]
        numbers[.gradientRise] = Self.rise(record)
        let windows = windows(configuration, [record])
        let judged = windows.indices.filter { windows[$0].isJudged }
        let layers = record.layers.filter(\.isInvariant)
        func mean(_ values: [Double]) -> Double? { Descriptive.mean(of: values.map { log($0) }) }
        let distances = layers.compactMap { layer in
            mean(judged.map { layer.ratio[$0] / windows[$0].law })?.magnitude
        }
        numbers[.lawDistance] = distances.max().map { exp($0) }
        func change(_ series: KeyPath<DecayRecord.Layer, [Double]>) -> Double? {
            mean(
                layers.compactMap { layer -> Double? in
                    guard let settled = mean(judged.map { layer[keyPath: series][$0] }),
                        let last = layer[keyPath: series].last
                    else { return nil }
                    return last / exp(settled)
                }
            ).map { exp($0) }
        }
        numbers[.ratioChange] = change(\.ratio)
        numbers[.weightChange] = change(\.weight)
        return numbers.reduce(into: [:]) { $0[$1.key.rawValue] = $1.value }
    }
}
