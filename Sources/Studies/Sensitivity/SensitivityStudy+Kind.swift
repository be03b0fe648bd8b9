import Documents
public import Engines
import OrderedCollections
import Reports
import Statistics
public import Sweeps
import Training
import TransferStudies

extension SensitivityStudy: StudyKind {
    /// The study's name.
    public var folderName: String { study.folderName }
    /// The grid; nil where runs are given.
    public var plan: Study? { given == nil ? study : nil }
    /// None: the grid's configurations are many.
    public var recipes: [Recipe] { [] }

    /// What is asked, what S will not say, and the protocol as the study scales it.
    public var announcement: [String] {
        let rates = learningRates.map { NumberText.roundedRate($0) }
        let sizes = OrderedSet(lines.map(\.size))
        let others = variants.filter { $0 != baseline }
        var text = [
            "\(study.name): how sensitive is the loss to the learning rate?",
            "  sizes \(sizes.joined(separator: ", ")); \(rates.count) learning rates from "
                + "\(rates.first ?? "") to \(rates.last ?? ""); \(seeds.count) seeds",
        ]
        if !others.isEmpty {
            text.append("  against \(baseline): " + others.joined(separator: "; "))
        }
        for variant in others {
            guard let caveat = caveat(on: variant) else { continue }
            text.append(
                "  caveat (i): \(caveat.text)"
                    + (caveat.isFatal ? "; S of \(variant) will not be compared" : ""))
        }
        return text + scaling.map { "  \($0)" }
    }

    /// Of a difference in S; none where nothing is compared.
    public var power: [PowerAnalysis] {
        guard variants.count > 1, let detectable else { return [] }
        return [
            PowerAnalysis(
                "difference in S", detectable: detectable.value, halfWidth: detectable.halfWidth,
                text:
                    "detects a difference in S of \(NumberText.digits(detectable.value)) nats (80%); "
                    + "95% CI ±\(NumberText.digits(detectable.halfWidth)) if the seeds' SD is "
                    + "\(NumberText.digits(settings.spread)) (assumed: sensitivity.spread)")
        ]
    }

    /// Sensitivities, comparisons, caveats and the verdict.
    public func result(_ runs: StudyRuns, on engine: any Engine) -> SensitivityResult {
        result(runs.record)
    }
}
