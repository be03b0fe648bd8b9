import Formats
import Foundation
import RunTables
import Runs
import Testing

@Suite("full and closed outputs, signals, cells that fail", .serialized)
struct FaultTests {
    /// A run long enough to be met by a signal.
    private func long(_ scratch: Tool.Scratch, _ more: String = "") throws -> String {
        try scratch.file(
            "long.yaml",
            """
            model: {width: 16, depth: 1, context: 16, head-dimension: 8}
            data: {text: [\(scratch.path)/text.txt], batch: 2}
            steps: 200000
            evaluation: {every: 0, batches: 1}
            checkpoints: {every: 50}
            \(more)
            """)
    }

    private func study(_ scratch: Tool.Scratch, steps: Int = 20) throws -> String {
        try scratch.file(
            "study.yaml",
            """
            name: faults
            base:
              model: {width: 16, depth: 1, context: 16, head-dimension: 8}
              data: {text: [\(scratch.path)/text.txt], batch: 2}
              steps: \(steps)
              evaluation: {every: 0, batches: 1}
            grid: {optimizer.learning-rate: [1e-3, 3e-3, 1e-2]}
            """)
    }

    /// Runs a line of bash in which `$B` is the tool.
    private func bash(_ line: String, in scratch: Tool.Scratch) throws -> Tool.Outcome {
        try Tool.run(
            ["-c", line], of: URL(fileURLWithPath: "/bin/bash"), in: scratch,
            environment: ["B": Tool.url.path, "SWIFT_BACKTRACE": "enable=no"])
    }

    @Test("a full output is said and loses nothing; a closed one and full errors neither")
    func outputs() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.configuration()
        let full = try bash("$B train \(config) --out full >/dev/full", in: scratch)
        #expect(full.code == 1)
        #expect(full.errors.contains("standard output: No space left on device"), "\(full.errors)")
        #expect(try RunFolder(scratch.path + "/full").readResult()?.stepsDone == 60)
        #expect(try bash("$B config \(config) >/dev/full", in: scratch).code == 1)
        #expect(try bash("$B --help >/dev/full", in: scratch).code == 1)
        #expect(try bash("$B train \(config) --out b 2>/dev/full", in: scratch).code == 0)
        #expect(try bash("$B train none.yaml --out c 2>/dev/full", in: scratch).code == 1)
        #expect(try bash("$B train 2>/dev/full", in: scratch).code == 64)
        #expect(try bash("$B train \(config) --out d >&- 2>&-", in: scratch).code == 0)
        let log = try EventLog.read(folder: scratch.path + "/d")
        #expect(log.files.allSatisfy { $0.damage == nil } && !log.files.isEmpty)
    }

    @Test(
        "each signal saves and leaves with its code",
        arguments: [SIGINT, SIGTERM, SIGHUP, SIGXCPU])
    func signals(number: Int32) throws {
        let scratch = try Tool.Scratch()
        let (process, _, errors) = try Tool.start(
            ["train", long(scratch), "--out", "run"], in: scratch)
        let folder = RunFolder(scratch.path + "/run")
        while folder.checkpointSteps.isEmpty, process.isRunning { usleep(2000) }
        kill(process.processIdentifier, SIGUSR1)
        usleep(50_000)
        #expect(process.isRunning, "SIGUSR1 saves and goes on")
        kill(process.processIdentifier, number)
        process.waitUntilExit()
        #expect(process.terminationStatus == 128 + number)
        let text = try String(contentsOfFile: errors, encoding: .utf8)
        let step = try #require(folder.checkpointSteps.last)
        #expect(text.contains("saved after step \(step) of"), "\(text)")
    }

    @Test("nobody reads on: saved, and left as SIGPIPE has it; nohup goes on")
    func pipe() throws {
        let scratch = try Tool.Scratch()
        let config = try long(scratch)
        let head = try bash(
            "$B train \(config) --out run | head -n 1; exit ${PIPESTATUS[0]}", in: scratch)
        #expect(head.code == 141)
        #expect(!RunFolder(scratch.path + "/run").checkpointSteps.isEmpty)
        let nohup = try bash(
            """
            nohup $B train \(config) --out kept --quiet & p=$!
            while [ -z "$(ls kept/checkpoints/*.safetensors 2>/dev/null)" ]; do sleep .01; done
            kill -HUP $p; sleep .1; kill -TERM $p; wait $p
            """, in: scratch)
        #expect(nohup.code == 143)
    }

    @Test("a limit of file sizes is an error with its advice")
    func fileSize() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.configuration()
        let limited = try bash(
            "(ulimit -f 40; $B train \(config) --out small --quiet)", in: scratch)
        #expect(limited.code == 1)
        #expect(limited.errors.contains("ulimit -f"), "\(limited.errors)")
    }

    @Test("what is wrong with one cell stops neither the others, nor status, nor report")
    func cells() throws {
        let scratch = try Tool.Scratch()
        let study = try study(scratch)
        let cells = scratch.path + "/s/cells"
        try FileManager.default.createDirectory(atPath: cells, withIntermediateDirectories: true)
        try "".write(toFile: cells + "/learning-rate=1e-3", atomically: true, encoding: .utf8)
        let first = try Tool.run(["sweep", "run", study, "--out", "s"], in: scratch)
        #expect(first.code == 1)
        #expect(first.errors.contains("failed: learning-rate=1e-3"), "\(first.errors)")
        let status = try Tool.run(["sweep", "status", "s"], in: scratch)
        #expect(status.code == 0)
        #expect(status.output.contains("2 of 3 runs done"), "\(status.output)")
        #expect(status.output.contains("a file stands where its folder should"))

        try FileManager.default.removeItem(atPath: cells + "/learning-rate=1e-3")
        #expect(try Tool.run(["sweep", "run", study, "--out", "s"], in: scratch).code == 0)
        let damaged = cells + "/learning-rate=1e-3/result.json"
        try "{".write(toFile: damaged, atomically: true, encoding: .utf8)
        try FileManager.default.removeItem(atPath: cells + "/learning-rate=1e-2/result.json")
        let second = try Tool.run(["sweep", "run", study, "--out", "s"], in: scratch)
        #expect(second.code == 1)
        #expect(second.errors.contains("result.json: does not parse"), "\(second.errors)")
        #expect(
            try Tool.run(["sweep", "status", "s"], in: scratch).output.contains("2 of 3 runs done"))
        #expect(try Tool.run(["report", "s"], in: scratch).code == 0)
        try FileManager.default.removeItem(atPath: damaged)
        #expect(try Tool.run(["sweep", "run", study, "--out", "s"], in: scratch).code == 0)
        for cell in try FileManager.default.contentsOfDirectory(atPath: cells) {
            let files = try FileManager.default.contentsOfDirectory(atPath: "\(cells)/\(cell)")
            #expect(!files.contains("failed.txt"), "\(cell)")
        }
    }

    @Test("a cell that was stopped is gone on with, and cells of a killed sweep are waited for")
    func interrupted() throws {
        let scratch = try Tool.Scratch()
        let study = try study(scratch, steps: 3000)
        let outcome = try bash(
            """
            $B sweep run \(study) --out a --jobs 1 >a.txt 2>&1 & p=$!
            while [ -z "$(ls a/cells/*/events* 2>/dev/null)" ]; do sleep .01; done
            kill -TERM $(cat /proc/$p/task/$p/children); wait $p
            """, in: scratch)
        let said = try String(contentsOfFile: scratch.path + "/a.txt", encoding: .utf8)
        #expect(outcome.code == 0, "\(said)")
        let killed = try bash(
            """
            $B sweep run \(study) --out b >b.txt 2>&1 & p=$!
            while [ -z "$(ls b/cells/*/events* 2>/dev/null)" ]; do sleep .01; done
            kill -9 $p; wait $p 2>/dev/null
            $B sweep run \(study) --out b
            """, in: scratch)
        #expect(killed.code == 0, "\(killed.errors)")
        for cell in try SweepFolder(scratch.path + "/a").readPlan().cells {
            let same = try bash(
                "$B compare --exact a/cells/\(cell.name) b/cells/\(cell.name)", in: scratch)
            #expect(same.code == 0, "\(same.output)")
        }
    }

    @Test("cells end with their sweep")
    func orphans() throws {
        let scratch = try Tool.Scratch()
        let study = try study(scratch, steps: 300_000)
        let outcome = try bash(
            """
            $B sweep run \(study) --out a --jobs 1 >a.txt 2>&1 & p=$!
            while [ -z "$(ls a/cells/*/events* 2>/dev/null)" ]; do sleep .01; done
            c=$(cat /proc/$p/task/$p/children); kill -9 $p; wait $p 2>/dev/null
            for i in $(seq 500); do [ -d /proc/$c ] || exit 0; sleep .01; done; kill -9 $c; exit 1
            """, in: scratch)
        #expect(outcome.code == 0)
    }

    @Test("a run that diverged says so and leaves with 2, before the first step too")
    func divergence() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.configuration()
        for (key, step) in [
            ("model.init-gain.head=1e38", "step 0"), ("optimizer.learning-rate=1e20", "step 1"),
        ] {
            for _ in 0..<2 {
                let outcome = try Tool.run(
                    ["train", config, "--out", step, "--set", key, "--quiet"], in: scratch)
                #expect(outcome.code == 2)
                #expect(outcome.errors.contains("diverged at \(step)"), "\(outcome.errors)")
            }
        }
    }

    @Test("a sweep under the usual limit of descriptors, and a report of losses of 0")
    func many() throws {
        let scratch = try Tool.Scratch()
        try String(repeating: "a", count: 100_000).write(
            toFile: scratch.path + "/same.txt", atomically: true, encoding: .utf8)
        let study = try scratch.file(
            "many.yaml",
            """
            name: many
            base:
              model: {width: 16, depth: 1, context: 16, head-dimension: 8}
              data: {text: [\(scratch.path)/same.txt], batch: 1}
              loss: {z-loss: 0}
              schedule: {shape: constant}
              steps: 60
              evaluation: {every: 0, batches: 1}
            grid:
              optimizer.learning-rate: [1e-1, 1]
              seed: [\((0..<16).map(String.init).joined(separator: ", "))]
            """)
        let outcome = try bash("ulimit -n 1024; $B sweep run \(study) --out m --json", in: scratch)
        #expect(outcome.code == 0, "\(outcome.errors)")
        let sweep = try SweepFolder(scratch.path + "/m").read()
        #expect(sweep.rows.contains { $0.result?.finalLoss == 0 })
        let report = try Tool.run(["report", "m"], in: scratch)
        #expect(report.code == 0, "\(report.errors)")
    }
}
