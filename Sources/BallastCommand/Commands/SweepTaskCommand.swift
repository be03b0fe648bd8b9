import ArgumentParser
import Ballast
import Foundation
import Slurm

/// `ballast sweep task`: a task of a job array, which the array's script runs.
struct SweepTaskCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "task", abstract: "Train the runs of one task of a job array.",
        usage: "ballast sweep task <cells> [<options>]",
        discussion: "The script of `--slurm` runs it; SLURM_ARRAY_TASK_ID says which task it is.",
        shouldDisplay: false)

    @Argument(help: "The list of cells, as it stands beside the script.")
    var cells: String

    @Option(help: "The task; SLURM_ARRAY_TASK_ID by default.")
    var task: Int?

    @OptionGroup var engine: EngineOptions
    @OptionGroup var lanes: LaneOptions
    @OptionGroup var identity: IdentityOptions

    func run() throws {
        let submission = try Submission(path: cells)
        let environment = ProcessInfo.processInfo.environment
        guard let index = task ?? environment["SLURM_ARRAY_TASK_ID"].flatMap({ Int($0) }),
            submission.tasks.indices.contains(index)
        else {
            throw ValidationError(
                "give --task with a number from 0 to \(submission.tasks.count - 1): outside a job array "
                    + "SLURM_ARRAY_TASK_ID does not say it")
        }
        Signals.listen()
        // OUT/slurm/NAME/cells.json
        let record = URL(fileURLWithPath: cells).standardizedFileURL
        let root = (0..<3).reduce(record) { url, _ in url.deletingLastPathComponent() }.path
        let restarts = environment["SLURM_RESTART_COUNT"].map { ", begun again \($0) times" } ?? ""
        Terminal.line(
            "task \(index) of \(submission.name) on \(ProcessInfo.processInfo.hostName), "
                + "BALLAST_ISA=\(submission.instructionSet)\(restarts)")
        var (open, problems): ([Study.Cell], [String]) = ([], [])
        for place in submission.tasks[index] {
            do {
                open.append(
                    Study.Cell(
                        name: (place as NSString).lastPathComponent, settings: [:],
                        configuration: try ConfigurationFile.read(
                            "\(root)/\(place)/cell.yaml", overrides: []),
                        folder: place))
            } catch {
                problems.append("failed: \(place): \(error)")
            }
        }
        for problem in problems { Terminal.printError(problem) }
        let study = Study(name: submission.name, axes: [], cells: open)
        let executor = try SweepExecutor(
            study, in: SweepFolder(root), jobs: submission.jobs,
            command: [try Executable.url.path, "train", "--quiet", "--no-report"]
                + engine.arguments + identity.arguments,
            environment: Signals.environmentOfChildren, engine: engine.identity(),
            accepting: identity.accepting, isPart: true,
            lanes: lanes.executor(engine, identity, jobs: submission.jobs))
        let display = SweepDisplay(study, jobs: submission.jobs, isSilent: false)
        let states = executor.run(
            isCancelled: { Signals.stop != nil }, display: display.show)
        display.end()
        try StudyRunner.leaveIfStopped()
        try StudyRunner.leaveIfFailed(states, executor, in: executor.folder)
        try StudyRunner.leaveIfUnfinished(states)
        guard problems.isEmpty else { throw ExitCode.failure }
    }
}
