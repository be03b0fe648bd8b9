import Doctor
import Foundation
import Import
import OrderedCollections
import Testing

/// Batches that are bad, and batches that come again.
@Suite struct DataPathologyTests {
    private func findings(_ run: LoggedRun, _ pathology: String) throws -> [DoctorFinding] {
        try Examination.findings(run, pathology)
    }

    /// A leap of loss and gradient.
    private func leap(
        at steps: [Int], length: Int = 1, gradient: Double = 20, weights: Double = 0,
        height: Double = 2
    ) -> LoggedRun {
        PatientRun.healthy { tag, step, value in
            let isIn = steps.contains { ($0..<$0 + length).contains(step) }
            switch tag {
            case "train/loss" where isIn: return value + height
            case "optim/grad_norm" where isIn: return value * gradient
            case "norm/weight/blocks.0.mlp.up/rms", "norm/weight/head/rms":
                return step >= steps[0] ? value + weights : value
            default: return value
            }
        }
    }

    @Test func aBadBatchIsToldApartFromInstability() throws {
        let note = try #require(try findings(leap(at: [400]), "bad_batch").first)
        #expect(note.severity == .note && note.step == 400 && note.change == nil)
        #expect(note.evidence.contains("weight norms moved x"))
        // It is said once.
        #expect(try findings(leap(at: [400]), "loss_spikes").isEmpty)
        // Weights that moved, a leap that lasts, or a gradient that stayed make it the model's.
        for other in [
            leap(at: [400], weights: 0.05), leap(at: [400], length: 6),
            leap(at: [400], gradient: 1.2),
        ] {
            #expect(try findings(other, "bad_batch").isEmpty)
            #expect(try findings(other, "loss_spikes").count == 1)
        }
        // Those that come again and again are the data's.
        let many = try #require(
            try findings(leap(at: [350, 400, 450, 500, 550]), "bad_batch").first)
        #expect(many.severity == .warning && many.evidence.hasPrefix("5 batches"))
    }

    @Test func aBatchWithinTheNoiseIsNone() throws {
        #expect(try findings(leap(at: [400], height: 0.05), "bad_batch").isEmpty)
        var blind = LoggedRun(name: "blind", sources: [])
        for (tag, points) in leap(at: [400]).series where tag != "optim/grad_norm" {
            for point in points { blind.add(tag, step: point.step, value: point.value) }
        }
        #expect(
            try Examination.outcome(blind, "bad_batch")
                == .cannotSay(needs: "optim/grad_norm, the gradient norm at the spike"))
    }

    /// A run of which each batch has a difficulty of its own; from step 300 it has those of `origin`.
    private func repeated(
        from origin: Int?, own: Double = 0.002, period: Int? = nil, epoch: Bool = false
    ) -> LoggedRun {
        var noise = PatientRun.Noise(21)
        let difficulties = (0...600).map { _ in 0.02 * noise.next() }
        return PatientRun.healthy { tag, step, value in
            if tag == "train/epoch" { return epoch ? Double(step - 1) / 299 : value }
            guard tag == "train/loss" else { return value }
            var batch = step
            if let origin, step >= 300 { batch = step - 300 + origin }
            if let period { batch = step % period }
            return 2 + 3 * exp(-Double(step) / 80) + difficulties[batch] + own * noise.next()
        }
    }

    @Test func batchesThatComeAgainAreFound() throws {
        let warning = try #require(try findings(repeated(from: 1), "data_order_lost").first)
        #expect(warning.severity == .warning && warning.confidence == .high)
        #expect((295...310).contains(try #require(warning.step)), "\(warning.evidence)")
        #expect(warning.evidence.contains("repeats its fluctuations of step"))
        #expect(try findings(repeated(from: nil), "data_order_lost").isEmpty)
        // Noise of its own that is larger than what batches differ by hides it.
        #expect(try findings(repeated(from: 1, own: 0.05), "data_order_lost").isEmpty)
        // Data that are mixed in turn come at every lag of a period, those of epochs on purpose.
        #expect(try findings(repeated(from: nil, period: 16), "data_order_lost").isEmpty)
        #expect(try findings(repeated(from: 1, epoch: true), "data_order_lost").isEmpty)
    }

    @Test func aSmallPartOverAndOverIsFound() throws {
        func run(from start: Int, period: Int, own: Double = 0.003) -> LoggedRun {
            var noise = PatientRun.Noise(33)
            let difficulties = (0...600).map { _ in 0.02 * noise.next() }
            return PatientRun.healthy { tag, step, value in
                guard tag == "train/loss" else { return value }
                let batch = step < start ? step : step % period
                return 2 + 3 * exp(-Double(step) / 80) + difficulties[batch] + own * noise.next()
            }
        }
        let warning = try #require(
            try findings(run(from: 250, period: 17), "data_order_lost").first)
        #expect((235...275).contains(warning.step ?? 0), "\(warning.evidence)")
        #expect(warning.evidence.contains("repeats every 17 steps"))
        #expect(try findings(run(from: 700, period: 17), "data_order_lost").isEmpty)
        // Data that are mixed in turn do so from the start; noise hides it.
        #expect(try findings(run(from: 0, period: 17), "data_order_lost").isEmpty)
        #expect(try findings(run(from: 250, period: 17, own: 0.05), "data_order_lost").isEmpty)
    }

    @Test func aLossThatDropsFromItsTrendIsFound() throws {
        func run(_ share: Double, resumed: Bool = false, rate: Double = 1, held: Double? = nil)
            -> LoggedRun
        {
            let steps = resumed ? Array(1...320) + Array(300...600) : Array(1...600)
            var isBack = !resumed
            var run = PatientRun.healthy(steps: steps) { tag, step, value in
                isBack = isBack || step == 320
                guard isBack, step >= 300, step != 320 || !resumed else { return value }
                if tag == "train/loss" { return value * share }
                return tag == "optim/lr" ? value * rate : value
            }
            if let held {
                for step in Swift.stride(from: 50, through: 600, by: 50) {
                    run.add("val/loss", step: step, value: step > 300 ? held : 2.3)
                }
            }
            return run
        }
        let low = try #require(try findings(run(0.7), "data_order_lost").first)
        #expect(low.confidence == .low && (285...310).contains(low.step ?? 0))
        let sure = try #require(try findings(run(0.7, held: 2.5), "data_order_lost").first)
        #expect(
            sure.confidence == .high && sure.evidence.contains("val/loss goes from 2.30 to 2.50"))
        let resume = try #require(try findings(run(0.9, resumed: true), "data_order_lost").first)
        #expect(
            resume.confidence == .medium && resume.evidence.contains("where the run was resumed"))
        // What other data gain, too, was learned; a rate that falls brings the loss down by itself.
        #expect(try findings(run(0.7, held: 1.6), "data_order_lost").isEmpty)
        #expect(try findings(run(0.7, rate: 0.1), "data_order_lost").isEmpty)
        #expect(try findings(run(0.95), "data_order_lost").isEmpty)
    }

    /// A loss whose noise lasts for dozens of records drops by itself; one drop of that size out of white noise is one.
    @Test func aLossThatWandersDropsByItself() throws {
        func run(_ period: Double) -> LoggedRun {
            PatientRun.healthy { tag, step, value in
                guard tag == "train/loss" else { return value }
                let wave = period > 0 ? 0.35 * sin(2 * .pi * Double(step) / period) : 0
                let drop = period > 0 || step < 260 ? 0 : -0.5
                return value + wave + drop
            }
        }
        #expect(try findings(run(90), "data_order_lost").isEmpty)
        #expect(try findings(run(0), "data_order_lost").count == 1)
    }

    /// In a warm-up updates do not go as the rate; at a constant rate there is nothing to go with.
    @Test func updatesOfAWarmupSayNothingOfTheSchedule() throws {
        func run(falls: Bool) -> LoggedRun {
            PatientRun.healthy { tag, step, value in
                let warmup = min(1, Double(step) / 60)
                let rate = 1e-3 * warmup * (falls && step > 300 ? 0.1 : 1)
                if tag == "optim/lr" { return rate }
                guard tag.hasPrefix("norm/update/") else { return value }
                return 2e-4 * pow(warmup, 0.3)
            }
        }
        #expect(try findings(run(falls: false), "updates_ignore_rate").isEmpty)
        #expect(try findings(run(falls: true), "updates_ignore_rate").count == 1)
    }

    @Test func updatesThatFollowAWarmupDoNotGrow() throws {
        func run(warmup: Int, growth: Double) -> LoggedRun {
            PatientRun.healthy { tag, step, value in
                let rate = 1e-3 * min(1, Double(step) / Double(warmup))
                if tag == "optim/lr" { return rate }
                guard tag.hasPrefix("norm/update/") else { return value }
                // Moments that are not full yet, as in warm-ups.
                let moment = min(1, Double(step) / Double(warmup))
                return 0.2 * rate * moment * (step > 450 ? growth : 1)
            }
        }
        #expect(try findings(run(warmup: 500, growth: 1), "update_growth").isEmpty)
        #expect(try findings(run(warmup: 590, growth: 1), "update_growth").isEmpty)
        #expect(try findings(run(warmup: 30, growth: 4), "update_growth").count == 1)
    }

    @Test func weightsBelowTheTimeOfTheirDecayAreNoFinding() throws {
        func run(_ decay: Double, _ power: Double, start: Double = 0.01) -> LoggedRun {
            var run = PatientRun.healthy { tag, step, value in
                tag == "norm/weight/head/rms" ? start * pow(Double(step), power) : value
            }
            run.settings["weight_decay"] = decay
            return run
        }
        #expect(try findings(run(0.1, 0.5), "weight_norm_growth").isEmpty)
        #expect(try findings(run(0, 0.5), "weight_norm_growth").count == 1)
        #expect(try findings(run(3, 0.5), "weight_norm_growth").count == 1)
        #expect(try findings(run(0, 0.3), "weight_norm_growth").isEmpty)
    }
}
