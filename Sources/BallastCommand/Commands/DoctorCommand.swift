import ArgumentParser
import Ballast
import Doctor
import Foundation
import Import
import Inspection

/// `ballast doctor`.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Diagnose runs, logs and checkpoints from any tool.",
        usage: "ballast doctor <paths> ... [<options>]",
        discussion: """
            Reads folders of runs, event files of TensorBoard, CSV, TSV, JSON lines, trainer_state.json, text \
            that nanoGPT, build-nanogpt, llm.c, modded-nanogpt, Megatron, torchtitan, OLMo-core and Hugging Face's Trainer print \
            (other text by --pattern), and checkpoints. Each finding says its evidence, how sure it is, what would confirm it and what \
            to change, or that no intervention is called for; where the log lacks what it takes, what \
            that is.

            Exit codes: 0 nothing found, 2 findings that call for a change, 3 none, but some checks lacked data.
            """)

    @Argument(help: "Folders of runs, logs or checkpoints, in any mixture.")
    var paths: [String]

    @Option(help: "Adam's epsilon, where no configuration next to the log gives it.")
    var epsilon: Double?

    @OptionGroup var logs: LogOptions

    @Flag(
        help: """
            Keep checking while the run trains; print findings as they appear and as they clear. Ends with \
            Ctrl-C, or when all runs are over.
            """)
    var watch = false

    @Option(help: "Seconds between checks, with --watch.")
    var interval = 5.0

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if watch && json { throw ValidationError("--watch is interactive: leave --json out") }
        guard interval > 0, interval <= 86_400 else {
            throw ValidationError("--interval \(interval): must be more than 0 seconds")
        }
        if let epsilon, !(epsilon > 0 && epsilon.isFinite) {
            throw ValidationError("--epsilon \(epsilon): must be a number above 0")
        }
    }

    func run() throws {
        let diagnosis = watch ? try DoctorWatch(self).run() : try examine().diagnosis
        if json {
            Terminal.line(try diagnosis.json())
        } else if !watch {
            Terminal.write(
                diagnosis.text(columns: Terminal.columns, usesColour: Terminal.usesColour))
        }
        switch diagnosis.verdict {
        case .quiet: break
        case .findings: throw ExitCode(2)
        case .cannotSay: throw ExitCode(3)
        }
    }

    /// Reads and examines everything.
    ///
    /// - Returns: What it says, the last step of any run, and whether all runs are over.
    func examine() throws -> (diagnosis: Diagnosis, step: Int?, isOver: Bool) {
        let reading = try logs.read
        var diagnosis = Diagnosis()
        var runs: [LoggedRun] = []
        for path in paths {
            if Self.isCheckpoint(path) {
                let inspector = try CheckpointInspector(
                    path: path, threads: ProcessInfo.processInfo.activeProcessorCount,
                    instructionSet: EngineChoice.instructionSet().rawValue)
                diagnosis.add(try inspector.inspect())
            } else {
                runs += try LogReader.runs(at: path, options: reading)
            }
        }
        let sweep = runs.count > 1 ? DoctorSweep(runs) : nil
        let cases = runs.map { DoctorCase($0, epsilon: epsilon, sweep: sweep) }
        for patient in cases { diagnosis.add(patient) }
        return (
            diagnosis, cases.compactMap(\.run.lastStep).max(),
            !cases.isEmpty && cases.allSatisfy(\.isOver)
        )
    }

    /// Whether a path is that of a checkpoint, or a folder of one and of no log.
    private static func isCheckpoint(_ path: String) -> Bool {
        let endings = [
            ".safetensors", ".pt", ".pth", ".bin", ".ckpt", ".npz", ".npy", ".index.json",
            ".distcp", "latest_checkpointed_iteration.txt", ".gguf",
        ]
        if endings.contains(where: { path.hasSuffix($0) }) { return true }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return !names.contains { LogReader.isLog($0) }
            && names.contains { name in
                name.hasPrefix("mp_rank_") || endings.contains { name.hasSuffix($0) }
            }
    }
}
