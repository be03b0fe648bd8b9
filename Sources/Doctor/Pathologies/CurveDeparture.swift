import Foundation
import Import
import Statistics

extension Pathology {
    /// A loss curve that leaves the one on which other sizes lie.
    ///
    /// Over the loss at the end and the steps of the run, curves of all sizes are one where tokens per parameter, the
    /// time of AdamW's decay and the schedule are the same; to leave it is an early sign of trouble (arXiv
    /// 2509.25087).
    static let curveDeparture = Pathology(
        name: "curve_departure",
        meaning: """
            Over its end, the loss curve leaves the one that all other sizes of the recipe \
            share. (arXiv 2509.25087)
            """
    ) { patient in
        guard let sweep = patient.sweep, let own = sweep.member(of: patient.run),
            let size = own.size
        else { return .quiet("no runs of other sizes were given") }
        guard own.isOver, let curve = NormalizedCurve(own) else {
            return .quiet("the run is not over, or too short to be compared with other sizes")
        }
        // Of each size the best run, and of those the ones to which the law applies.
        let bySize = Dictionary(grouping: sweep.members.filter { $0.isOver && $0.size != nil }) {
            $0.size ?? ""
        }
        let best = bySize.compactMapValues { runs in runs.min { $0.loss < $1.loss } }
        guard best[size]?.rate == own.rate else {
            return .quiet("not at the best learning rate of its size, so its curve is not compared")
        }
        let others = best.filter { $0.key != size }.values.sorted { $0.name < $1.name }
        let alike = others.filter { $0.isComparable(to: own) }.compactMap { NormalizedCurve($0) }
        guard alike.count >= 2 else {
            return .quiet(
                "\(alike.count) other sizes with the same schedule and time of decay: no curve to "
                    + "compare with")
        }
        let gap = CurveGap(curve, alike)
        guard gap.isFar else { return .quiet(gap.text) }
        let isMatched = own.decayTimes != nil
        return .findings([
            DoctorFinding(
                pathology: "curve_departure", severity: .warning, place: "train/loss",
                step: Int(gap.onset * Double(own.losses.last?.step ?? 0)), evidence: gap.text,
                confidence: isMatched ? .medium : .low, source: "2509.25087",
                confirmation:
                    "tokens per parameter, equal in all of them; the run again with another "
                    + "seed: the same departure",
                change:
                    "what differs at this size (batch, data, decay scaled with the rate), and norms and "
                    + "gradients from that step on")
        ])
    }
}

extension DoctorSweep.Member {
    /// Whether curves of two sizes should be one: the same schedule, and the same time of decay within two.
    fileprivate func isComparable(to other: Self) -> Bool {
        if let a = decayTimes, let b = other.decayTimes, a > 0 || b > 0 {
            guard a < 2 * b, b < 2 * a else { return false }
        }
        guard !rates.isEmpty, !other.rates.isEmpty else {
            return rates.isEmpty == other.rates.isEmpty
        }
        return [0.25, 0.5, 0.75, 0.95].allSatisfy { part in
            func share(_ rates: [LoggedRun.Point]) -> Double {
                let end = Double(rates[rates.count - 1].step)
                let value = rates.last { Double($0.step) <= part * end }?.value ?? 0
                return value / max(rates.map(\.value).max() ?? 1, .leastNormalMagnitude)
            }
            return (share(rates) - share(other.rates)).magnitude < 0.1
        }
    }
}

/// A loss over that at the end, at parts of the run.
private struct NormalizedCurve {
    static let parts = (2...18).map { Double($0) / 20 }
    let values: [Double]
    /// The error of a value.
    let error: Double

    init?(_ run: DoctorSweep.Member) {
        let losses = run.losses
        guard losses.count >= 60, let last = losses.last?.step, last > 0,
            let end = losses.median(over: 0.95..<1), end > 0, let scatter = losses.scatter
        else { return nil }
        var values: [Double] = []
        for part in Self.parts {
            let near = losses.filter {
                (Double($0.step) / Double(last) - part).magnitude <= 0.02
            }.map(\.value)
            guard let value = Descriptive.median(of: near) else { return nil }
            values.append(value / end)
        }
        self.values = values
        error = 1.2533 * scatter / end / (0.04 * Double(losses.count)).squareRoot()
    }
}

/// How far a curve is from those of the other sizes.
private struct CurveGap {
    let isFar: Bool
    /// The part of the run from which it is away.
    let onset: Double
    let text: String

    init(_ curve: NormalizedCurve, _ others: [NormalizedCurve]) {
        let gaps = curve.values.indices.map { place -> (gap: Double, bound: Double) in
            let at = others.map { $0.values[place] }
            let middle = Descriptive.median(of: at) ?? 0
            let spread = at.map { ($0 - middle).magnitude }.max() ?? 0
            let error = max(curve.error, others.map(\.error).max() ?? 0)
            return (curve.values[place] - middle, max(0.05 * middle, 4 * spread, 6 * error))
        }
        // Three parts in a row, so that no single leap is one.
        let far = gaps.map { $0.gap.magnitude > $0.bound }
        let first = far.indices.dropLast(2).first { far[$0] && far[$0 + 1] && far[$0 + 2] }
        isFar = first != nil
        let worst = gaps.indices.max { gaps[$0].gap.magnitude < gaps[$1].gap.magnitude } ?? 0
        onset = NormalizedCurve.parts[first ?? worst]
        let percent = Int((100 * NormalizedCurve.parts[worst]).rounded())
        text =
            "over its end, the loss at \(percent)% of the run is "
            + "\(DoctorText.number(curve.values[worst])), "
            + "\(DoctorText.number(gaps[worst].gap.magnitude)) "
            + "\(gaps[worst].gap < 0 ? "below" : "above") that of \(others.count) other sizes"
    }
}
