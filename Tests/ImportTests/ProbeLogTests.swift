import Foundation
import Import
import OrderedCollections
import Testing

@Suite struct ProbeLogTests {
    /// The log that `make_probe_log.py` wrote.
    private static let folder =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/ProbeLog"

    /// Twelve steps that `ballast probe pytorch` logged, of which the first and each fourth are measured.
    @Test func theProbesLogReadsWithoutAliases() throws {
        let folder = Self.folder
        let runs = try LogReader.runs(at: folder)
        try #require(runs.count == 1, "the event file beside it has the same numbers")
        let run = runs[0]
        #expect(run.unknownNames.isEmpty && run.originalNames.isEmpty && run.notes.isEmpty)
        #expect(run.series["train/loss"]?.map(\.step) == Array(1...12))
        #expect(run.series["train/loss"]?[6].value.isNaN == true)
        for tag in [
            "norm/weight/blocks.1.key.weight/rms", "norm/gradient/head.weight/fro",
            "norm/update/embedding.weight/rms", "attn/1/max_logit", "attn/0/head/1/cosine",
            "act/1/rms", "act/0/hot_channel_ratio", "out/logz", "optim/grad_norm",
        ] {
            #expect(run.series[tag]?.map(\.step) == [1, 4, 8, 12], "\(tag)")
        }
        #expect(run.settings["optimizer.epsilon"] == 1e-3 && run.settings["width"] == 8)
        // The event file alone says the same, in single precision.
        let events = folder + "/events.out.tfevents.1700000000.host.1.0.ballast_probe"
        let other = try #require(try LogReader.runs(at: events).first)
        for (tag, points) in run.series where tag != "train/loss" {
            #expect(other.series[tag]?.map(\.value) == points.map { Double(Float($0.value)) })
        }
        // A log that stops in the middle of a line has what stands before it.
        let bytes = [UInt8](
            try Data(contentsOf: URL(fileURLWithPath: folder + "/ballast_probe.jsonl")))
        let cut = NSTemporaryDirectory() + "probe-\(UUID().uuidString).jsonl"
        defer { try? FileManager.default.removeItem(atPath: cut) }
        try Data(bytes.prefix(bytes.count - 40)).write(to: URL(fileURLWithPath: cut))
        let short = try #require(try LogReader.runs(at: cut).first)
        #expect(short.lastStep == 11 && short.notes.count == 1)
    }
}
