import ArgumentParser
import Ballast
import Foundation

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
            3 INCONCLUSIVE, 64 misuse, 130 and 143 \
            saved and stopped by SIGINT and SIGTERM.
            """,
        version: Run.version,
        subcommands: [
            TrainCommand.self, SweepCommand.self, ReportCommand.self, ConfigCommand.self,
            ProgramCommand.self, TransferCommand.self, CoordinateCheckCommand.self,
            SensitivityCommand.self, FindingsCommand.self, ForecastCommand.self,
            PrescribeCommand.self, DecayCommand.self, VerifyCommand.self, CompareCommand.self,
            BenchCommand.self,
        ])

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let error as any Error & CustomStringConvertible where isOurs(error) {
            Terminal.printError("ballast: \(error)")
            Foundation.exit(error is ConfigurationError ? ExitCode.validationFailure.rawValue : 1)
        } catch {
            exit(withError: error)
        }
    }

    /// Whether the error describes itself in full.
    private static func isOurs(_ error: any Error) -> Bool {
        error is ConfigurationError || error is FormatError || error is RunError
            || error is DatasetError || error is EngineError || error is ProgramError
            || error is TrainingError || error is ToolError
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
