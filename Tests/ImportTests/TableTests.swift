import Formats
import Foundation
import Import
import OrderedCollections
import Testing

@Suite("tables and folders of logs")
struct TableTests {
    private func points(_ run: LoggedRun, _ tag: String) -> [[Double]] {
        run.series[tag]?.map { [Double($0.step), $0.value] } ?? []
    }

    @Test("numbers are those that the standard library reads, to the last bit")
    func numbers() throws {
        var state: UInt64 = 7
        func bits() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
        var texts = [
            "0", "-0", "1e5", "1E+05", "2.5e-3", "+3", ".5", "5.", "1e400", "-1e-400", "nan",
            "-inf",
            "9007199254740993", "9223372036854775807", "18446744073709551616",
            "0.1000000000000000055",
            "123456789012345678", "1.7976931348623157e308", "5e-324", "0.000000000000000000000123",
            "00000000000000000000000012.5", "1e22", "1e23", "3.0e-27", "8.5e27",
        ]
        while texts.count < 20_000 {
            let value = Double(bitPattern: bits())
            texts.append("\(value)")
            texts.append(String(format: "%.17g", Double(Int64(bitPattern: bits())) * 0x1p-60))
            texts.append(String(format: "%.6f", Double(Int64(bitPattern: bits())) * 0x1p-50))
        }
        let scratch = try Scratch()
        let rows = texts.enumerated().map { "\($0),\($1),\"\($1)\"\n" }.joined()
        let run = try LogReader.runs(at: scratch.put("step,plain,quoted\n" + rows, "a.csv"))[0]
        for name in ["plain", "quoted"] {
            let found = try #require(run.series[name])
            #expect(found.count == texts.count)
            for (point, text) in zip(found, texts) {
                let expected = try #require(Double(text))
                #expect(
                    point.value.bitPattern == expected.bitPattern
                        || (point.value.isNaN && expected.isNaN), "\(text) is \(point.value)")
            }
        }
    }

    @Test("rows may be short, long, blank, quoted, ended in any way and go back")
    func rows() throws {
        let scratch = try Scratch()
        let text =
            "\u{FEFF}loss,step,\"a \"\"b\"\"\",note\r\n3.5,1, 7 ,x\r\n,,,\r\n\n2.5,2\n"
            + "\"1,5\",3,1,\"x\ny\",9,9\n1.25,\"4\"\n9,none,1\n2,3,8,\n\"1.0\",4,"
        let run = try LogReader.runs(at: scratch.put(text, "a.csv"))[0]
        #expect(points(run, "train/loss") == [[1, 3.5], [2, 2.5], [3, 2], [4, 1]])
        #expect(points(run, "a \"b\"") == [[1, 7], [3, 8]])
        #expect(run.resumes == 1 && run.resumeSteps == [3])
        #expect(run.notes.count == 1 && run.notes[0].contains("1 rows without a number in 'step'"))
        // What is called by our tag is that, wherever it stands; another name of it keeps its own.
        for columns in ["loss,train/loss", "train/loss,loss"] {
            let text = "step,\(columns)\n1,2,3\n2,4,5\n"
            let both = try LogReader.runs(at: scratch.put(text, "c.csv"))[0]
            let isFirst = columns.hasPrefix("train")
            #expect(
                points(both, "train/loss") == (isFirst ? [[1, 2], [2, 4]] : [[1, 3], [2, 5]]))
            #expect(points(both, "loss") == (isFirst ? [[1, 3], [2, 5]] : [[1, 2], [2, 4]]))
            #expect(both.originalNames.isEmpty)
        }
        // Columns of one name are one metric, the last of a row its value.
        let twice = try LogReader.runs(at: scratch.put("step,loss,loss\n1,2,3\n", "b.csv"))[0]
        #expect(points(twice, "train/loss") == [[1, 3]])
    }

    @Test("rows that lie across the blocks of a file are those of one block")
    func blocks() throws {
        let scratch = try Scratch()
        // Longer than three blocks of 256 KiB: quotes, line ends and escapes fall on each boundary.
        var text = "step,loss,note\r\n"
        var expected: [[Double]] = []
        for step in 1...40_000 {
            text +=
                "\(step),\(Double(step) / 7),\"a\"\"\n\(String(repeating: "b", count: step % 23))\"\r\n"
            expected.append([Double(step), Double(step) / 7])
        }
        #expect(text.utf8.count > 3 << 18)
        let run = try LogReader.runs(at: scratch.put(text, "a.csv"))[0]
        #expect(points(run, "train/loss") == expected)
        // A field that is longer than blocks, and names of columns that are.
        let long = String(repeating: "x\n", count: 400_000)
        let wide = try LogReader.runs(
            at: scratch.put("step,loss,\"\(long)\"\n1,2,3\n2,\"3\",\"\(long)\"\n3,4,5", "b.csv"))[0]
        #expect(points(wide, "train/loss") == [[1, 2], [2, 3], [3, 4]])
        #expect(points(wide, long) == [[1, 3], [3, 5]])
        let error = #expect(throws: FormatError.self) {
            try LogReader.runs(at: scratch.put("step,loss\n1,\"2\n" + long, "c.csv"))
        }
        #expect(error?.description.contains("a quote that is never closed") == true)
    }

    @Test("what is no log in a folder of logs is listed; a folder without any says why")
    func folders() throws {
        let scratch = try Scratch()
        _ = try scratch.put("name,colour\na,b\n", "notes.csv")
        let error = #expect(throws: FormatError.self) { try LogReader.runs(at: scratch.path) }
        #expect(error?.description.contains("notes.csv: has no 'column of steps'") == true)
        let inner = scratch.path + "/run-1"
        try FileManager.default.createDirectory(
            atPath: inner, withIntermediateDirectories: true)
        _ = try scratch.put("step,loss\n1,2\n", "run-1/log.csv")
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path + "/latest-run", withDestinationPath: "run-1")
        let runs = try LogReader.runs(at: scratch.path)
        #expect(runs.map(\.name) == ["run-1/log"])
        #expect(runs[0].notes.count == 1 && runs[0].notes[0].hasPrefix("not read: "))
    }

    @Test("text that is no log is not read because it lies in the folder")
    func text() throws {
        let scratch = try Scratch()
        let words = String(repeating: "iter of words without numbers\n", count: 60_000)
        _ = try scratch.put(words + "iter 1: loss 2.5, time 1ms, mfu 1%\n", "corpus.txt")
        #expect(throws: FormatError.self) { try LogReader.runs(at: scratch.path) }
        _ = try scratch.put("iter 1: loss 2.5, time 1ms, mfu 1%\n" + words, "train.log")
        #expect(try LogReader.runs(at: scratch.path).map(\.name) == ["train"])
    }

    @Test("tables beside a sweep's plan are summaries of its runs, and no runs of their own")
    func summaries() throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(
            atPath: scratch.path + "/cells/a", withIntermediateDirectories: true)
        _ = try scratch.put("run,val_loss,learning_rate\na,2.5,1e-3\nb,2.25,1e-2\n", "runs.csv")
        _ = try scratch.put("step,train/loss\n1,3\n2,2.5\n", "cells/a/metrics.csv")
        // The broken twin: without a plan a table with a row per run is what it holds.
        #expect(try LogReader.runs(at: scratch.path).count > 1)
        _ = try scratch.put("{}", "sweep.json")
        let runs = try LogReader.runs(at: scratch.path)
        #expect(runs.map(\.name) == ["cells/a/metrics"])
    }
}
