import Formats
import Foundation
import Import
import OrderedCollections
import Testing

/// Logs as people have them: exports, states of several checkpoints, runs one below the other, words for numbers.
@Suite("odd logs") struct OddLogTests {
    private func points(_ run: LoggedRun, _ tag: String) -> [[Double]] {
        run.series[tag]?.map { [Double($0.step), $0.value] } ?? []
    }

    private func refusal(_ path: String) -> String {
        do throws(FormatError) {
            let runs = try LogReader.runs(at: path)
            return "read as \(runs.map(\.name))"
        } catch { return error.description }
    }

    @Test("a long table is one run for each name in its column of runs, in any order of rows")
    func longTables() throws {
        let scratch = try Scratch()
        let text = "step,run_name,loss,lr\n1,a,3,0.1\n1,b,4,0.2\n2,a,2.5,0.1\n2,b,3.5,\n"
        let runs = try LogReader.runs(at: scratch.put(text, "long.csv"))
        #expect(runs.map(\.name) == ["a", "b"])
        #expect(points(runs[0], "train/loss") == [[1, 3], [2, 2.5]])
        #expect(points(runs[1], "train/loss") == [[1, 4], [2, 3.5]])
        #expect(points(runs[1], "optim/lr") == [[1, 0.2]])
        #expect(runs.allSatisfy { $0.resumes == 0 })
        // One below the other, and named by numbers.
        let below = "trial,step,loss\n7,1,3\n7,2,2\n8,1,4\n8,2,3\n"
        let trials = try LogReader.runs(at: scratch.put(below, "below.csv"))
        #expect(trials.map(\.name) == ["7", "8"])
        #expect(points(trials[0], "train/loss") == [[1, 3], [2, 2]])
        // A row a value, as `ballast report` writes them.
        let tidy =
            "run,step,metric,unit,value\na,1,train/loss,nats,3\na,1,optim/lr,,0.1\nb,1,train/loss,nats,4\n"
            + "a,2,train/loss,nats,2\n"
        let values = try LogReader.runs(at: scratch.put(tidy, "tidy.csv"))
        #expect(values.map(\.name) == ["a", "b"])
        #expect(points(values[0], "train/loss") == [[1, 3], [2, 2]])
        #expect(points(values[0], "optim/lr") == [[1, 0.1]])
        // Without such a column rows go back, and the log says so.
        let bare = try LogReader.runs(
            at: scratch.put("step,loss\n1,3\n2,2\n1,4\n2,3\n", "bare.csv"))
        #expect(bare.count == 1 && bare[0].resumes == 1)
    }

    @Test("epochs and tokens that are no whole numbers lose no row")
    func fractions() throws {
        let scratch = try Scratch()
        let rows = [(0.25, 4), (0.5, 3), (0.75, 2.5), (1.0, 2)]
        let csv = "epoch,loss\n" + rows.map { "\($0),\($1)\n" }.joined()
        let lines = rows.map { #"{"epoch": \#($0), "loss": \#($1)}"# + "\n" }.joined()
        for path in [try scratch.put(csv, "a.csv"), try scratch.put(lines, "b.jsonl")] {
            let run = try LogReader.runs(at: path)[0]
            #expect(points(run, "train/loss") == [[1, 4], [2, 3], [3, 2.5], [4, 2]])
            #expect(points(run, "train/epoch") == [[1, 0.25], [2, 0.5], [3, 0.75], [4, 1]])
            #expect(run.notes.contains { $0.contains("steps are the numbers of its rows") })
        }
        let tokens = try LogReader.runs(
            at: scratch.put("tokens,loss\n524288,4\n1048576,3\n", "t.csv"))[0]
        #expect(points(tokens, "train/loss") == [[524_288, 4], [1_048_576, 3]])
        #expect(tokens.notes.isEmpty)
        let billions = refusal(try scratch.put("tokens,loss\n0.5B,4\n1.0B,3\n", "u.csv"))
        #expect(billions.contains("column 'tokens': '0.5B' in place of a number of steps"))
        let groups = refusal(try scratch.put("step,loss\n\"1,000\",4\n", "v.csv"))
        #expect(groups.contains("'1,000' in place of a number of steps"))
    }

    @Test("NaN as a string is NaN, names are read in any case, and a byte-order mark is none")
    func jsonLines() throws {
        let scratch = try Scratch()
        let text =
            "\u{FEFF}{\"Step\": 10, \"Loss\": 3.5, \"LR\": 0.1}\r\n"
            + #"{"Step": 20, "Loss": "NaN", "LR": 0.1, "note": "nano"}"# + "\r\n"
            + #"{"Step": 30, "Loss": NaN, "grad_norm": "-Infinity"}"# + "\r\n"
        let run = try LogReader.runs(at: scratch.put(text, "a.jsonl"))[0]
        let losses = try #require(run.series["train/loss"])
        #expect(losses.map(\.step) == [10, 20, 30])
        #expect(losses[0].value == 3.5 && losses[1].value.isNaN && losses[2].value.isNaN)
        #expect(run.series["optim/grad_norm"]?.first?.value == -.infinity)
        #expect(run.series["note"] == nil && run.notes.isEmpty)
    }

    @Test("of the states that a Trainer left, the last is the run")
    func trainerStates() throws {
        let scratch = try Scratch()
        func state(_ steps: [Int], _ folder: String) throws {
            let path = scratch.path + "/" + folder
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
            let log = steps.map { #"{"loss": \#(5 - $0 / 100), "step": \#($0)}"# }
            _ = try scratch.put(
                #"{"max_steps": 300, "log_history": [\#(log.joined(separator: ", ")), null]}"#,
                folder + "/trainer_state.json")
        }
        try state([100], "out/checkpoint-100")
        try state([100, 200, 300], "out/checkpoint-300")
        try state([100, 200], "out/checkpoint-200")
        let runs = try LogReader.runs(at: scratch.path + "/out")
        #expect(runs.map(\.name) == ["checkpoint-300/trainer_state"])
        #expect(runs[0].settings["max_steps"] == 300)
        #expect(runs[0].notes.contains { $0.contains("1 entries of log_history are no objects") })
        try state([100, 200, 300], "out")
        #expect(try LogReader.runs(at: scratch.path + "/out").map(\.name) == ["trainer_state"])
        let empty = refusal(
            try scratch.put(#"{"log_history": []}"#, "trainer_state.json"))
        #expect(empty.contains("log_history: no entries with numbers"))
    }

    @Test("what the Trainer prints is read, behind progress bars and with numbers in quotes")
    func trainerText() throws {
        let scratch = try Scratch()
        let text =
            "  0%|          | 0/30 [00:00<?, ?it/s]\r"
            + " 33%|###  | 10/30 [00:01<00:02]{'loss': 3.5, 'grad_norm': 1.25, 'learning_rate': 5e-05, "
            + "'epoch': 0.33}\n{'eval_loss': 3.25, 'eval_runtime': 1.5, 'epoch': 0.33}\n"
            + "{'loss': '3.0', 'grad_norm': 'nan', 'learning_rate': '4e-05', 'epoch': '0.67'}\n"
            + "{'a': 'word'}\n{'train_runtime': 9.5, 'train_loss': 3.2, 'epoch': 1.0}\n"
        let run = try LogReader.runs(at: scratch.put(text, "train.log"))[0]
        #expect(points(run, "train/loss") == [[1, 3.5], [2, 3]])
        #expect(points(run, "val/loss") == [[1, 3.25]])
        #expect(points(run, "optim/lr") == [[1, 5e-5], [2, 4e-5]])
        #expect(run.series["optim/grad_norm"]?.last?.value.isNaN == true)
        #expect(run.notes.contains { $0.contains("prints no steps") })
    }

    @Test("compressed logs are what their names say, in folders too")
    func compressed() throws {
        let scratch = try Scratch()
        _ = try scratch.put(gzip("step\tloss\n1,000\t4\n2\t3\n"), "a.tsv.gz")
        _ = try scratch.put(gzip("{\"step\": 1, \"loss\": 4}\n"), "b.jsonl.gz")
        let runs = try LogReader.runs(at: scratch.path)
        #expect(runs.map(\.name) == ["a", "b"])
        #expect(points(runs[0], "train/loss") == [[2, 3]])
        let text = try Scratch()
        _ = try text.put(gzip("iter 1: loss 4.0, time 1ms\n"), "c.log.gz")
        #expect(try LogReader.runs(at: text.path).map(\.name) == ["c"])
    }

    @Test(
        "W&B's and TensorBoard's exports: steps beside metrics, settings in names, a tag in the file's"
    )
    func exports() throws {
        let scratch = try Scratch()
        let wandb =
            "\"trainer/global_step\",\"lr: 0.001 - train/loss\",\"lr: 0.001 - _step\",\"lr: 0.001 - _step__MIN\"\n"
            + "\"1\",\"3.5\",\"1\",\"1\"\n"
        let run = try LogReader.runs(at: scratch.put(wandb, "w.csv"))[0]
        #expect(run.name == "lr: 0.001" && Array(run.series.keys) == ["train/loss"])
        #expect(
            SettingNames.settings(in: run.name).map { [$0.name, $0.text] } == [["lr", "0.001"]])
        let curve = "Wall time,Step,Value\n1700000000.5,10,3.5\n1700000001.5,20,3\n"
        let board = try LogReader.runs(at: scratch.put(curve, "run-big-tag-train_loss.csv"))[0]
        #expect(board.name == "big" && points(board, "train/loss") == [[10, 3.5], [20, 3]])
        #expect(board.series.count == 1)
        let timed = refusal(
            try scratch.put(
                "\"Relative Time (Process)\",\"loss\"\n\"1.5\",\"3\"\n\"3\",\"2\"\n", "x.csv"))
        #expect(timed.contains("has no 'column of steps'"))
    }

    @Test("the index that pandas writes counts steps where nothing else does, and is no metric")
    func indices() throws {
        let scratch = try Scratch()
        let steps = try LogReader.runs(at: scratch.put(",loss\n0,4\n1,3\n", "a.csv"))
        #expect(steps.count == 1 && points(steps[0], "train/loss") == [[0, 4], [1, 3]])
        let both = try LogReader.runs(at: scratch.put(",step,loss\n0,10,4\n1,20,3\n", "b.csv"))[0]
        #expect(points(both, "train/loss") == [[10, 4], [20, 3]] && both.series.count == 1)
        let runs = try LogReader.runs(
            at: scratch.put(",lr,width,val_loss\n0,0.1,64,3\n1,0.2,64,2\n", "c.csv"))
        #expect(runs.count == 2 && runs[1].settings.keys.elementsEqual(["lr", "width"]))
    }

    @Test("tables from spreadsheets: decimal commas, lines above the names, a row that is cut off")
    func spreadsheets() throws {
        let scratch = try Scratch()
        let commas = try LogReader.runs(
            at: scratch.put("step;loss\r\n1;3,5\r\n2;2,25\r\n", "a.csv"))[0]
        #expect(points(commas, "train/loss") == [[1, 3.5], [2, 2.25]])
        let above = try LogReader.runs(
            at: scratch.put("\n# made by hand\n\nstep,loss\n1,3.5\n", "b.csv"))[0]
        #expect(points(above, "train/loss") == [[1, 3.5]])
        let cut = try LogReader.runs(
            at: scratch.put("step,loss,lr\n1,3.5,0.1\n2,3.25,0.1\n3,2.", "c.csv"))[0]
        #expect(points(cut, "train/loss") == [[1, 3.5], [2, 3.25]])
        #expect(cut.notes.contains { $0.contains("its last row is not complete") })
        let falling = refusal(try scratch.put("step,loss\n4,1\n3,2\n2,3\n1,4\n", "d.csv"))
        #expect(falling.contains("steps that fall from row to row; sort the rows"))
        var wide = Data([0xff, 0xfe])
        wide.append("step,loss\n1,2\n".data(using: .utf16LittleEndian) ?? Data())
        #expect(refusal(try scratch.put([UInt8](wide), "e.csv")).contains("iconv -f UTF-16"))
        #expect(refusal(try scratch.put("", "f.csv")).contains("no bytes; the file is empty"))
    }

    @Test("rows of runs that did not end say so")
    func failures() throws {
        let scratch = try Scratch()
        let text =
            "Name,State,val_loss\na,finished,3\nb,crashed,0\nc,running,4\nd,FAILED,\ne,,2\n"
        let runs = try LogReader.runs(at: scratch.put(text, "runs.csv"))
        #expect(runs.map(\.failure) == [nil, "crashed", "running", "FAILED", nil])
    }
}

/// A gzip file of a text.
private func gzip(_ text: String) -> [UInt8] {
    // Blocks that are stored, not compressed, of less than 65,536 bytes.
    let bytes = [UInt8](text.utf8)
    var result: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1]
    func put(_ value: UInt32, bytes count: Int) {
        for place in 0..<count {
            result.append(UInt8(truncatingIfNeeded: value >> (8 * UInt32(place))))
        }
    }
    put(UInt32(bytes.count), bytes: 2)
    put(~UInt32(bytes.count), bytes: 2)
    result += bytes
    var crc: UInt32 = 0xffff_ffff
    for byte in bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
    }
    put(~crc, bytes: 4)
    put(UInt32(bytes.count), bytes: 4)
    return result
}
