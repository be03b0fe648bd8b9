import Foundation
import Runs
import Testing

/// Instruction sets that this machine's tool runs.
private let instructionSets: [String] = {
    var sets = ["portable"]
    let flags = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    if flags.contains(" avx2 ") { sets.append("avx2") }
    if flags.contains(" avx512bw ") { sets.append("avx512") }
    return sets
}()

@Suite("equal configuration and seeds give equal bits", .serialized)
struct DeterminismTests {
    private func train(
        _ config: String, _ name: String, _ scratch: Tool.Scratch, isa: String, threads: Int = 1,
        sets: [String] = []
    ) throws -> String {
        let folder = scratch.path + "/" + name
        let outcome = try Tool.run(
            ["train", config, "--out", folder, "--threads", "\(threads)", "--quiet"]
                + sets.flatMap { ["--set", $0] },
            in: scratch, environment: ["BALLAST_ISA": isa])
        try #require(outcome.code == 0, "\(outcome.errors)")
        return folder
    }

    /// Begins to train with the usual number of threads, and returns the process and the file of its errors.
    private func start(
        _ config: String, _ name: String, _ scratch: Tool.Scratch, isa: String, sets: [String],
        options: [String] = []
    ) throws -> (process: Process, errors: String) {
        let (process, _, errors) = try Tool.start(
            ["train", config, "--out", scratch.path + "/" + name, "--quiet"] + options
                + sets.flatMap { ["--set", $0] },
            in: scratch, environment: ["BALLAST_ISA": isa])
        return (process, errors)
    }

    private func compare(_ a: String, _ b: String, _ scratch: Tool.Scratch) throws -> Int32 {
        try Tool.run(["compare", a, b, "--exact"], in: scratch).code
    }

    @Test("run again, with other threads, beside a busy neighbour", arguments: instructionSets)
    func threadsAndNeighbours(isa: String) throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.configuration()
        // 2048 tokens a step: long sums, as in the gradients of weights, are cut into parts.
        let sets = ["data.batch=64", "steps=12"]
        let first = try train(config, "first", scratch, isa: isa, sets: sets)
        let (neighbour, _) = try start(
            config, "busy", scratch, isa: isa, sets: sets, options: ["--threads", "2"])
        let again = try train(config, "again", scratch, isa: isa, sets: sets)
        neighbour.waitUntilExit()
        let two = try train(config, "two", scratch, isa: isa, threads: 2, sets: sets)
        let four = try train(config, "four", scratch, isa: isa, threads: 4, sets: sets)
        for other in [again, two, four, scratch.path + "/busy"] {
            #expect(try compare(first, other, scratch) == 0, "\(other)")
        }
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: RunFolder(first).checkpoint(12)))
                == Data(contentsOf: URL(fileURLWithPath: RunFolder(four).checkpoint(12))))
    }

    @Test("killed with SIGKILL at any step and resumed", arguments: instructionSets)
    func killed(isa: String) throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.configuration()
        let sets = ["steps=300"]
        let whole = try train(config, "whole", scratch, isa: isa, sets: sets)
        let folder = RunFolder(scratch.path + "/killed")
        var kills = 0
        // Wherever the signal falls, the bits must be the same: the delays are drawn anew each time.
        let delays = (0..<6).map { _ in Double.random(in: 0.05..<0.3) }
        for delay in delays {
            let (process, _) = try start(config, "killed", scratch, isa: isa, sets: sets)
            Thread.sleep(forTimeInterval: delay)
            if process.isRunning {
                kill(process.processIdentifier, SIGKILL)
                kills += 1
            }
            process.waitUntilExit()
        }
        _ = try train(config, "killed", scratch, isa: isa, sets: sets)
        #expect(kills > 0)
        #expect(try compare(whole, folder.path, scratch) == 0, "killed after \(delays) seconds")
        #expect(try RunFolder(whole).readResult()?.finalLoss == folder.readResult()?.finalLoss)
    }

    @Test("the comparison can fail: another seed, another data seed")
    func negativeControl() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.configuration()
        let isa = instructionSets[instructionSets.count - 1]
        let first = try train(config, "first", scratch, isa: isa)
        let seed = try train(config, "seed", scratch, isa: isa, sets: ["seed=1"])
        let data = try train(config, "data", scratch, isa: isa, sets: ["data.data-seed=1"])
        #expect(try compare(first, seed, scratch) == 2)
        #expect(try compare(first, data, scratch) == 2)
    }

    @Test("signals that arrive all the time change no bit", arguments: instructionSets)
    func signalsWithoutEnd(isa: String) throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.configuration()
        let sets = ["steps=120"]
        let whole = try train(config, "whole", scratch, isa: isa, sets: sets)
        let folder = scratch.path + "/disturbed"
        let (process, errors) = try start(config, "disturbed", scratch, isa: isa, sets: sets)
        // From here on the command has handlers.
        while RunFolder(folder).checkpointSteps.isEmpty, process.isRunning { usleep(200) }
        var sent = 0
        while process.isRunning {
            kill(process.processIdentifier, SIGUSR1)
            sent += 1
            usleep(300)
        }
        process.waitUntilExit()
        let said = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
        #expect(process.terminationStatus == 0, "after \(sent) signals: \(said)")
        #expect(sent > 20)
        #expect(try compare(whole, folder, scratch) == 0)
    }

    @Test("SIGTERM saves and leaves with 143, SIGUSR1 saves and goes on")
    func signals() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.configuration("seed: 3")
        let isa = instructionSets[instructionSets.count - 1]
        let whole = try train(config, "whole", scratch, isa: isa, sets: ["steps=1500"])
        let folder = RunFolder(scratch.path + "/stopped")
        let (process, errors) = try start(
            config, "stopped", scratch, isa: isa, sets: ["steps=1500"])
        while folder.checkpointSteps.isEmpty, process.isRunning { usleep(1000) }
        kill(process.processIdentifier, SIGUSR1)
        usleep(10_000)
        kill(process.processIdentifier, SIGTERM)
        process.waitUntilExit()
        let said = try String(contentsOfFile: errors, encoding: .utf8)
        #expect(process.terminationStatus == 143, "\(said)")
        #expect(said.contains("saved after step"), "\(said)")
        #expect(folder.checkpointSteps.last ?? 1500 < 1500)
        _ = try train(config, "stopped", scratch, isa: isa, sets: ["steps=1500"])
        #expect(try compare(whole, folder.path, scratch) == 0)
    }
}
