import Formats
import Foundation
import Runs
import Testing

/// The plugin that `scripts/setup-xla.sh` fetched, or the one that `BALLAST_PJRT_PLUGIN` names.
private let plugin: String? = {
    let environment = ProcessInfo.processInfo.environment
    if let path = environment["BALLAST_PJRT_PLUGIN"], !path.isEmpty { return path }
    let home = environment["BALLAST_HOME"] ?? Tool.root.appendingPathComponent(".ballast").path
    let path = home + "/xla/pjrt_c_api_cpu_plugin.so"
    return FileManager.default.fileExists(atPath: path) ? path : nil
}()

private let noPlugin: Comment = "no PJRT plugin: run scripts/setup-xla.sh"

/// XLA compiles for minutes: `scripts/test-slow.sh xla` runs these.
private let isSlow = ConditionTrait.enabled(
    if: ProcessInfo.processInfo.environment["BALLAST_SLOW_TESTS"] != nil,
    "scripts/test-slow.sh xla runs it")

@Suite("training on the xla engine", .enabled(if: plugin != nil, noPlugin), .serialized)
struct XLATests {
    private func train(
        _ config: String, _ name: String, _ scratch: Tool.Scratch, engine: String = "xla",
        sets: [String] = [], more: [String] = [], environment: [String: String] = [:]
    ) throws -> (folder: String, outcome: Tool.Outcome) {
        let folder = scratch.path + "/" + name
        let outcome = try Tool.run(
            ["train", config, "--out", folder, "--engine", engine, "--quiet"]
                + (engine == "xla" ? ["--plugin", plugin ?? ""] : []) + more
                + sets.flatMap { ["--set", $0] }, in: scratch, environment: environment)
        return (folder, outcome)
    }

    /// One block: what takes the time here is compiling.
    private func small(_ scratch: Tool.Scratch) throws -> String {
        let path = try scratch.configuration()
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return try scratch.file("small.yaml", text.replacing("depth: 2", with: "depth: 1"))
    }

    private func finished(
        _ config: String, _ name: String, _ scratch: Tool.Scratch, engine: String = "xla",
        sets: [String] = []
    ) throws -> String {
        let (folder, outcome) = try train(config, name, scratch, engine: engine, sets: sets)
        let code: Int32 = outcome.errors.contains("diverged at") ? 2 : 0
        try #require(outcome.code == code, "\(outcome.errors)")
        return folder
    }

    private func isSame(_ a: String, _ b: String, _ scratch: Tool.Scratch) throws -> Bool {
        try Tool.run(["compare", a, b, "--exact"], in: scratch).code == 0
    }

    @Test("the same again has the same bits; another seed has not")
    func rerun() throws {
        let scratch = try Tool.Scratch()
        let config = try small(scratch)
        let first = try finished(config, "first", scratch)
        #expect(try isSame(first, finished(config, "again", scratch), scratch))
        let other = try finished(config, "other", scratch, sets: ["seed=1"])
        #expect(try !isSame(first, other, scratch))
    }

    @Test("a run whose first steps are one run of the engine has a result, diverged or not")
    func shortRuns() throws {
        let scratch = try Tool.Scratch()
        let config = try small(scratch)
        let sets = ["steps=20", "evaluation.every=0", "checkpoints.every=0"]
        let folder = try finished(config, "short", scratch, sets: sets)
        let result = try #require(try RunFolder(folder).readResult())
        let speed = try #require(result.tokensPerSecond)
        #expect(result.stepsDone == 20 && speed > 0 && speed.isFinite)
        let diverged = try finished(
            config, "diverged", scratch, sets: sets + ["optimizer.learning-rate=1e20"])
        let end = try #require(try RunFolder(diverged).readResult())
        #expect(end.diverged && (end.divergedStep ?? 20) < 10)
    }

    @Test("killed with SIGKILL and resumed has the same bits")
    func resumed() throws {
        let scratch = try Tool.Scratch()
        let config = try small(scratch)
        let whole = try finished(config, "whole", scratch)
        let folder = scratch.path + "/parts"
        for _ in 0..<2 {
            let before = RunFolder(folder).checkpointSteps.last ?? 0
            let (process, _, _) = try Tool.start(
                [
                    "train", config, "--out", folder, "--engine", "xla", "--plugin",
                    plugin ?? "", "--quiet",
                ], in: scratch)
            while process.isRunning, RunFolder(folder).checkpointSteps.last ?? 0 == before {
                usleep(1000)
            }
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        #expect(try isSame(whole, finished(config, "parts", scratch), scratch))
    }

    @Test("a checkpoint of one engine resumes on the other", arguments: ["cpu", "xla"])
    func checkpointsMove(from engine: String) throws {
        let scratch = try Tool.Scratch()
        let config = try small(scratch)
        let other = engine == "cpu" ? "xla" : "cpu"
        let folder = try finished(config, "run", scratch, engine: engine)
        let whole = try #require(try RunFolder(folder).readResult()?.finalLoss)
        // The run as it stood at the checkpoint before the last.
        let run = RunFolder(folder)
        let last = try #require(run.checkpointSteps.last)
        try FileManager.default.removeItem(atPath: run.checkpoint(last))
        try FileManager.default.removeItem(atPath: run.result)
        let before = try #require(run.checkpointSteps.last)
        #expect(before > 0 && before < 60)
        let refused = try train(config, "run", scratch, engine: other).outcome
        #expect(refused.code == 1 && refused.errors.contains("(engine: \(engine) there, "))
        let (resumed, outcome) = try train(
            config, "run", scratch, engine: other, more: ["--accept-engine"])
        #expect(outcome.code == 0, "\(outcome.errors)")
        let loss = try #require(try RunFolder(resumed).readResult()?.finalLoss)
        // Four steps in single precision on another engine: far from the bits, and from 1e-4.
        #expect(abs(loss - whole) < 1e-4 * whole)
        let sessions = try #require(try RunFolder(resumed).readManifest()?.sessions)
        #expect(sessions.map(\.fromStep) == [0, before])
    }

    @Test("probes change no loss, and read what they read on the CPU")
    func probes() throws {
        let scratch = try Tool.Scratch()
        let config = try small(scratch)
        let sets = ["steps=12", "evaluation.every=0", "checkpoints.every=0", "telemetry.every=3"]
        let groups = [
            "telemetry.attention=true", "telemetry.ratios=true", "telemetry.alignment=true",
            "telemetry.spectrum=true", "telemetry.spectral-every=6",
            "telemetry.formats=[bf16, e4m3]",
        ]
        func series(_ folder: String) throws -> [String: [EventLog.Point]] {
            try EventLog.read(folder: folder).series.reduce(into: [:]) { $0[$1.key] = $1.value }
        }
        let plain = try series(finished(config, "plain", scratch, sets: sets))
        let probed = try series(finished(config, "probed", scratch, sets: sets + groups))
        #expect(
            plain["train/loss"]?.map(\.value) == probed["train/loss"]?.map(\.value))
        let onCPU = try series(
            finished(config, "cpu", scratch, engine: "cpu", sets: sets + groups))
        #expect(Set(onCPU.keys) == Set(probed.keys))
        var compared = 0
        for (tag, points) in onCPU where plain[tag] == nil {
            for (own, other) in zip(points, probed[tag] ?? []) {
                compared += 1
                #expect(own.step == other.step)
                let size = max(own.value.magnitude, other.value.magnitude, 1e-3)
                #expect((own.value - other.value).magnitude < 0.02 * size, "\(tag) \(own.step)")
            }
        }
        #expect(compared > 3000)
    }

    @Test("a sweep trains its cells on xla")
    func sweep() throws {
        let scratch = try Tool.Scratch()
        let study = try scratch.file(
            "study.yaml",
            """
            base: \(try small(scratch))
            grid: {optimizer.learning-rate: [1e-3, 1e-2]}
            """)
        let outcome = try Tool.run(
            [
                "sweep", study, "--out", scratch.path + "/sweep", "--engine", "xla", "--plugin",
                plugin ?? "",
            ], in: scratch)
        #expect(outcome.code == 0, "\(outcome.errors)")
        let status = try Tool.run(["sweep", "status", scratch.path + "/sweep"], in: scratch)
        #expect(status.output.contains("2 of 2 runs done"), "\(status.output)")
    }

    /// A sweep of rates, one of which diverges, and of one other program.
    private func study(_ scratch: Tool.Scratch) throws -> String {
        try scratch.file(
            "study.yaml",
            """
            base: \(try small(scratch))
            grid: {optimizer.learning-rate: [1e-3, 3e-3, 1e-2, 1e20], optimizer.clip: [1, 0]}
            """)
    }

    private func sweep(
        _ study: String, _ name: String, _ scratch: Tool.Scratch, _ more: [String]
    ) throws -> (folder: String, outcome: Tool.Outcome) {
        let folder = scratch.path + "/" + name
        let outcome = try Tool.run(
            ["sweep", study, "--out", folder, "--engine", "xla", "--plugin", plugin ?? ""] + more,
            in: scratch)
        return (folder, outcome)
    }

    /// The folders of a sweep's cells.
    private func cells(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder + "/cells").sorted()
    }

    private func expectSame(_ a: String, _ b: String, _ scratch: Tool.Scratch) throws {
        let (names, others) = (try cells(a), try cells(b))
        #expect(names.count == 8 && names == others)
        for name in names {
            let pair = ["\(a)/cells/\(name)", "\(b)/cells/\(name)"]
            let results = try pair.map { try RunFolder($0).readResult() }
            guard results[0]?.diverged == true else {
                #expect(try isSame(pair[0], pair[1], scratch), "\(name)")
                continue
            }
            // It has no checkpoint to compare: the same step, tensor and record of what came before.
            #expect(results[1]?.divergedStep == results[0]?.divergedStep, "\(name)")
            #expect(results[1]?.divergedTensor == results[0]?.divergedTensor, "\(name)")
            let losses = try pair.map {
                try EventLog.read(folder: $0).series.first { $0.key == "train/loss" }?.value
            }
            #expect(
                losses[0]?.map(\.value.bitPattern) == losses[1]?.map(\.value.bitPattern), "\(name)")
        }
    }

    @Test(
        "a sweep as lanes leaves what it leaves run by run, killed and resumed in other lanes too",
        isSlow)
    func lanes() throws {
        let scratch = try Tool.Scratch()
        let study = try study(scratch)
        let dry = try sweep(study, "alone", scratch, ["--lanes", "3", "--dry-run"]).outcome
        #expect(dry.code == 0, "\(dry.errors)")
        let line = "lanes: 4 runs of one program as 2 processes of 2 lanes"
        #expect(dry.output.ranges(of: line).count == 2, "\(dry.output)")
        #expect(dry.output.contains("--lanes allows no more"))

        let (alone, first) = try sweep(study, "alone", scratch, ["--lanes", "1"])
        #expect(first.code == 0, "\(first.errors)")
        let (together, second) = try sweep(study, "together", scratch, ["--lanes", "4"])
        #expect(second.code == 0, "\(second.errors)")
        #expect(second.output.contains("diverged"))
        try expectSame(alone, together, scratch)

        // Killed, and gone on with in other lanes, on devices, and run by run.
        let folder = scratch.path + "/cut"
        let arguments = [
            "sweep", study, "--out", folder, "--engine", "xla", "--plugin", plugin ?? "",
        ]
        let (process, _, _) = try Tool.start(arguments + ["--lanes", "4"], in: scratch)
        func saved() -> Int {
            ((try? cells(folder)) ?? []).count {
                RunFolder("\(folder)/cells/\($0)").checkpointSteps.last ?? 0 > 0
            }
        }
        while process.isRunning, saved() < 2 { usleep(1000) }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let (next, _, _) = try Tool.start(
            arguments + ["--lanes", "3", "--devices", "2", "--jobs", "1"], in: scratch)
        usleep(4_000_000)
        next.terminate()
        next.waitUntilExit()
        #expect([0, 128 + SIGTERM].contains(next.terminationStatus))
        let end = try Tool.run(arguments + ["--lanes", "2"], in: scratch)
        #expect(end.code == 0, "\(end.errors)")
        try expectSame(alone, folder, scratch)
    }

    @Test(
        "a lane that cannot be trained says why in its folder, and the others are trained", isSlow)
    func failingLane() throws {
        let scratch = try Tool.Scratch()
        let (folder, whole) = try sweep(try study(scratch), "sweep", scratch, ["--lanes", "4"])
        try #require(whole.code == 0, "\(whole.errors)")
        // One cell's only checkpoints are damaged, and another is begun anew.
        let names = try cells(folder).filter {
            let result = try RunFolder("\(folder)/cells/\($0)").readResult()
            return $0.contains("clip=1") && result?.diverged == false
        }
        try #require(names.count == 3)
        for name in names.prefix(2) {
            let run = RunFolder("\(folder)/cells/\(name)")
            try FileManager.default.removeItem(atPath: run.result)
            for step in run.checkpointSteps {
                if name == names[0] {
                    try "no tensors".write(
                        toFile: run.checkpoint(step), atomically: true, encoding: .utf8)
                } else {
                    try FileManager.default.removeItem(atPath: run.checkpoint(step))
                }
            }
        }
        let (_, outcome) = try sweep(
            scratch.path + "/study.yaml", "sweep", scratch, ["--lanes", "4", "--jobs", "1"])
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains("failed: \(names[0]): "), "\(outcome.errors)")
        #expect(!outcome.errors.contains(names[1]), "\(outcome.errors)")
        #expect(RunFolder("\(folder)/cells/\(names[1])").isDone)
    }

    @Test("a device that is lost ends the run with its checkpoint, from which it goes on")
    func lostDevice() throws {
        let scratch = try Tool.Scratch()
        let config = try small(scratch)
        let whole = try finished(config, "whole", scratch)
        let faulty = try Tool.faultyPlugin(in: scratch)
        let folder = scratch.path + "/run"
        let arguments = ["train", config, "--out", folder, "--engine", "xla", "--quiet"]
        // The first runs evaluate, those after take steps.
        let outcome = try Tool.run(
            arguments + ["--plugin", faulty], in: scratch,
            environment: ["FAULTY_PLUGIN": "lost:8", "FAULTY_PLUGIN_BEHIND": plugin ?? ""])
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains("the device fell off the bus"), "\(outcome.errors)")
        #expect(outcome.errors.contains("the same command goes on"), "\(outcome.errors)")
        #expect(try RunFolder(folder).readResult() == nil)
        let step = try #require(RunFolder(folder).checkpointSteps.last)
        #expect(step > 0 && step < 60)
        // On another plugin, which is asked for by name.
        let (_, end) = try train(config, "run", scratch, more: ["--accept-engine"])
        try #require(end.code == 0, "\(end.errors)")
        #expect(try isSame(whole, folder, scratch))
    }

    @Test(
        "what is wrong with a plugin is said, with the next step",
        arguments: [
            ("old", "which is too old", "update the plugin"),
            ("new", "which is too new", "this build of ballast knows"),
            ("small", "has 400 bytes", "fetch it again"),
            ("none", "finds no device to work on", "no such device"),
            ("compile", "operand 3 is not what it seems", "text is saved in"),
            ("memory", "attempting to allocate", "take a smaller"),
        ])
    func faults(fault: String, reason: String, advice: String) throws {
        let scratch = try Tool.Scratch()
        let config = try small(scratch)
        let folder = scratch.path + "/run"
        let outcome = try Tool.run(
            [
                "train", config, "--out", folder, "--engine", "xla", "--plugin",
                Tool.faultyPlugin(in: scratch),
            ], in: scratch,
            environment: ["FAULTY_PLUGIN": fault, "FAULTY_PLUGIN_BEHIND": plugin ?? ""])
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains(reason), "\(outcome.errors)")
        #expect(outcome.errors.contains(advice), "\(outcome.errors)")
        #expect(RunFolder(folder).checkpointSteps.isEmpty)
        if fault == "compile" {
            let words = outcome.errors.split(whereSeparator: { $0 == " " || $0 == ";" })
            let path = try #require(words.first { $0.hasSuffix(".mlir") })
            let text = try String(contentsOfFile: String(path), encoding: .utf8)
            #expect(text.contains("stablehlo.dot_general"))
            try FileManager.default.removeItem(atPath: String(path))
            // Nothing stands in the way of a run that works.
            _ = try finished(config, "run", scratch)
        }
    }
}

@Suite("the xla engine without a plugin")
struct NoPluginTests {
    @Test("a missing plugin is an error that names the script")
    func missing() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.configuration()
        let none = try Tool.run(
            ["train", config, "--out", scratch.path + "/run", "--engine", "xla"], in: scratch,
            environment: [
                "BALLAST_PJRT_PLUGIN": "", "HOME": scratch.path, "PYTHONPATH": "",
                "VIRTUAL_ENV": "", "CONDA_PREFIX": "",
            ])
        #expect(none.code == 1)
        #expect(none.errors.contains("scripts/setup-xla.sh"), "\(none.errors)")
        #expect(!FileManager.default.fileExists(atPath: scratch.path + "/run"))
    }

    @Test("what is no plugin is refused by name")
    func noPlugin() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.configuration()
        let text = try scratch.file("plugin.so", "no library")
        for (path, reason) in [
            (text, "cannot be loaded"), ("/nowhere/plugin.so", "there is no PJRT plugin"),
            ("libz.so.1", "there is no PJRT plugin"),
        ] {
            let outcome = try Tool.run(
                [
                    "train", config, "--out", scratch.path + "/run", "--engine", "xla",
                    "--plugin", path,
                ], in: scratch)
            #expect(outcome.code == 1)
            #expect(outcome.errors.contains(reason), "\(outcome.errors)")
            #expect(outcome.errors.contains(path), "\(outcome.errors)")
        }
    }

    @Test("a library without the interface is refused")
    func noInterface() throws {
        let scratch = try Tool.Scratch()
        let source = try scratch.file("empty.c", "int empty;")
        let library = scratch.path + "/empty.so"
        try Tool.compile(source, to: library, scratch)
        let outcome = try Tool.run(
            [
                "train", scratch.configuration(), "--out", scratch.path + "/run", "--engine",
                "xla", "--plugin", library,
            ], in: scratch)
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains("exports no GetPjrtApi"), "\(outcome.errors)")
    }

    @Test("the step is printed as StableHLO, with what each argument is")
    func text() throws {
        let scratch = try Tool.Scratch()
        let outcome = try Tool.run(
            ["program", scratch.configuration(), "--format", "stablehlo"], in: scratch)
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(outcome.output.hasPrefix("module @_train {\n  func.func public @main("))
        #expect(outcome.output.contains("{tf.aliasing_output = 0 : i32},  // parameter/embedding"))
        #expect(outcome.output.contains("stablehlo.dot_general"))
        let both = try Tool.run(
            ["program", scratch.configuration(), "--format", "stablehlo", "--inlined"],
            in: scratch)
        #expect(both.code == 64)
    }

    @Test("options that do not go together")
    func misuse() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.configuration()
        let outcome = try Tool.run(
            ["train", config, "--out", scratch.path + "/run", "--plugin", "x.so"], in: scratch)
        #expect(outcome.code == 64)
        #expect(outcome.errors.contains("--plugin is for --engine xla"))
        for (option, count) in [("--lanes", "2"), ("--devices", "2")] {
            let study = try scratch.file("study.yaml", "grid: {seed: [0, 1]}")
            let lanes = try Tool.run(
                ["sweep", study, "--out", scratch.path + "/sweep", option, count], in: scratch)
            #expect(lanes.code == 64)
            #expect(lanes.errors.contains("\(option) is for --engine xla"), "\(lanes.errors)")
        }
    }

    @Test("a plugin that is cut short is said, not loaded")
    func cutPlugin() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.configuration()
        // The tool itself is a whole ELF file, and no plugin.
        let whole = try Data(contentsOf: Tool.url, options: .alwaysMapped)
        for count in [10, 64, 4096, whole.count / 2, whole.count - 1] {
            let path = scratch.path + "/cut.so"
            try whole.prefix(count).write(to: URL(fileURLWithPath: path))
            let outcome = try Tool.run(
                ["train", config, "--out", "run", "--engine", "xla", "--plugin", path], in: scratch)
            #expect(outcome.code == 1, "\(count): \(outcome.errors)")
            #expect(outcome.errors.contains("cut.so cannot be loaded: it"), "\(outcome.errors)")
        }
    }
}

extension Tool {
    /// The package's folder.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Compiles C to a shared library.
    static func compile(_ source: String, to library: String, _ scratch: Scratch) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "clang", "-shared", "-fPIC", "-Wall", "-Werror", "-I",
            root.appendingPathComponent("Sources/CPJRT/include").path, "-o", library, source,
            "-ldl",
        ]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    /// A plugin that goes wrong as `FAULTY_PLUGIN` says.
    static func faultyPlugin(in scratch: Scratch) throws -> String {
        let library = scratch.path + "/faulty_plugin.so"
        if FileManager.default.fileExists(atPath: library) { return library }
        try compile(
            root.appendingPathComponent(
                "Tests/BallastCommandTests/FaultyPlugin/faulty_plugin.c"
            ).path, to: library, scratch)
        return library
    }
}
