import Documents
public import Engines
import Foundation
import Runs
import Statistics
public import Sweeps
import Training

extension TransferStudy: StudyKind {
    /// The study's name.
    public var folderName: String { study.folderName }
    /// The grid; nil where runs are given.
    public var plan: Study? { given == nil ? study : nil }
    /// None: the grid's configurations are many.
    public var recipes: [Recipe] { [] }

    /// What is asked, and the sizes of each size series.
    public var announcement: [String] {
        let rates = sizeSeries.first?.learningRates ?? []
        let ends = [rates.first, rates.last].compactMap { $0.map { NumberText.roundedRate($0) } }
        return ["\(study.name): does the optimal learning rate transfer?"]
            + sizeSeries.map { series in
                let extents = series.extents.map(String.init).joined(separator: ", ")
                return "  \(series.name): \(extents); \(rates.count) learning rates from "
                    + "\(ends.joined(separator: " to ")); \(series.seeds.count) seeds"
            }
    }

    /// Of the drift of each size series.
    public var power: [PowerAnalysis] {
        sizeSeries.compactMap { series in
            smallestDrift(of: series).map { drift in
                let (detectable, half) = (exp2(drift.detectable), exp2(drift.halfWidth))
                var text =
                    "\(series.name): detects a total drift of \(TransferResult.factor(detectable)) "
                    + "(80%), 95% CI within \(TransferResult.factor(half)) of it, if the optimum's SD "
                    + "over seeds is \(settings.spread) octaves (assumed: transfer.spread)"
                if drift.halfWidth >= log2(settings.bound) {
                    text +=
                        "; too wide for a PASS at a bound of \(settings.bound)x: give more seeds"
                }
                return PowerAnalysis(
                    "total drift, \(series.name)", detectable: detectable, halfWidth: half,
                    text: text)
            }
        }
    }

    /// Optima, drifts, verdicts and causes.
    public func result(_ runs: StudyRuns, on engine: any Engine) throws -> TransferResult {
        result(runs.record, coordinateCheck: try ActivationSlopes(in: runs.folder.path))
    }
}

extension ActivationSlopes {
    /// A coordinate check that `ballast coordcheck --out` left in a folder; nil where there is none.
    fileprivate init?(in folder: String) throws(RunError) {
        let file = folder + "/coordcheck.json"
        guard let data = FileManager.default.contents(atPath: file) else { return nil }
        do {
            self = try JSONDecoder().decode(Self.self, from: data)
        } catch {
            throw .damaged(
                file: file,
                reason:
                    "cannot be read as a coordinate check of this version; make it again, or move it "
                    + "away")
        }
    }
}
