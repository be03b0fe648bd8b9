import Foundation
import Testing

@Suite("ballast judge")
struct JudgeTests {
    private let baselines = "3.2781,3.2794,3.2776,3.2788,3.2783,3.2780"

    @Test(
        "the exit code is the outcome's",
        arguments: [
            ("3.2700,3.2705", "keep", Int32(0)), ("3.2830,3.2835", "discard", 2),
            ("3.2779,3.2781", "retest", 3),
        ])
    func outcome(_ candidate: String, _ word: String, _ code: Int32) throws {
        let run = try Tool.run(
            ["judge", baselines, candidate, "--json", "--smallest", "0.0015"],
            in: try Tool.Scratch())
        #expect(run.code == code, "\(run.errors)")
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
        #expect(json["outcome"] as? String == word)
        #expect((json["more"] == nil) == (word != "retest"))
    }

    @Test("baselines alone give the noise floor; one of them is refused")
    func floor() throws {
        let run = try Tool.run(["judge", baselines], in: try Tool.Scratch())
        #expect(run.code == 0 && run.output.contains("Noise floor"))
        #expect(run.output.contains("One run of 6 differs from another"))
        let one = try Tool.run(["judge", "3.28"], in: try Tool.Scratch())
        #expect(one.code == 64)
        #expect(one.errors.contains("1 run; two or more with different seeds are needed"))
    }

    @Test("a campaign spends less on each candidate, and decides none twice")
    func campaign() throws {
        let scratch = try Tool.Scratch()
        let file = "campaign.json"
        let first = try Tool.run(
            ["judge", baselines, "3.2700,3.2705", "--campaign", file, "--name", "a"], in: scratch)
        #expect(first.code == 0 && first.output.hasPrefix("KEEP"))
        let again = try Tool.run(
            ["judge", baselines, "3.2700,3.2705", "--campaign", file, "--name", "a"], in: scratch)
        #expect(again.output == first.output)
        let more = try Tool.run(
            ["judge", baselines, "3.2700,3.2705,3.29", "--campaign", file, "--name", "a"],
            in: scratch)
        #expect(more.code == 64 && more.errors.contains("a was decided before: keep"))
        let second = try Tool.run(
            ["judge", baselines, "3.2700,3.2705", "--campaign", file, "--name", "b", "--wide"],
            in: scratch)
        #expect(second.output.contains("This is candidate 2, look 1"))
        let other = try Tool.run(
            ["judge", baselines, "3.27", "--campaign", file, "--significance", "0.01"], in: scratch)
        #expect(other.code == 64 && other.errors.contains("was started with 0.05"))
    }

    @Test("probabilities and losses at the ends of their range are answered")
    func range() throws {
        let scratch = try Tool.Scratch()
        for flag in ["--significance", "--miss"] {
            let refused = try Tool.run(["judge", baselines, "3.27", flag, "1e-320"], in: scratch)
            #expect(refused.code == 64 && refused.errors.contains("at least 1e-9"), "\(refused)")
            let least = try Tool.run(["judge", baselines, "3.27", flag, "1e-9"], in: scratch)
            #expect(least.errors.isEmpty && least.output.contains("Noise floor"), "\(least)")
        }
        let diverged = try Tool.run(["judge", "3.1,1e308,3.15", "3.27"], in: scratch)
        #expect(diverged.code == 64 && diverged.errors.contains("run 2 diverged"), "\(diverged)")
        let candidate = try Tool.run(["judge", baselines, "1e308,1e308,1e308"], in: scratch)
        #expect(candidate.code == 2, "\(candidate)")
    }

    @Test("a campaign's file that cannot be read, or holds none, is left as it is")
    func campaignFiles() throws {
        let scratch = try Tool.Scratch()
        try FileManager.default.createDirectory(
            atPath: scratch.path + "/folder", withIntermediateDirectories: false)
        let folder = try Tool.run(
            ["judge", baselines, "3.27", "--campaign", "folder"], in: scratch)
        #expect(folder.code == 1 && !folder.errors.contains("no campaign"), "\(folder)")
        for text in [
            "{",
            #"{"schema": "ballast.campaign/1", "significance": 0, "miss": 0.05, "#
                + #""smallest": 1, "candidates": []}"#,
        ] {
            let file = try scratch.file("campaign.json", text)
            let outcome = try Tool.run(
                ["judge", baselines, "3.27", "--campaign", file], in: scratch)
            #expect(outcome.code == 1 && outcome.errors.contains("no campaign of"), "\(outcome)")
            #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
        }
    }

    @Test("the rule of modded-nanogpt's optimization track takes the candidate alone")
    func rule() throws {
        let run = try Tool.run(
            ["judge", "3.2781,3.2780,3.2779,3.2782,3.2778", "--rule", "track-3"],
            in: try Tool.Scratch())
        #expect(run.code == 0 && run.output.hasPrefix("KEEP"), "\(run.output)")
    }
}
