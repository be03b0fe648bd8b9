import Doctor
import Foundation
import Import
import OrderedCollections
import Testing

/// A run beside those that were examined with it.
@Suite struct SweepPathologyTests {
    /// A run of a sweep: what it comes to is a parabola over the logarithm of the rate.
    private func run(
        _ name: String, rate: Double, width: Double = 64, seed: Double = 0, excess: Double = 0,
        bend: Double = 0, records: Int = 600, noise scatter: Double = 0.005
    ) -> LoggedRun {
        var noise = PatientRun.Noise(UInt64(seed + 31 * width) &+ UInt64(rate * 1e6))
        var run = LoggedRun(name: name, sources: [name])
        run.settings["learning_rate"] = rate
        run.settings["width"] = width
        run.settings["seed"] = seed
        run.settings["weight_decay"] = 0.1
        run.settings["max_steps"] = 600
        let end = 2 - 0.1 * log2(width / 64) + excess
        for index in 1...records {
            let x = Double(index) / Double(records)
            let step = 600 * index / records
            // Over its end the curve is the same for all sizes, but for a bend.
            let curve = end * (1 + 0.8 * exp(-6 * x) + bend * (x > 0.5 ? 1 - x : x))
            run.add("train/loss", step: step, value: curve + scatter * noise.next())
            run.add("optim/lr", step: step, value: rate * (1.02 - x))
        }
        return run
    }

    private func grid(_ best: Double, cost: Double, seeds: Int = 1, spread: Double = 0)
        -> [LoggedRun]
    {
        [1e-4, 1e-3, 1e-2, 3e-2, 1e-1].flatMap { rate in
            (0..<seeds).map { seed in
                run(
                    "lr\(rate)-\(seed)", rate: rate, seed: Double(seed),
                    excess: cost * pow(log10(rate / best), 2) + spread * Double(seed))
            }
        }
    }

    private func names(_ runs: [LoggedRun], _ pathology: String) throws -> [String] {
        let sweep = DoctorSweep(runs)
        return try runs.filter {
            try !Examination.findings($0, pathology, sweep: sweep).isEmpty
        }.map(\.name)
    }

    @Test func ratesPastAndFarBelowTheOptimumAreFound() throws {
        let runs = grid(1e-2, cost: 0.3)
        #expect(try names(runs, "rate_off_optimum") == ["lr0.0001-0", "lr0.001-0", "lr0.1-0"])
        let past = try Examination.findings(runs[4], "rate_off_optimum", sweep: DoctorSweep(runs))
        #expect(past[0].evidence.contains("10.0 times the best of 5"))
        #expect(past[0].change == "a learning rate of about 0.0100")
        // Where the rate hardly matters, none is off.
        #expect(try names(grid(1e-2, cost: 0.01), "rate_off_optimum").isEmpty)
        // Seeds that differ by more than rates say nothing of them.
        #expect(
            try names(grid(1e-2, cost: 0.1, seeds: 3, spread: 0.4), "rate_off_optimum").isEmpty)
        // Three rates are no sweep, and other recipes are not its runs.
        #expect(try names(Array(runs.prefix(3)), "rate_off_optimum").isEmpty)
        var others = runs
        for index in others.indices { others[index].settings["weight_decay"] = Double(index) }
        #expect(try names(others, "rate_off_optimum").isEmpty)
        #expect(try Examination.findings(runs[4], "rate_off_optimum").isEmpty)
    }

    @Test func aCurveThatLeavesThoseOfOtherSizesIsFound() throws {
        func sizes(_ bend: Double, records: Int = 600, noise: Double = 0.005) -> [LoggedRun] {
            [64, 128, 256, 512].map { width in
                run(
                    "w\(width)", rate: 1e-2, width: Double(width), bend: width == 256 ? bend : 0,
                    records: records, noise: noise)
            }
        }
        #expect(try names(sizes(0.4), "curve_departure") == ["w256"])
        let runs = sizes(0.4)
        let warning = try Examination.findings(runs[2], "curve_departure", sweep: DoctorSweep(runs))
        #expect(warning[0].source == "2509.25087" && warning[0].confidence == .medium)
        #expect(warning[0].evidence.contains("above that of 3 other sizes"))
        #expect(try names(sizes(0), "curve_departure").isEmpty)
        #expect(try names(sizes(0.4, noise: 1), "curve_departure").isEmpty)
        #expect(try names(sizes(0.4, records: 40), "curve_departure").isEmpty)
        // With another time of decay, or another schedule, curves need not be one.
        var other = runs
        other[2].settings["weight_decay"] = 0.5
        #expect(try names(other, "curve_departure").isEmpty)
        // Another rate of the same size is no curve to compare.
        let off = run("off", rate: 3e-2, width: 256, excess: 0.5, bend: 0.4)
        #expect(try names(sizes(0) + [off], "curve_departure").isEmpty)
    }
}
