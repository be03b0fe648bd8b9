import Foundation
import Import
import OrderedCollections
import Statistics

/// What pathologies ask of the values of a metric.
extension [LoggedRun.Point] {
    /// Those that are numbers.
    var finite: [LoggedRun.Point] { filter { $0.value.isFinite } }

    /// The median over a part of the records: `0.9..<1` is the last tenth.
    func median(over part: Range<Double>) -> Double? {
        guard !isEmpty else { return nil }
        let first = Swift.min(Int(part.lowerBound * Double(count)), count - 1)
        let end = Swift.max(Swift.min(Int(part.upperBound * Double(count)), count), first + 1)
        return Descriptive.median(of: self[first..<end].map(\.value))
    }

    /// The median of the last twentieth.
    var late: Double? { median(over: 0.95..<1) }

    /// How far records scatter about their neighbours: of a difference of two, over the root of two.
    var scatter: Double? {
        guard count > 8 else { return nil }
        let steps = zip(self, dropFirst()).map { ($1.value - $0.value).magnitude }
        // The median of the magnitude of a normal difference is 0.6745 of its deviation.
        return Descriptive.median(of: steps).map { $0 / 0.6745 / 2.0.squareRoot() }
    }

    /// The exponent of growth with the step over the second half, and its standard error as records scatter about
    /// it; nil of fewer than 16 records.
    var lateGrowth: (exponent: Double, error: Double)? {
        guard let exponent = lateExponent else { return nil }
        let half = suffix(from: count / 2).filter { $0.step > 0 && $0.value > 0 }
        let (x, y) = (half.map { log(Double($0.step)) }, half.map { log($0.value) })
        guard let meanX = Descriptive.mean(of: x), let meanY = Descriptive.mean(of: y) else {
            return nil
        }
        let squares = x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
        let rest = zip(x, y).reduce(0) { sum, pair in
            let off = pair.1 - meanY - exponent * (pair.0 - meanX)
            return sum + off * off
        }
        return (exponent, (rest / Double(half.count - 2) / squares).squareRoot())
    }

    /// The exponent of growth with the step over the second half; nil of fewer than 16 records.
    var lateExponent: Double? {
        let half = suffix(from: count / 2).filter { $0.step > 0 && $0.value > 0 }
        guard half.count >= 8 else { return nil }
        return LogLogSlope.of(half.map { Double($0.step) }, half.map(\.value))
    }
}

extension DoctorCase {
    /// The finite values of a metric.
    func finite(_ tag: String) -> [LoggedRun.Point] { (run.series[tag] ?? []).finite }

    /// The learning rate that holds at each of some steps; nil before the first that was logged.
    func rates(at steps: [Int]) -> [Double?] {
        let rates = finite("optim/lr")
        var next = 0
        return steps.map { step in
            while next < rates.count, rates[next].step <= step { next += 1 }
            return next > 0 ? rates[next - 1].value : nil
        }
    }
}
