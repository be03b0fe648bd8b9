import ArgumentParser
import Ballast
import Foundation
import Slurm

/// The `ballast` tool.
@main
struct BallastTool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ballast",
        abstract: "A laboratory for stable, scalable training of neural networks.",
        discussion: """
            Trains small transformers over grids of learning rate, size and intervention, records \
            every norm, and reports where training is stable.

            Exit codes: 0 done (or PASS), 1 failed, 2 FAIL (or different: compare --exact), \
            3 INCONCLUSIVE, 64 usage error, 128 and the signal's number: saved and stopped by SIGHUP, SIGINT, \
            SIGPIPE, SIGTERM or SIGXCPU. `train` exits with 2 where the run diverged.
            """,
        version: VersionText.text,
        groupedSubcommands: [
            CommandGroup(
                name: "Train",
                subcommands: [
                    TrainCommand.self, SweepCommand.self, EvaluateCommand.self,
                    ConfigCommand.self, ProgramCommand.self,
                ]),
            CommandGroup(
                name: "Ask",
                subcommands: [
                    TransferCommand.self, SensitivityCommand.self, FindingsCommand.self,
                    VerifyCommand.self, CoordinateCheckCommand.self, DecayCommand.self,
                    ForecastCommand.self, PrescribeCommand.self, InteractionsCommand.self,
                ]),
            CommandGroup(
                name: "Bring in",
                subcommands: [
                    ImportCommand.self, RecipeCommand.self, TokenizerCommand.self,
                    InspectCommand.self,
                    DoctorCommand.self, JudgeCommand.self, ProbeCommand.self,
                ]),
            CommandGroup(
                name: "Take out",
                subcommands: [
                    ReportCommand.self, ServeCommand.self, ExportCommand.self, CompareCommand.self,
                ]),
            CommandGroup(name: "Measure", subcommands: [BenchCommand.self]),
        ])

    static func main() {
        Terminal.openClosedStreams()
        Signals.prepare()
        let arguments = CommandLine.arguments.dropFirst().map(CommandLineText.expandingTilde)
        if let advice = CommandLineText.advice(on: arguments, of: self) {
            Terminal.printError("ballast: \(advice)")
            leave(ExitCode.validationFailure.rawValue)
        }
        do {
            var command = try parseAsRoot(arguments)
            try command.run()
            leave(0)
        } catch let error as any Error & CustomStringConvertible where isOurs(error) {
            Terminal.printError("ballast: \(error)")
            leave(code(of: error))
        } catch let error as CocoaError {
            Terminal.printError("ballast: \(words(of: error))")
            leave(1)
        } catch {
            // What is printed for help and misuse, on streams that may be full.
            let text = fullMessage(for: error)
            let code = exitCode(for: error).rawValue
            if code == 0 {
                if !text.isEmpty { Terminal.write(text + "\n") }
            } else if !text.isEmpty {
                Terminal.printError(text)
            }
            leave(code)
        }
    }

    /// Leaves, once what was printed is written out.
    private static func leave(_ code: Int32) -> Never {
        let printed = Terminal.finish()
        Foundation.exit(code == 0 ? printed : code)
    }

    /// 64 for misuse, 1 for a file that cannot be read and all else.
    private static func code(of error: any Error) -> Int32 {
        guard let error = error as? ConfigurationError else { return 1 }
        if case .unreadable = error { return 1 }
        return ExitCode.validationFailure.rawValue
    }

    /// A system's error in its own words.
    private static func reason(_ error: any Error) -> String {
        let error = error as NSError
        guard error.domain == NSPOSIXErrorDomain else { return error.localizedDescription }
        return unsafe String(cString: strerror(Int32(error.code)))
    }

    /// What the file system refused, with the path and the next step.
    private static func words(of error: CocoaError) -> String {
        let info = (error as NSError).userInfo
        let path =
            info[NSFilePathErrorKey] as? String ?? (info[NSURLErrorKey] as? URL)?.path ?? "a file"
        let underlying = info[NSUnderlyingErrorKey] as? any Error
        return switch error.code {
        case .fileWriteFileExists: "\(path): is a file where a folder is needed; give another --out"
        case .fileWriteNoPermission, .fileWriteVolumeReadOnly:
            "\(path): is not writable; give another --out, or change its permissions"
        case .fileWriteOutOfSpace:
            "\(path): no space left on the disk; free some and run the same command to resume"
        case .fileNoSuchFile, .fileReadNoSuchFile:
            "\(path): no such file or folder"
        case .fileReadNoPermission: "\(path): is not readable; change its permissions"
        case .fileWriteUnknown:
            "\(path): \(underlying.map(reason) ?? reason(error)); give another --out"
        default: "\(path): \(underlying.map(reason) ?? reason(error))"
        }
    }

    /// Whether the error describes itself in full.
    private static func isOurs(_ error: any Error) -> Bool {
        error is ConfigurationError || error is FormatError || error is RunError
            || error is DatasetError || error is EngineError || error is ProgramError
            || error is TrainingError || error is ToolError || error is SlurmError
    }
}

/// What the tool itself has to complain about.
enum ToolError: Error, CustomStringConvertible {
    case message(String)

    var description: String {
        switch self {
        case .message(let text): text
        }
    }
}
