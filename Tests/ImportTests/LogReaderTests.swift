import Formats
import Foundation
import Import
import OrderedCollections
import Testing

/// The logs that the script beside the tests wrote.
private let logs = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Logs"

@Suite struct LogReaderTests {
    private func values(_ run: LoggedRun, _ tag: String) -> [Double]? {
        run.series[tag]?.map(\.value)
    }

    /// TensorBoard keeps both values of a step that a resumed run logs again; the later one is the run's.
    @Test func eventFilesReadAsTensorBoardHasThem() throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: logs + "/values.json"))
        let expected = try JSONDecoder().decode([String: [[Double]]].self, from: data)
        let runs = try LogReader.runs(at: logs + "/tensorboard")
        try #require(runs.count == 1)
        let run = runs[0]
        #expect(run.name == "tensorboard" && run.sources.count == 2 && run.resumes == 1)
        let names = [
            "train/loss": "train/loss", "lr": "optim/lr", "custom thing": "custom thing",
            "grads/block.0.mlp/rms": "norm/gradient/block.0.mlp/rms",
        ]
        for (theirs, ours) in names {
            var last: [Int: Double] = [:]
            for pair in expected[theirs] ?? [] { last[Int(pair[0])] = pair[1] }
            let points = try #require(run.series[ours])
            #expect(points.map(\.step) == Array(1...14))
            #expect(points.allSatisfy { last[$0.step] == $0.value }, "\(theirs)")
        }
        // TensorBoard's reader of scalars leaves out the tensors of TensorFlow 2.
        #expect(values(run, "val/loss")?.prefix(2) == [4, 2])
        #expect(run.originalNames["val/loss"] == "eval/loss")
        #expect(run.unknownNames == ["custom thing"])
    }

    @Test func exportsOfWandbAreARunAColumn() throws {
        let runs = try LogReader.runs(at: logs + "/wandb.csv")
        #expect(runs.map(\.name) == ["small", "large"])
        #expect(values(runs[0], "train/loss") == [3, 2.9, 2.8, 2.7, 2.6])
        #expect(runs[1].series["train/loss"]?.map(\.step) == [0, 1, 3, 4])
        #expect(runs.allSatisfy { $0.series.count == 1 })
    }

    @Test func halfEmptyTablesAndRowsOfRunsAreRead() throws {
        let lightning = try LogReader.runs(at: logs + "/lightning.csv")
        try #require(lightning.count == 1)
        #expect(values(lightning[0], "train/loss") == [2.5, 2.25])
        #expect(values(lightning[0], "val/loss") == [2.75])
        #expect(values(lightning[0], "optim/lr") == [0.001])
        let results = try LogReader.runs(at: logs + "/results.tsv")
        #expect(results.map { values($0, "val/loss") } == [[3.28], [3.27]])
        #expect(results.map { $0.settings["learning_rate"] } == [0.02, 0.03])
    }

    @Test func jsonLinesAndTrainerStatesAreRead() throws {
        let lines = try LogReader.runs(at: logs + "/metrics.jsonl")[0]
        #expect(values(lines, "train/loss") == [3, 2, 1])
        #expect(lines.series["optim/lr"]?.map(\.step) == [0, 10, 20])
        #expect(values(lines, "optim/grad_norm")?.last?.isNaN == true)
        let state = try LogReader.runs(at: logs + "/trainer_state.json")[0]
        #expect(values(state, "train/loss") == [3.5, 3] && values(state, "val/loss") == [3.25])
        #expect(values(state, "optim/grad_norm") == [2, .infinity])
        #expect(state.unknownNames == ["eval_runtime"])
    }

    @Test func aFolderHoldsAllItsRuns() throws {
        let runs = try LogReader.runs(at: logs)
        #expect(runs.count == 10)
        #expect(
            Set(runs.map(\.name)).isSuperset(of: ["tensorboard", "results/1", "metrics", "hparams"])
        )
    }

    @Test func whatIsNoLogIsSaid() throws {
        let scratch = try Scratch()
        func message(_ text: String, _ name: String) throws -> String {
            let path = try scratch.put(Array(text.utf8), name)
            let error = #expect(throws: FormatError.self) { _ = try LogReader.runs(at: path) }
            return error?.description.replacingOccurrences(of: path, with: "FILE") ?? ""
        }
        #expect(
            try message("a,b\n1,2\n", "a.csv")
                == "FILE: has no 'column of steps'; its columns are a, b; name one 'step', or one "
                + "'loss' for a row a run (--names says which is which)")
        #expect(
            try message("step,loss\n1,\"2\n", "b.csv")
                == "FILE: table: a quote that is never closed; correct the file")
        #expect(
            try message("hello\n", "c.jsonl")
                == "FILE: line 1: no JSON objects with numbers; give a file with an object a line, or "
                + "trainer_state.json")
        #expect(
            try message("x\n", "d.txt").hasPrefix(
                "FILE: contents: no log of a kind that is known; give event files of TensorBoard"))
        #expect(throws: FormatError.self) { _ = try LogReader.runs(at: scratch.path + "/none") }
    }

    @Test(arguments: [
        ("tensorboard/events.out.tfevents.1000000000.host.0.0", "a.tfevents.1"),
        ("wandb.csv", "a.csv"), ("results.tsv", "a.tsv"), ("metrics.jsonl", "a.jsonl"),
        ("trainer_state.json", "a.json"), ("lightning.csv", "b.csv"),
    ])
    func mutatedLogsAreRefusedOrRead(file: String, name: String) throws {
        let scratch = try Scratch()
        let original = [UInt8](try Data(contentsOf: URL(fileURLWithPath: logs + "/" + file)))
        var state: UInt64 = 11
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % max(bound, 1)
        }
        for _ in 0..<700 {
            var bytes = original
            for _ in 0...random(4) {
                let place = random(bytes.count)
                switch random(5) {
                case 0: bytes[place] ^= UInt8(1 << random(8))
                case 1: bytes[place] = [0x22, 0x2c, 0x39, 0x2d, 0x65, 0x0a, 0xff][random(7)]
                case 2: bytes.insert(contentsOf: Array("1e999".utf8), at: place)
                case 3: if bytes.count > 10 { bytes.removeSubrange(place...) }
                default: bytes.insert(UInt8(random(256)), at: place)
                }
                if bytes.isEmpty { bytes = [0x7b] }
            }
            let path = try scratch.put(bytes, name)
            do { _ = try LogReader.runs(at: path) } catch {}
        }
    }
}
