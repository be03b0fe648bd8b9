import Documents
import Foundation
import Modules
import Optimizers
import Reports
import RunTables
import Runs
public import Statistics
import Sweeps
import Telemetry
import Tensors
import Training

extension ForecastStudy {
    /// An alarm further than this factor from what the largest size measured is not judged: the end of
    /// f32 says nothing of weights about one.
    package static let far = 1e6

    /// Forecasts every signal at a target.
    ///
    /// - Parameters:
    ///   - target: The size.
    ///   - learningRate: The learning rate to judge at; that of the lowest loss of the largest size
    ///     when nil.
    ///   - confidence: The share of intervals that are to hold.
    ///   - draws: Draws of each bootstrap.
    ///   - criteria: What a stable run is.
    /// - Returns: The forecasts; equal folders give equal results.
    public func result(
        for target: ForecastTarget, learningRate: Double? = nil, confidence: Double = 0.95,
        draws: Int = 1000, criteria: StabilityBoundary.Criteria = .init()
    ) -> ForecastResult {
        let judged = judgedRates(learningRate)
        let largest = sizes.last ?? 1
        let signals = ForecastCatalog.all.map { signal in
            self.signal(signal, target, confidence, draws)
        }
        let parts = judged.flatMap { judged in
            signals.flatMap { signal in
                signal.lines.filter {
                    $0.intervention == judged.intervention
                        && $0.learningRate == judged.learningRate
                }.map { (signal.name, $0) }
            }
        }
        let verdicts = parts.compactMap(\.1.verdict)
        let lost = judged.contains { $0.learningRate == nil }
        let verdict = Verdict(
            verdicts + (missing > 0 || lost ? [.inconclusive] : []))
        return ForecastResult(
            name: name, verdict: verdict,
            reason: verdict == .inconclusive ? reason(parts, lost) : nil, target: target.text,
            targetParameters: target.parameters, largestParameters: largest,
            extrapolationFactor: target.parameters / largest, confidence: confidence, runs: runs,
            missing: missing, diverged: diverged, judged: judged, signals: signals,
            stability: criteria,
            atTarget: atTarget(
                target, criteria, learningRate: learningRate, confidence, draws))
    }

    /// For each intervention the learning rate that a person would carry to the target.
    private func judgedRates(_ asked: Double?) -> [ForecastResult.Judged] {
        interventions.map { intervention, own in
            if let asked {
                let nearest = own.min {
                    log($0.learningRate / asked).magnitude < log($1.learningRate / asked).magnitude
                }
                return .init(intervention: intervention, learningRate: nearest?.learningRate)
            }
            let best = own.filter { $0.largestLoss != nil }.min {
                ($0.largestLoss ?? .infinity) < ($1.largestLoss ?? .infinity)
            }
            return .init(intervention: intervention, learningRate: best?.learningRate)
        }
    }

    private func reason(
        _ parts: [(String, ForecastResult.Line)], _ lost: Bool
    ) -> String {
        if missing > 0 {
            return "\(missing) of \(runs) runs without a result; `ballast sweep run STUDY --out "
                + "\(folder)` trains what is missing"
        }
        if lost { return "every run of the largest size diverged; add lower learning rates" }
        let open = parts.filter { $0.1.verdict == .inconclusive }
        let text = open.prefix(2).map { "\($0.0): \($0.1.reason ?? "unknown")" }
        return text.isEmpty ? "no signal has an alarm" : text.joined(separator: "; ")
    }

    private func signal(
        _ signal: any ForecastSignal, _ target: ForecastTarget, _ confidence: Double, _ draws: Int
    ) -> ForecastResult.Signal {
        let choice = ReadingChoice(signal, lines)
        let thresholds = signal.thresholds(configuration)
        let foretold = lines.map { self.heldOut($0, signal, choice.reading, confidence, draws) }
        let trusted = Self.trusted(foretold.flatMap(\.self))
        let results = zip(lines, foretold).map { line, held in
            self.line(
                line, signal, choice, thresholds, target, confidence, draws, held: held,
                trusted: trusted)
        }
        let held = results.flatMap(\.heldOut)
        let sizes = Set(held.map(\.sizes)).sorted(by: >)
        let coverage = sizes.map { count in
            let own = held.filter { $0.sizes == count }
            return ForecastResult.Coverage(
                extrapolationFactor: own[0].extrapolationFactor, sizes: count,
                covered: own.reduce(0) { $0 + $1.covered },
                runs: own.reduce(0) { $0 + $1.truths.count }, forecasts: own.count,
                passed: own.count { $0.passes })
        }
        return ForecastResult.Signal(
            name: signal.name, meaning: signal.meaning, reading: choice.reading.text(of: steps),
            readingStep: choice.reading.step(of: steps), isSilent: choice.silence != nil,
            scaledProtocol: signal.readings[0].text(of: steps),
            publishedProtocol: literal(signal), readingReason: choice.reason,
            thresholds: thresholds, lines: results, coverage: coverage)
    }

    /// The published protocol as it stands, and whether these runs have it.
    private func literal(_ signal: any ForecastSignal) -> String {
        switch signal.readings[0] {
        case .at:
            guard steps >= 2000 else { return "step 2000; these runs have \(steps)" }
            guard let configuration else { return "step 2000 of \(steps)" }
            let rate = configuration.schedule.factor(2000, of: steps)
            return "step 2000 of \(steps), at \(String(format: "%.2g", rate)) of the peak"
        case .late:
            return steps >= 500
                ? "mean over the steps \(steps - 499) to \(steps)"
                : "mean over the last 500 steps; these runs have \(steps)"
        }
    }

    /// Below this share of held-out runs within their intervals, over all learning rates, no interval of
    /// the signal is trusted that far.
    private static let leastCoverage = 0.75

    /// The numbers of sizes from which the largest was foretold well enough over all lines.
    private static func trusted(_ held: [HeldOutForecast]) -> Set<Int> {
        Set(
            Dictionary(grouping: held, by: \.sizes).filter { _, held in
                let covered = held.reduce(0) { $0 + $1.covered }
                let runs = held.reduce(0) { $0 + $1.truths.count }
                return Double(covered) >= leastCoverage * Double(runs)
            }.keys)
    }

    private func key(_ line: Line, _ signal: any ForecastSignal) -> RandomKey {
        RandomKey(seed: 0).split("forecast").split(signal.name).split(line.intervention)
            .split("\(line.learningRate)")
    }

    /// Forecasts of a line's largest size from smaller ones; none where it cannot carry any.
    private func heldOut(
        _ line: Line, _ signal: any ForecastSignal, _ reading: ForecastReading,
        _ confidence: Double, _ draws: Int
    ) -> [HeldOutForecast] {
        let measured = line.measured(signal, reading)
        let known = measured.filter { !$0.values.isEmpty }
        guard known.count >= Self.leastSizes, known.last == measured.last else { return [] }
        return HeldOutForecast.all(
            known, confidence: confidence, draws: draws, key: key(line, signal).split("held-out"))
    }

    private func line(
        _ line: Line, _ signal: any ForecastSignal, _ choice: ReadingChoice,
        _ thresholds: [ForecastThreshold], _ target: ForecastTarget, _ confidence: Double,
        _ draws: Int, held: [HeldOutForecast], trusted: Set<Int>
    ) -> ForecastResult.Line {
        let reading = choice.reading
        let measured = line.measured(signal, reading)
        let points = zip(line.sizes, measured).map { size, measured in
            ForecastResult.Point(
                parameters: size.parameters,
                width: size.runs.first?.width ?? 0, depth: size.runs.first?.depth ?? 0,
                values: measured.values,
                lost: size.runs.count - measured.values.count)
        }
        var result = ForecastResult.Line(
            intervention: line.intervention, learningRate: line.learningRate, points: points,
            model: nil, curve: [], value: nil, low: nil, high: nil, direction: nil,
            isValidated: false, validatedFactor: nil, heldOut: [], verdict: nil, reason: nil,
            crossings: [], stepExponent: stepExponent(line, signal, reading))
        let known = measured.filter { !$0.values.isEmpty }
        let alarms = thresholds.filter { threshold in
            let values = known.last?.values ?? []
            let isNear = values.contains { log($0 / threshold.value).magnitude < log(Self.far) }
            return threshold.level == .alarm && (isNear || values.isEmpty)
        }
        if !alarms.isEmpty { result.verdict = .inconclusive }
        if let reason = lack(points, known) ?? choice.silence {
            result.reason = reason
            return result
        }
        guard let largest = known.last,
            let forecast = GrowthForecast(
                known, at: target.parameters, confidence: confidence, draws: draws,
                key: key(line, signal).split("target"))
        else {
            result.reason = "cannot say: no size has two seeds with a value; add seeds"
            return result
        }
        result.model = forecast.model
        result.heldOut = held.map(Self.heldOut)
        result.validatedFactor = HeldOutForecast.validatedFactor(
            Array(held.prefix { trusted.contains($0.sizes) }))
        result.direction = forecast.direction.rawValue
        let extrapolationFactor = target.parameters / largest.extent
        result.isValidated = HeldOutForecast.validates(
            extrapolationFactor, upTo: result.validatedFactor)
        // No further than numbers may be read off.
        let end = max(min(extrapolationFactor, result.validatedFactor ?? 1), 1) * largest.extent
        result.curve = Self.curve(forecast, from: known[0].extent, to: end)
        guard result.isValidated else {
            result.reason = notValidated(result, extrapolationFactor, largest.extent, target)
            return result
        }
        let interval = forecast.interval
        result.value = forecast.value
        result.low = interval.lowerBound
        result.high = interval.upperBound
        result.crossings = thresholds.compactMap { threshold in
            let verdict = threshold.verdict(interval)
            return verdict == .pass
                ? nil
                : .init(
                    threshold: threshold.name, level: threshold.level, isCertain: verdict == .fail)
        }
        guard !alarms.isEmpty else {
            if thresholds.contains(where: { $0.level == .alarm }) {
                result.reason =
                    "not judged: no alarm is within a factor of "
                    + "\(NumberText.rate(Self.far)) of what was measured"
            }
            return result
        }
        let verdict = Verdict(alarms.map { $0.verdict(interval) })
        result.verdict = verdict
        if verdict == .inconclusive {
            result.reason =
                "the interval crosses the alarm; add seeds, or a size nearer to the target"
        }
        return result
    }

    /// Why a line has no forecast, and what would settle it; nil when it has one.
    private func lack(
        _ points: [ForecastResult.Point], _ known: [GrowthForecast.Size]
    ) -> String? {
        guard !known.isEmpty else { return "cannot say: not recorded; set telemetry.norms: true" }
        guard known.count >= Self.leastSizes else {
            return
                "cannot say: \(known.count) of \(points.count) sizes have a value, and a forecast "
                + "takes \(Self.leastSizes); the others diverged before it is read or were not trained"
        }
        if let last = points.last, last.values.isEmpty {
            return "cannot say: every run of the largest size diverged before it is read"
        }
        return nil
    }

    private func notValidated(
        _ line: ForecastResult.Line, _ extrapolationFactor: Double, _ largest: Double,
        _ target: ForecastTarget
    ) -> String {
        let times = NumberText.short(extrapolationFactor)
        guard let validated = line.validatedFactor else {
            if line.heldOut.first?.passes ?? false {
                return
                    "not validated: over all learning rates too few runs of the held-out largest "
                    + "size lay within their intervals; add seeds and sizes below it"
            }
            let isWide = line.heldOut.first.map { 2 * $0.covered > $0.truths.count } ?? false
            return isWide
                ? "not validated: the interval of the held-out largest size spans more than a factor "
                    + "of \(Int(HeldOutForecast.widest)); add seeds and sizes below it"
                : "not validated: the forecast of the held-out largest size missed; add seeds and "
                    + "sizes below it"
        }
        let size = Int(clamped: (target.parameters / validated).rounded(.up))
        return
            "not validated: the target is \(times) times the largest size, and validation passed up "
            + "to \(NumberText.short(validated)) times; train a size of at least \(size) "
            + "parameters"
    }

    private static func heldOut(_ held: HeldOutForecast) -> ForecastResult.HeldOut {
        ForecastResult.HeldOut(
            extrapolationFactor: held.extrapolationFactor, sizes: held.sizes,
            model: held.forecast.model,
            value: held.forecast.value, low: held.forecast.interval.lowerBound,
            high: held.forecast.interval.upperBound, truths: held.truths, covered: held.covered,
            passes: held.passes)
    }

    private static func curve(
        _ forecast: GrowthForecast, from first: Double, to last: Double
    ) -> [ForecastResult.CurvePoint] {
        (0...24).compactMap { index in
            let extent = first * pow(last / first, Double(index) / 24)
            let value = forecast.value(at: extent)
            return value.isFinite ? .init(parameters: extent, value: value) : nil
        }
    }

    /// The exponent by which a late signal grows with steps over the second half of the largest runs.
    private func stepExponent(
        _ line: Line, _ signal: any ForecastSignal, _ reading: ForecastReading
    ) -> Double? {
        guard reading == .late else { return nil }
        let slopes = (line.sizes.last?.runs ?? []).compactMap { run -> Double? in
            let series = signal.metrics(in: run).compactMap { run.series[$0] }
            let largest = series.max {
                ($0.last?.value.magnitude ?? 0) < ($1.last?.value.magnitude ?? 0)
            }
            let late = (largest ?? []).filter { 2 * $0.step >= run.steps ?? 0 }
            return LogLogSlope.of(late.map { Double($0.step) }, late.map(\.value.magnitude))
        }
        return Descriptive.mean(of: slopes)
    }
}
