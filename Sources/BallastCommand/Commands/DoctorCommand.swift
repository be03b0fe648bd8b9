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
        abstract:
            "Name the cause of what is wrong in runs, logs and checkpoints that any tool wrote.",
        discussion: """
            Reads folders of runs, event files of TensorBoard, CSV, TSV, JSON lines, trainer_state.json, and \
            checkpoints. Each finding says its evidence, how sure it is, what would confirm it and what \
            to change, or that no intervention is called for; where the log lacks what it takes, what \
            that is.

            Exit codes: 0 quiet, 2 findings that call for a change, 3 none, but not all could be examined.
            """)

    @Argument(help: "Folders of runs, logs or checkpoints, in any mixture.")
    var paths: [String]

    @Option(help: "Adam's epsilon, where no configuration beside the log says it.")
    var epsilon: Double?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if let epsilon, !(epsilon > 0 && epsilon.isFinite) {
            throw ValidationError("--epsilon \(epsilon): a number above 0 is needed")
        }
    }

    func run() throws {
        var diagnosis = Diagnosis()
        for path in paths {
            if Self.isCheckpoint(path) {
                let inspector = try CheckpointInspector(
                    path: path, threads: ProcessInfo.processInfo.activeProcessorCount,
                    instructionSet: EngineChoice.instructionSet().rawValue)
                diagnosis.add(try inspector.inspect())
            } else {
                for run in try LogReader.runs(at: path) {
                    diagnosis.add(DoctorCase(run, epsilon: epsilon))
                }
            }
        }
        if json {
            Terminal.line(try diagnosis.json())
        } else {
            Terminal.write(diagnosis.text(columns: Terminal.width))
        }
        switch diagnosis.verdict {
        case .quiet: break
        case .findings: throw ExitCode(2)
        case .cannotSay: throw ExitCode(3)
        }
    }

    /// Whether a path is that of a checkpoint, or a folder of one and of no log.
    private static func isCheckpoint(_ path: String) -> Bool {
        let endings = [
            ".safetensors", ".pt", ".pth", ".bin", ".ckpt", ".npz", ".npy", ".index.json",
        ]
        if endings.contains(where: { path.hasSuffix($0) }) { return true }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return !names.contains { LogReader.isLog($0) }
            && names.contains { name in endings.contains { name.hasSuffix($0) } }
    }
}
