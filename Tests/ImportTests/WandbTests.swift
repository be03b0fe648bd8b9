import Formats
import Foundation
import Import
import OrderedCollections
import Testing

/// Logs of W&B and of the hparams plugin, which the scripts beside the tests wrote.
private let logs = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Logs"

@Suite("logs of W&B")
struct WandbTests {
    private let bytes: [UInt8]

    init() throws {
        bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: logs + "/offline.wandb")))
    }

    private func row(_ run: LoggedRun, _ tag: String) -> [[Double]] {
        run.series[tag]?.map { [Double($0.step), $0.value] } ?? []
    }

    @Test("history, configuration and name are those that were logged")
    func whole() throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: logs + "/wandb.json"))
        let text = String(decoding: data, as: UTF8.self).replacingOccurrences(of: "NaN", with: "-1")
        let expected = try JSONDecoder().decode([[Double]].self, from: Data(text.utf8))
        let runs = try LogReader.runs(at: logs + "/offline.wandb")
        let run = try #require(runs.first)
        #expect(runs.count == 1 && run.name == "lr=0.01_w=64" && run.notes.isEmpty)
        #expect(row(run, "nested/a") == expected.map { [$0[0], $0[2]] })
        #expect(row(run, "optim/lr") == expected.map { [$0[0], $0[3]] })
        let losses = try #require(run.series["train/loss"])
        #expect(losses.count == 60 && losses[30].value.isNaN)
        #expect(losses.indices.allSatisfy { $0 == 30 || losses[$0].value == expected[$0][1] })
        #expect(row(run, "val/loss") == [[600, 2.5]])
        #expect(Set(run.series.keys) == ["train/loss", "nested/a", "optim/lr", "val/loss"])
        #expect(
            run.settings == ["learning_rate": 0.01, "model.n_embd": 64, "seed": 3, "late": 7])
        #expect(run.words == ["model.name": "tiny", "flag": "true"])
    }

    @Test("a file that breaks off is read up to there, wherever that is")
    func cut() throws {
        let scratch = try Scratch()
        let whole = try LogReader.runs(at: logs + "/offline.wandb")[0]
        var last = 0
        for end in Array(stride(from: 7, to: bytes.count, by: 397)) + [bytes.count] {
            let path = try scratch.put(Array(bytes[..<end]), "cut.wandb")
            let run = try LogReader.runs(at: path)[0]
            let losses = run.series["nested/a"] ?? []
            #expect(losses.count >= last)
            #expect(losses.elementsEqual(whole.series["nested/a"]?.prefix(losses.count) ?? []))
            last = losses.count
            if end < bytes.count, last < 60, end > 7, !run.notes.isEmpty {
                #expect(run.notes[0].contains("it ends within a record"))
            }
        }
        #expect(last == 60)
        // Zeros behind the end are room, not damage.
        let path = try scratch.put(bytes + [UInt8](repeating: 0, count: 4096), "long.wandb")
        #expect(try LogReader.runs(at: path)[0].notes.isEmpty)
    }

    @Test("damage is named, and what stands before it is read")
    func damage() throws {
        let scratch = try Scratch()
        var damaged = bytes
        damaged[20_000] ^= 1
        let run = try LogReader.runs(at: try scratch.put(damaged, "a.wandb"))[0]
        #expect(run.notes.count == 1 && run.notes[0].contains("it is damaged from byte"))
        #expect((run.series["nested/a"]?.count ?? 0) > 5)
        let path = try scratch.put(Array("hello, world".utf8), "b.wandb")
        let error = #expect(throws: FormatError.self) { try LogReader.runs(at: path) }
        #expect(
            error?.description
                == path + ": byte 0: no header of a .wandb file; give run-ID.wandb from the folder "
                + "of an offline run")
    }

    @Test("of an offline run's folder only its log is a run")
    func folder() throws {
        let scratch = try Scratch()
        let place = scratch.path + "/wandb/offline-run-1"
        try FileManager.default.createDirectory(
            atPath: place + "/files", withIntermediateDirectories: true)
        _ = try scratch.put(bytes, "wandb/offline-run-1/run-1.wandb")
        _ = try scratch.put(Array("iter 0: loss 1\n".utf8), "wandb/offline-run-1/files/output.log")
        let runs = try LogReader.runs(at: scratch.path)
        #expect(runs.map(\.name) == ["wandb/offline-run-1/lr=0.01_w=64"])
    }

    @Test("mutated files are refused or read")
    func mutated() throws {
        let scratch = try Scratch()
        var state: UInt64 = 23
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % max(bound, 1)
        }
        let start = Array(bytes.prefix(12_000))
        for _ in 0..<300 {
            var bytes = start
            for _ in 0...random(4) {
                let place = random(bytes.count)
                switch random(3) {
                case 0: bytes[place] ^= UInt8(1 << random(8))
                case 1: bytes.removeSubrange(place..<min(place + random(40), bytes.count))
                default: bytes.insert(UInt8(random(256)), at: place)
                }
                if bytes.isEmpty { bytes = [0x3a] }
            }
            let path = try scratch.put(bytes, "a.wandb")
            do { _ = try LogReader.runs(at: path) } catch {}
        }
    }

    @Test("settings of the hparams plugin are those of the run beside which they lie")
    func hyperparameters() throws {
        let runs = try LogReader.runs(at: logs + "/hparams")
        let run = try #require(runs.first)
        #expect(runs.count == 1 && run.name == "hparams" && run.sources.count == 2)
        #expect(row(run, "train/loss") == [[0, 4], [1, 3], [2, 2]])
        #expect(run.settings == ["lr": 0.02, "n_embd": 64])
        #expect(run.words == ["nesterov": "true", "optimizer": "muon"])
        let alone = try LogReader.runs(at: logs + "/hparams/1000000002.5")[0]
        #expect(alone.settings["lr"] == 0.02 && row(alone, "hparam/loss") == [[0, 2]])
    }
}
