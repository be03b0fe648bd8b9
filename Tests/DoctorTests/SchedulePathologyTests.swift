import Doctor
import Foundation
import Import
import OrderedCollections
import Testing

/// Learning rate, data, resumes and norms: sick runs, each beside a twin that differs in little and is not.
@Suite struct SchedulePathologyTests {
    private func diagnosis(_ run: LoggedRun) -> Diagnosis {
        var diagnosis = Diagnosis()
        diagnosis.add(DoctorCase(run))
        return diagnosis
    }

    private func finding(_ run: LoggedRun, _ pathology: String) throws -> DoctorFinding {
        let findings = diagnosis(run).patients[0].findings
        #expect(findings.map(\.pathology) == [pathology], "\(findings.map(\.evidence))")
        return try #require(findings.first)
    }

    private func isQuiet(_ run: LoggedRun) -> Bool {
        let diagnosis = diagnosis(run)
        return diagnosis.verdict == .quiet && diagnosis.patients[0].findings.isEmpty
    }

    @Test func aLossAtThatOfAGuessIsFound() throws {
        let uniform = log(50_304.0)
        let stuck = PatientRun.healthy { tag, _, value in
            tag == "train/loss" ? uniform + (value - 2) / 100 : value
        }
        let alarm = try finding(stuck, "never_learned")
        #expect(alarm.severity == .alarm && alarm.evidence.contains("a uniform guess has 10.8"))
        // Without the vocabulary it is less sure; a loss that fell to another plateau has learned.
        var unknown = stuck
        unknown.settings["vocab_size"] = nil
        let warning = try finding(unknown, "never_learned")
        #expect(warning.severity == .warning && warning.confidence == .low)
        let plateau = PatientRun.healthy { tag, step, value in
            tag == "train/loss" ? (step < 20 ? uniform : 9) + (value - 2) / 100 : value
        }
        #expect(isQuiet(plateau))
    }

    @Test func aLossThatEndsAboveItsStartIsFound() throws {
        func run(_ height: Double) -> LoggedRun {
            PatientRun.healthy { tag, step, value in
                tag == "train/loss" && step > 300
                    ? value + height * Double(step - 300) / 300 : value
            }
        }
        let alarm = try finding(run(6), "diverged")
        #expect(alarm.severity == .alarm && alarm.evidence.contains("at its lowest"))
        #expect((425...460).contains(try #require(alarm.step)), "\(alarm.step ?? 0)")
        #expect(isQuiet(run(2)))
        // Evaluations alone are enough.
        var few = LoggedRun(name: "few", sources: [])
        for (place, loss) in [6.9, 5.8, 5.3, 5.0, 4.7, 4.4, 15, 640].enumerated() {
            few.add("train/loss", step: 1000 * place, value: loss)
        }
        #expect(try Examination.findings(few, "diverged").count == 1)
        // What reinforcement learning calls its loss need not fall.
        few.add("rollout/ep_rew_mean", step: 0, value: 1)
        #expect(try Examination.findings(few, "diverged").isEmpty)
    }

    @Test func aScoreThatStandsStillIsFound() throws {
        func run(_ score: @escaping (Int) -> Double) -> LoggedRun {
            var run = PatientRun.healthy()
            for step in Swift.stride(from: 20, through: 600, by: 20) {
                run.add("val/accuracy", step: step, value: score(step))
            }
            return run
        }
        let alarm = try finding(run { $0 < 200 ? Double($0) / 1000 : 0.001 }, "never_learned")
        #expect(alarm.place == "val/accuracy" && alarm.step == 200)
        #expect(alarm.evidence.contains("at the last 21 evaluations"))
        #expect(isQuiet(run { 0.001 * Double($0) }))
        // For half of the run it moved; at 1 there is nothing left to learn.
        #expect(isQuiet(run { $0 < 400 ? Double($0) / 1000 : 0.001 }))
        #expect(isQuiet(run { $0 < 200 ? Double($0) / 1000 : 1 }))
    }

    @Test func whatIsLostAtAResumeIsFound() throws {
        let steps = Array(1...400) + Array(301...600)
        func resumed(_ tag: String, _ factor: Double) -> LoggedRun {
            var isBack = false
            return PatientRun.healthy(steps: steps) { name, step, value in
                isBack = isBack || (step == 400)
                return name == tag && step > 300 && isBack && step != 400 ? value * factor : value
            }
        }
        let loss = try finding(resumed("train/loss", 1.2), "resume_discontinuity")
        #expect(loss.place == "train/loss" && loss.step == 301 && loss.severity == .warning)
        let rate = diagnosis(resumed("optim/lr", 0.1)).patients[0].findings
        #expect(rate.first { $0.pathology == "resume_discontinuity" }?.place == "optim/lr")
        #expect(isQuiet(resumed("none", 1)))
        // The same leap without a resume is no matter of one.
        let leap = PatientRun.healthy { name, step, value in
            name == "train/loss" && step > 300 ? value * 1.2 : value
        }
        let others = diagnosis(leap).patients[0].findings.map(\.pathology)
        #expect(!others.contains("resume_discontinuity"))
    }

    @Test func aLossThatStepsDownBetweenEpochsIsFound() throws {
        func epochs(_ count: Double, _ fall: Double) -> LoggedRun {
            PatientRun.healthy { tag, step, value in
                let epoch = count * Double(step) / 600
                if tag == "train/epoch" { return epoch }
                return tag == "train/loss" ? value - fall * epoch.rounded(.down) : value
            }
        }
        let few = try finding(epochs(3, 0.2), "repeated_data")
        #expect(
            few.severity == .note && few.change == nil && few.step.map { $0 % 200 == 0 } == true)
        let many = try finding(epochs(6, 0.15), "repeated_data")
        #expect(many.severity == .warning)
        #expect(isQuiet(epochs(3, 0)))
    }

    @Test(
        "a loss on other data that rises beside one that falls is repeated data's, by their size alone"
    )
    func heldOut() throws {
        func run(_ rise: Double, tokens: Int = 641) -> LoggedRun {
            var run = PatientRun.healthy()
            var bare = LoggedRun(name: "run", sources: [])
            bare.settings = run.settings
            bare.settings["data.batch"] = 4
            bare.settings["model.context"] = 16
            bare.trainingTokens = tokens
            for (tag, points) in run.series where tag != "train/epoch" {
                for point in points { bare.add(tag, step: point.step, value: point.value) }
            }
            for step in stride(from: 50, through: 600, by: 50) {
                let x = Double(step)
                let held = 2.1 + 3 * exp(-x / 80) + rise * max(x - 300, 0) / 300
                bare.add("val/loss", step: step, value: held)
            }
            run = bare
            return run
        }
        // Forty sequences of 16 tokens, four a step: 60 epochs of ten steps.
        let warning = try finding(run(0.5), "repeated_data")
        #expect(warning.severity == .warning && warning.place == "val/loss" && warning.step == 300)
        #expect(warning.evidence.hasPrefix("60.0 epochs: val/loss rises from 2.17 at step 300 to"))
        #expect(isQuiet(run(0)))
        // The same rise over data that are seen once is another matter.
        #expect(isQuiet(run(0.5, tokens: 1_000_000)))
        var unknown = run(0.5)
        unknown.trainingTokens = nil
        let outcome = try Examination.outcome(unknown, "repeated_data")
        guard case .cannotSay = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }

    @Test func aLossThatRisesAfterAShortWarmupIsFound() throws {
        func run(_ height: Double) -> LoggedRun {
            PatientRun.healthy { tag, step, value in
                guard tag == "train/loss" else { return value }
                let x = Double(step - 50) / 10
                return value + height * exp(-x * x)
            }
        }
        let warning = try finding(run(3), "warmup_too_short")
        #expect(warning.severity == .warning && (45...65).contains(warning.step ?? 0))
        #expect(warning.evidence.hasPrefix("the learning rate peaks at step 30"))
        #expect(isQuiet(run(0.2)))
    }

    @Test func aRunThatEndsAtItsPeakIsFound() throws {
        let flat = PatientRun.healthy { tag, step, value in
            if tag == "optim/lr" { return min(1e-3, Double(step) * 1e-3 / 30) }
            return tag.hasPrefix("norm/update/") ? 2e-4 * min(1, Double(step) / 30) : value
        }
        let warning = try finding(flat, "cooldown_missing")
        #expect(warning.severity == .warning && warning.evidence.contains("the run is over"))
        var longer = flat
        longer.settings["max_steps"] = 1200
        let note = try finding(longer, "cooldown_missing")
        #expect(note.severity == .note && note.change == nil)
        #expect(isQuiet(PatientRun.healthy()))
    }

    @Test func gradientsThatRiseLateAreNoTrouble() throws {
        func grown(_ factor: Double, loss: Double) -> LoggedRun {
            PatientRun.healthy { tag, step, value in
                let late = max(0, Double(step - 300) / 300)
                if tag == "optim/grad_norm" { return value * (1 + (factor - 1) * late) }
                return tag == "train/loss" ? value + loss * late : value
            }
        }
        let note = try finding(grown(2, loss: 0), "late_gradient_rise")
        #expect(note.severity == .note && note.change == nil)
        #expect(isQuiet(grown(1.1, loss: 0)))
        // With a loss that rises it is not this.
        #expect(
            !diagnosis(grown(2, loss: 1)).patients[0].findings.contains {
                $0.pathology == "late_gradient_rise"
            })
    }

    @Test func clippingThatIsAlwaysOrNeverActiveIsFound() throws {
        func clipped(_ clip: Double?) -> LoggedRun {
            var run = PatientRun.healthy()
            run.settings["max_grad_norm"] = clip
            return run
        }
        let always = try finding(clipped(0.3), "gradient_clipping")
        #expect(always.severity == .warning && always.evidence.contains("in 100% of the steps"))
        #expect(try finding(clipped(0.8), "gradient_clipping").severity == .note)
        let never = try finding(clipped(20), "gradient_clipping")
        #expect(never.severity == .note && never.evidence.contains("never acts"))
        #expect(isQuiet(clipped(1)) && isQuiet(clipped(2)) && isQuiet(clipped(0)))
        #expect(
            diagnosis(clipped(nil)).patients[0].cannotSay.map(\.pathology)
                == ["gradient_clipping"])
    }

    @Test func weightsThatGrowWithoutBoundAreFound() throws {
        func grown(_ name: String, _ power: Double) -> LoggedRun {
            PatientRun.healthy { tag, step, value in
                tag == "norm/weight/\(name)/rms" ? 0.01 * pow(Double(step), power) : value
            }
        }
        let warning = try finding(grown("head", 0.5), "weight_norm_growth")
        #expect(warning.place == "head" && warning.evidence.contains("as step^0.500"))
        #expect(isQuiet(grown("head", 0.2)))
        // What grows and comes to rest is at equilibrium.
        let rested = PatientRun.healthy { tag, step, value in
            tag == "norm/weight/head/rms" ? 0.1 - 0.09 * exp(-Double(step) / 60) : value
        }
        #expect(isQuiet(rested))
    }

    @Test func updatesThatGrowAgainstTheRateAreFound() throws {
        func grown(_ factor: Double) -> LoggedRun {
            PatientRun.healthy { tag, step, value in
                tag == "norm/update/head/rms" && step > 450
                    ? value * pow(factor, Double(step - 450) / 150) : value
            }
        }
        let warning = try finding(grown(6), "update_growth")
        #expect(warning.place == "head" && warning.evidence.contains("1 of 2 tensors"))
        #expect((500...590).contains(warning.step ?? 0))
        #expect(isQuiet(grown(1.5)))
    }

    @Test func updatesThatDoNotFollowTheRateAreFound() throws {
        func updates(_ power: Double) -> LoggedRun {
            PatientRun.healthy { tag, step, value in
                guard tag.hasPrefix("norm/update/") else { return value }
                return value / PatientRun.rate(step) * pow(PatientRun.rate(step), power)
            }
        }
        let findings = diagnosis(updates(0)).patients[0].findings
        let warning = try #require(findings.first { $0.pathology == "updates_ignore_rate" })
        #expect(warning.evidence.contains("(median of 2 tensors)"))
        #expect(isQuiet(updates(0.9)))
    }

    @Test func theFirstMetricThatIsNoNumberIsFound() throws {
        let sick = PatientRun.healthy { tag, step, value in
            switch tag {
            case "norm/gradient/head/rms" where step >= 500: .infinity
            case "out/logz" where step >= 502: .nan
            case "train/loss" where step >= 503: .nan
            default: value
            }
        }
        let findings = diagnosis(sick).patients[0].findings
        let alarm = try #require(findings.first { $0.pathology == "non_finite" })
        #expect(alarm.severity == .alarm && alarm.place == "norm/gradient/head/rms")
        #expect(alarm.step == 500 && alarm.evidence.contains("the loss at step 503"))
        #expect(alarm.evidence.contains("then out/logz at step 502"))
        // A step that is left out under a scaled loss is none.
        let skipped = PatientRun.healthy { tag, step, value in
            tag == "optim/grad_norm" && step % 200 == 50 ? .infinity : value
        }
        let note = try finding(skipped, "non_finite")
        #expect(note.severity == .note && note.change == nil)
        var timed = PatientRun.healthy()
        timed.add("step_avg_ms", step: 1, value: .nan)
        #expect(isQuiet(timed))
        // What no step has a number of was not measured.
        var unmeasured = PatientRun.healthy()
        for step in 1...600 { unmeasured.add("ratio/head/cosine", step: step, value: .nan) }
        #expect(isQuiet(unmeasured))
    }

    @Test func parametersThatNoStepChangesAreFound() throws {
        let still = PatientRun.healthy { tag, _, value in
            tag == "norm/update/head/rms" ? 0 : value
        }
        let warning = try finding(still, "unchanged_parameters")
        #expect(warning.place == "head" && warning.evidence.contains("1 of 2 tensors"))
        // At a rate of zero nothing moves.
        let begun = PatientRun.healthy { tag, step, value in
            step < 20 && (tag.hasPrefix("norm/update/") || tag == "optim/lr") ? 0 : value
        }
        #expect(isQuiet(begun))
    }
}
