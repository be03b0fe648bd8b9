import Documents
import EngineCPU
import Engines
import Foundation
import Modules
import Runs
import Statistics
import Sweeps
import Testing
import Training

/// Trains as the serial trainer does, counts, and is interrupted after so many runs.
private final class CountingTrainer: StudyTrainer {
    struct Interrupted: Error {}

    let serial = SerialTrainer { try CPUEngine(threads: 1) }
    var trained = 0
    var most = Int.max
    let jobs = 1
    let sideBySide = 1.0

    func engine() throws -> any Engine { try serial.engine() }

    func train(
        _ study: Study, in folder: SweepFolder, until deadline: ContinuousClock.Instant?
    ) throws {
        for cell in study.cells where !folder.cell(cell.name).isDone {
            guard trained < most else { throw Interrupted() }
            try serial.train(
                Study(name: "one", axes: [], cells: [cell]), in: folder, until: deadline)
            trained += 1
        }
    }

    func launch(_: String, in _: RunFolder, threads _: Int, stopAfter _: Int?) throws {}
    func leaveIfStopped() throws {}
}

/// A folder with a text, and what a session printed.
private final class Bench {
    let path = NSTemporaryDirectory() + "ballast-session-\(UUID().uuidString)"
    let trainer = CountingTrainer()
    let catalog = StudyCatalog([ToyStudy.self])
    var printed = ""

    init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try String(repeating: "the ship keeps its weight low and rights itself. ", count: 300)
            .write(toFile: path + "/text.txt", atomically: true, encoding: .utf8)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var configuration: RunConfiguration {
        var configuration = RunConfiguration()
        configuration.model.width = 16
        configuration.model.depth = 1
        configuration.model.context = 16
        configuration.model.headDimension = 8
        configuration.data.text = [path + "/text.txt"]
        configuration.data.batch = 2
        configuration.steps = 4
        configuration.evaluation.batches = 1
        return configuration
    }

    /// Runs the toy with a bound.
    func run(
        bound: Double, dryRun: Bool = false, json: Bool = false, out: Bool = true
    ) throws -> Int32 {
        printed = ""
        return try StudySession(
            catalog: catalog, trainer: trainer,
            options: .init(
                out: out ? path + "/out" : nil, isDryRun: dryRun, isJSON: json, columns: 80,
                command: "ballast toy"), output: { self.printed += $0 }
        ).run(ToyStudy(configuration, bound: bound))
    }

    func file(_ name: String) throws -> String {
        try String(contentsOfFile: path + "/out/toy/" + name, encoding: .utf8)
    }
}

@Suite("a kind of study is a folder, a command and a line")
struct SessionTests {
    @Test("the toy runs end to end: dry run, interruption, resumption, all verdicts, report again")
    func toy() throws {
        let bench = try Bench()
        #expect(try bench.run(bound: 9, dryRun: true) == 0)
        #expect(bench.printed.hasPrefix("does the final loss stay below 9.0?\n"))
        #expect(bench.printed.contains("power: from the lowest seed to the highest\n"))
        #expect(bench.printed.contains("0/2 runs done; remaining: 2.56e-4M tokens"))
        #expect(!FileManager.default.fileExists(atPath: bench.path + "/out"))

        // Interrupted after a run, it goes on with the other.
        bench.trainer.most = 1
        #expect(throws: CountingTrainer.Interrupted.self) { try bench.run(bound: 9) }
        #expect(throws: (any Error).self) { try bench.file("toy.json") }
        #expect(try bench.run(bound: 9, dryRun: true) == 0)
        #expect(bench.printed.contains("1/2 runs done; remaining: 1.28e-4M tokens"))
        bench.trainer.most = .max
        #expect(try bench.run(bound: 9) == 0)
        #expect(bench.trainer.trained == 2)
        #expect(bench.printed.contains("\nPASS  Does the loss stay low?\n"))
        #expect(bench.printed.hasSuffix("/toy.json\n"))

        // The losses decide each verdict, and the exit code is the JSON's.
        let result = try ToyResult(json: Data(bench.file("toy.json").utf8))
        let losses = result.finalLosses.sorted()
        #expect(losses.count == 2 && losses[0] < losses[1])
        let middle = (losses[0] + losses[1]) / 2
        for (bound, verdict) in [
            (losses[1] + 1, Verdict.pass), (losses[0] / 2, .fail), (middle, .inconclusive),
        ] {
            let code = try bench.run(bound: bound)
            let json = try bench.file("toy.json")
            #expect(json.contains("\"verdict\" : \"\(verdict.rawValue)\""))
            #expect(code == verdict.exitCode)
            #expect(bench.printed.contains("\(verdict.rawValue)  Does the loss stay low?"))
            let page = try bench.file("report.html")
            #expect(page.contains(">\(verdict.rawValue)<") && page.contains("ballast toy"))
            #expect(page.contains(bench.configuration.digest))
        }
        #expect(bench.trainer.trained == 2)

        // Keys in snake case, sorted, with null for what is not known.
        #expect(try bench.run(bound: 9, json: true) == 0)
        #expect(
            bench.printed
                == "{\"final_losses\":[\(result.finalLosses[0]),\(result.finalLosses[1])],"
                + "\"reason\":null,\"schema\":\"ballast.toy/1\",\"verdict\":\"PASS\"}\n")
        #expect(try bench.file("toy.csv").split(separator: "\n").count == 3)
        #expect(
            FileManager.default.fileExists(
                atPath: bench.path + "/out/toy/figures/toy-losses.vl.json"))

        // The catalog finds it again; without its line nothing does.
        let found = try bench.catalog.results(in: bench.path + "/out/toy")
        #expect(found.count == 1 && found.first is ToyResult)
        #expect(found.first?.document.markdown.contains("# Does the loss stay low?") == true)
        #expect(try StudyCatalog([]).results(in: bench.path + "/out/toy").isEmpty)
        try "{".write(
            toFile: bench.path + "/out/toy/toy.json", atomically: true, encoding: .utf8)
        #expect(throws: RunError.self) {
            try bench.catalog.results(in: bench.path + "/out/toy")
        }
    }

    @Test("without a folder a study leaves nothing behind")
    func noFolder() throws {
        let bench = try Bench()
        #expect(try bench.run(bound: 9, json: true, out: false) == 0)
        #expect(bench.trainer.trained == 2)
        #expect(bench.printed.contains("\"verdict\":\"PASS\""))
        // Nor where studies of one folder share their runs, which a second study would take up.
        #expect(try bench.run(bound: 9, json: true, out: false) == 0)
        #expect(bench.trainer.trained == 4)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: bench.path) == ["text.txt"])
    }
}
