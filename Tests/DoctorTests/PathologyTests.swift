import Doctor
import Foundation
import Import
import OrderedCollections
import Testing

/// Runs made sick in one way at a time, each beside a healthy twin.
@Suite struct PathologyTests {
    /// A run that has all that the doctor asks for, and nothing wrong.
    private func run(_ change: (String, Int, Double) -> Double = { $2 }) -> LoggedRun {
        PatientRun.healthy(change)
    }

    private func diagnosis(_ run: LoggedRun, epsilon: Double? = nil) -> Diagnosis {
        var diagnosis = Diagnosis()
        diagnosis.add(DoctorCase(run, epsilon: epsilon))
        return diagnosis
    }

    /// The only finding there is.
    private func finding(_ run: LoggedRun, _ pathology: String) throws -> DoctorFinding {
        let diagnosis = diagnosis(run)
        let findings = diagnosis.patients[0].findings
        #expect(findings.map(\.pathology) == [pathology], "\(findings.map(\.evidence))")
        #expect(diagnosis.verdict == .findings)
        return try #require(Examination.whole(findings).first)
    }

    @Test("what a cause is, is said with the paper that says why") func meanings() {
        #expect(Pathology.all.count == 27 && Set(Pathology.all.map(\.name)).count == 27)
        for pathology in Pathology.all {
            #expect(
                pathology.meaning.contains(#/\(arXiv [0-9]{4}\.[0-9]{4,5}[0-9, .]*\)/#),
                "\(pathology.name)")
        }
    }

    @Test func aHealthyRunIsQuiet() {
        let diagnosis = diagnosis(run())
        #expect(diagnosis.verdict == .quiet)
        #expect(diagnosis.patients[0].quiet.count == Pathology.all.count)
        #expect(diagnosis.patients[0].findings.isEmpty && diagnosis.patients[0].cannotSay.isEmpty)
    }

    @Test func whatManyRunsHaveInCommonIsSaidOnce() {
        var diagnosis = Diagnosis()
        for index in 1...5 {
            let whole = run { tag, step, value in
                index == 3 && tag == "attn/1/max_logit" ? 5 * pow(Double(step) / 10, 2) : value
            }
            var patient = LoggedRun(name: "run \(index)", sources: [])
            patient.settings = whole.settings
            for (tag, points) in whole.series where tag != "out/logz" {
                for point in points { patient.add(tag, step: point.step, value: point.value) }
            }
            diagnosis.add(DoctorCase(patient))
        }
        let text = diagnosis.text(columns: 120)
        #expect(
            text.hasPrefix(
                "5 runs and checkpoints: 1 alarm; 1 of 5 need a change\n\nrun 3\n"
                    + "  ALARM attention_logit_growth"))
        #expect(text.contains("\nnothing found in run 1, run 2, run 4 and 1 more\n"))
        #expect(text.ranges(of: "not assessed").count == 1)
        #expect(text.contains("\n  output_logit_drift: needs out/logz"))
        // A run alone has all of it in one place.
        var one = Diagnosis()
        one.add(DoctorCase(run()))
        let whole = one.text(columns: 200)
        #expect(whole.hasPrefix("\(one.patients[0].name): nothing found\n"))
        #expect(
            Pathology.all.allSatisfy { whole.contains("\n  \($0.name): ") }
                && !whole.contains("not assessed"))
        let colours = diagnosis.text(columns: 120, usesColour: true)
        #expect(colours.contains("\n  \u{1b}[31mALARM\u{1b}[0m attention_logit_growth"))
    }

    @Test func attentionLogitsThatGrowAreFound() throws {
        let ruined = run { tag, step, value in
            tag == "attn/1/max_logit" ? 5 * pow(Double(step) / 10, 2) : value
        }
        let alarm = try finding(ruined, "attention_logit_growth")
        #expect(alarm.severity == .alarm && alarm.place == "layer 1" && alarm.step == 448)
        #expect(alarm.evidence.contains("growing as step^2.00"))
        // The same law, before it has done harm: it would pass 1e4 within ten times the run.
        let growing = run { tag, step, value in
            tag == "attn/1/max_logit" ? 150 * pow(Double(step) / 600, 2) : value
        }
        #expect(try finding(growing, "attention_logit_growth").severity == .warning)
        // A learning rate that falls takes logits back, but not what they did to the loss.
        let back = run { tag, step, value in
            tag == "attn/1/max_logit" && step > 100 ? step < 400 ? 5000 : 400 : value
        }
        let warning = try finding(back, "attention_logit_growth")
        #expect(warning.severity == .warning && warning.step == 101)
        #expect(warning.evidence.contains("logit 400, 5,000 at its largest"))
        // A leap of a few steps is not that.
        let leap = run { tag, step, value in
            tag == "attn/1/max_logit" && 300..<305 ~= step ? 5000 : value
        }
        #expect(diagnosis(leap).verdict == .quiet)
        // Growth that would take longer than that is none.
        let slow = run { tag, step, value in
            tag == "attn/1/max_logit" ? 150 * pow(Double(step) / 600, 0.4) : value
        }
        #expect(diagnosis(slow).verdict == .quiet)
    }

    @Test func normsAndAlignmentAreToldApart() throws {
        func grown(_ quantity: String) throws -> String {
            var sick = run { tag, step, value in
                tag == "attn/1/max_logit" ? 2000 * Double(step) / 600 : value
            }
            for step in 1...600 {
                for name in ["query_norm", "key_norm", "cosine"] {
                    sick.add(
                        "attn/1/head/0/\(name)", step: step,
                        value: name == quantity ? Double(step) / 100 : 0.5)
                }
            }
            return try finding(sick, "attention_logit_growth").evidence
        }
        #expect(
            try grown("query_norm").contains("it comes from the norms of queries and keys (x1.99"))
        #expect(try grown("cosine").contains("it comes from their alignment (cosine x1.99"))
    }

    @Test func outputLogitsThatDriftAreFound() throws {
        let drifting = run { tag, step, value in
            tag == "out/logz" ? value - Double(step) / 10 : value
        }
        let warning = try finding(drifting, "output_logit_drift")
        #expect(warning.severity == .warning && warning.change?.contains("z-loss") == true)
        let still = run { tag, step, value in tag == "out/logz" ? value - 15 : value }
        #expect(diagnosis(still).verdict == .quiet)
    }

    @Test func gradientsNearEpsilonAreFound() throws {
        func sick(_ size: Double) -> LoggedRun {
            run { tag, step, value in
                tag == "norm/gradient/blocks.0.mlp.up/rms" ? value * (step > 300 ? size : 1) : value
            }
        }
        let alarm = try finding(sick(5e-5), "gradient_near_epsilon")
        #expect(alarm.severity == .alarm && alarm.place == "blocks.0.mlp.up" && alarm.step == 301)
        #expect(alarm.evidence.contains("1 of 2 tensors"))
        #expect(try finding(sick(5e-4), "gradient_near_epsilon").severity == .warning)
        #expect(diagnosis(sick(5e-3)).verdict == .quiet)
        // The log's own epsilon gives way to the caller's.
        #expect(diagnosis(sick(5e-5), epsilon: 1e-15).verdict == .quiet)
    }

    @Test func spikesNameWhatMovedFirst() throws {
        func sick(lead: Int, length: Int) -> LoggedRun {
            run { tag, step, value in
                switch tag {
                case "train/loss" where (400..<400 + length).contains(step): value + 2
                case "attn/0/max_logit" where (400 - lead..<400 + length).contains(step): value + 40
                case "optim/grad_norm" where (400..<400 + length).contains(step): value * 20
                default: value
                }
            }
        }
        let lasting = diagnosis(sick(lead: 6, length: 201)).patients[0].findings
        let spike = try #require(lasting.first { $0.pathology == "loss_spikes" })
        #expect(spike.severity == .alarm && spike.step == 400 && spike.place == "attn/0/max_logit")
        #expect(spike.evidence.contains("first moved attn/0/max_logit at step 394"))
        #expect(spike.change?.contains("qk-norm") == true)
        // One from which the loss comes back calls for nothing.
        let short = diagnosis(sick(lead: 6, length: 5))
        #expect(short.verdict == .quiet)
        let note = try #require(short.patients[0].findings.first)
        #expect(note.severity == .note && note.change == nil)
        #expect(short.text(columns: 80).contains("no change needed"))
        // A few are of single batches; many in few steps are the recipe's.
        func repeated(_ every: Int) -> LoggedRun {
            run { tag, step, value in
                tag == "train/loss" && step > 100 && step % every == 0 ? value + 2 : value
            }
        }
        #expect(diagnosis(repeated(60)).verdict == .findings)
        #expect(diagnosis(repeated(400)).verdict == .quiet)
        // What moves together with the loss did not move before it.
        let together = diagnosis(sick(lead: 0, length: 5)).patients[0].findings
        #expect(together.first?.evidence.contains("no logged metric moved before") == true)
    }

    @Test func aLossThatBecomesNaNIsFound() throws {
        let dead = run { tag, step, value in tag == "train/loss" && step > 500 ? .nan : value }
        let alarm = try finding(dead, "loss_spikes")
        #expect(alarm.severity == .alarm && alarm.step == 501)
    }

    @Test func whatTheLogLacksIsSaid() throws {
        var bare = LoggedRun(name: "bare", sources: [])
        for step in 1...100 { bare.add("loss", step: step, value: 3 - Double(step) / 100) }
        let diagnosis = diagnosis(bare)
        #expect(diagnosis.verdict == .cannotSay)
        #expect(
            diagnosis.patients[0].cannotSay.map(\.pathology) == [
                "attention_logit_growth", "output_logit_drift", "gradient_near_epsilon",
                "non_finite", "overflow_ahead", "repeated_data", "warmup_too_short",
                "cooldown_missing", "late_gradient_rise", "gradient_clipping",
                "gradient_norm_owner", "weight_norm_growth", "short_for_equilibrium",
                "update_growth", "updates_ignore_rate", "unchanged_parameters",
                "layer_imbalance", "dead_layers", "massive_activations",
            ])
        #expect(
            diagnosis.text(columns: 200).contains(
                "not assessed\n  attention_logit_growth: needs attn/LAYER/max_logit"))
        let json = try diagnosis.json()
        #expect(json.contains("\"verdict\" : \"cannot_say\"") && json.contains("\"cannot_say\""))
    }
}
