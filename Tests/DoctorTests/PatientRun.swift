import Doctor
import Foundation
import Import
import OrderedCollections
import Testing

/// Runs made up for the doctor.
enum PatientRun {
    /// Numbers about zero that are the same in each run.
    struct Noise {
        var state: UInt64 = 3

        init(_ state: UInt64 = 3) { self.state = state }

        mutating func next() -> Double {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
            return Double((z ^ z >> 31) >> 11) * 0x1p-52 - 1
        }
    }

    /// The learning rate: 30 steps of warm-up, then a cosine down to nearly zero.
    static func rate(_ step: Int) -> Double {
        let x = Double(step)
        return step <= 30 ? 1e-3 * x / 30 : 1e-5 + 1e-3 * (1 + cos(.pi * (x - 30) / 570)) / 2
    }

    /// A run that has all that the doctor asks for, and nothing wrong.
    static func healthy(
        steps: [Int] = Array(1...600), _ change: (String, Int, Double) -> Double = { $2 }
    ) -> LoggedRun {
        var noise = Noise()
        var other = Noise(7)
        var run = LoggedRun(name: "run", sources: [])
        run.settings["optimizer.epsilon"] = 1e-8
        run.settings["max_grad_norm"] = 1.05
        run.settings["vocab_size"] = 50_304
        run.settings["max_steps"] = 600
        run.settings["weight_decay"] = 3
        for step in steps {
            let x = Double(step)
            let values: [(String, Double)] = [
                ("train/loss", 2 + 3 * exp(-x / 80) + 0.02 * noise.next()),
                ("train/epoch", 0.9 * x / 600),
                ("optim/grad_norm", 1 + 0.1 * noise.next()),
                ("optim/lr", rate(step)),
                ("attn/0/max_logit", 12 + noise.next()),
                ("attn/1/max_logit", 8 + noise.next()),
                ("out/logz", 0.3 * noise.next()),
                ("norm/gradient/blocks.0.mlp.up/rms", 1e-4 * (1 + 0.1 * noise.next())),
                ("norm/gradient/head/rms", 1e-3 * (1 + 0.1 * noise.next())),
                ("norm/weight/blocks.0.mlp.up/rms", 0.1 * (1.5 - 0.5 * exp(-x / 100))),
                ("norm/weight/head/rms", 0.02 * (1 + 0.05 * noise.next())),
                ("norm/update/blocks.0.mlp.up/rms", 0.2 * rate(step) * (1 + 0.1 * noise.next())),
                ("norm/update/head/rms", 0.3 * rate(step) * (1 + 0.1 * noise.next())),
                ("norm/gradient/embedding/fro", 0.5 + 0.1 * other.next()),
                ("norm/gradient/blocks.0.mlp.up/fro", 0.4 + 0.1 * other.next()),
                ("norm/gradient/head/fro", 0.6 + 0.1 * other.next()),
                ("act/0/rms", 1.5 + 0.1 * other.next()),
                ("act/0/max", 12 + 2 * other.next()),
                ("act/0/hot_channel_ratio", 4 + other.next()),
            ]
            for (tag, value) in values { run.add(tag, step: step, value: change(tag, step, value)) }
        }
        return run
    }

    /// That run with six layers more, whose queries have norms of their own.
    static func layered(_ change: (String, Int, Double) -> Double = { $2 }) -> LoggedRun {
        var run = healthy()
        var noise = Noise(11)
        for step in 1...600 {
            for layer in 0..<6 {
                let trend = pow(1.2, Double(layer))
                for (tag, size) in [
                    ("weight", 0.1), ("gradient", 1e-4), ("update", 0.2 * rate(step)),
                ] {
                    let tag = "norm/\(tag)/blocks.\(layer).query/rms"
                    let value = size * trend * (1 + 0.1 * noise.next())
                    run.add(tag, step: step, value: change(tag, step, value))
                }
            }
        }
        return run
    }
}

/// What the doctor says of such runs.
enum Examination {
    static func outcome(
        _ run: LoggedRun, _ pathology: String, sweep: DoctorSweep? = nil
    ) throws -> PathologyOutcome {
        let known = try #require(Pathology.all.first { $0.name == pathology })
        return known.examine(DoctorCase(run, sweep: sweep))
    }

    static func findings(
        _ run: LoggedRun, _ pathology: String, sweep: DoctorSweep? = nil
    ) throws -> [DoctorFinding] {
        switch try outcome(run, pathology, sweep: sweep) {
        case .findings(let findings): whole(findings)
        case .quiet: []
        case .cannotSay(let needs):
            throw NeedsMore(needs: needs)
        }
    }

    /// Findings that say all that a finding says: evidence with a figure, source, what would confirm it, and what to
    /// change unless it is a note.
    static func whole(_ findings: [DoctorFinding]) -> [DoctorFinding] {
        for finding in findings {
            let hasFigure = finding.evidence.contains { $0.isNumber }
            #expect(hasFigure, "\(finding)")
            let id = finding.source.split(separator: ".")
            let isPaper =
                id.count == 2 && id[0].count == 4 && (4...5).contains(id[1].count)
                && id.joined().allSatisfy { $0.isNumber }
            #expect(isPaper, "\(finding)")
            #expect(finding.confirmation.count > 10, "\(finding)")
            #expect((finding.severity == .note) == (finding.change == nil), "\(finding)")
            #expect(finding.place != nil || finding.step != nil, "\(finding)")
        }
        return findings
    }

    struct NeedsMore: Error { var needs: String }
}
