import Foundation
import Import
import Statistics

extension Pathology {
    /// A learning rate past the best of its sweep, or far below it, whose loss shows it.
    ///
    /// What missing the best rate costs is the sensitivity of arXiv 2309.14322.
    static let rateOffOptimum = Pathology(
        name: "rate_off_optimum",
        meaning: """
            The learning rate is far from the best of its sweep, and the loss shows it. (arXiv \
            2309.14322)
            """
    ) { patient in
        guard let sweep = patient.sweep, let own = sweep.member(of: patient.run) else {
            return .quiet("no learning-rate sweep was given")
        }
        let grid = RateGrid(sweep.grid(of: own).filter(\.isOver))
        guard grid.rates.count >= 4, own.isOver else {
            return .quiet(
                "\(grid.rates.count) learning rates of its recipe: no sweep to compare with")
        }
        guard let best = grid.best else { return .quiet("no run of the sweep has a loss") }
        let factor = own.rate / best.rate
        let excess = own.loss - best.loss
        let text =
            "rate \(DoctorText.number(own.rate)), \(DoctorText.number(factor)) times the best of "
            + "\(grid.rates.count)" + (grid.isAtEdge ? " (the sweep ends there)" : "") + ", loss "
            + "\(DoctorText.number(own.loss)) against \(DoctorText.number(best.loss))"
        let isOff = factor > 2.5 || factor < 1 / 8
        guard isOff, excess > max(0.05 * best.loss.magnitude, 4 * grid.noise) else {
            return .quiet(text)
        }
        return .findings([
            DoctorFinding(
                pathology: "rate_off_optimum", severity: .warning, place: "optim/lr", step: nil,
                evidence: text, confidence: excess > 10 * grid.noise ? .high : .medium,
                source: "2309.14322",
                confirmation:
                    "ballast import and ballast sensitivity of the same logs: the curve of "
                    + "loss over rate, with its optimum",
                change: "a learning rate of about \(DoctorText.number(best.rate))")
        ])
    }
}

/// What runs that differ in learning rate and seed came to.
private struct RateGrid {
    /// From the lowest, with the mean loss over seeds.
    let rates: [(rate: Double, loss: Double)]
    /// The standard deviation over seeds; without repeated runs, how far losses of neighbours scatter.
    let noise: Double

    init(_ members: [DoctorSweep.Member]) {
        let groups = Dictionary(grouping: members, by: \.rate).sorted { $0.key < $1.key }
        rates = groups.map { rate, runs in
            (rate, Descriptive.mean(of: runs.map(\.loss)) ?? .infinity)
        }
        let variances = groups.compactMap { _, runs in
            Descriptive.standardDeviation(of: runs.map(\.loss).filter(\.isFinite)).map { $0 * $0 }
        }
        let seeds = Descriptive.median(of: variances)?.squareRoot()
        // The median of the last tenth is of so many records.
        let single = members.compactMap { run -> Double? in
            run.isHeldOut ? nil : run.losses.scatter
        }
        noise = seeds ?? (Descriptive.median(of: single) ?? 0) / 2
    }

    var best: (rate: Double, loss: Double)? {
        rates.filter { $0.loss.isFinite }.min { $0.loss < $1.loss }
    }

    var isAtEdge: Bool { best?.rate == rates.first?.rate || best?.rate == rates.last?.rate }
}
