import ArgumentParser
import Ballast
import Foundation

/// `ballast sweep lanes`: runs of one program, which a sweep trains together.
struct SweepLanesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lanes", abstract: "Train runs of one program together, as its lanes.",
        usage: "ballast sweep lanes <folders> ... [<options>]",
        discussion: "A sweep with `--lanes` runs it.", shouldDisplay: false)

    @Argument(help: "Folders of runs, in each of which cell.yaml says what is trained.")
    var folders: [String]

    @Option(help: "Devices over which the lanes are spread.")
    var devices = 1

    @OptionGroup var engine: EngineOptions
    @OptionGroup var identity: IdentityOptions

    func validate() throws { try requireOption(devices, "--devices", in: 1...256) }

    func run() throws {
        Signals.listen()
        var runs: [Run] = []
        var places: [String] = []
        var hasFailed = false
        for folder in folders {
            do {
                var run = Run(
                    try ConfigurationFile.read(folder + "/cell.yaml", overrides: []),
                    in: RunFolder(folder), stepsPerRun: engine.resolvedStepsPerRun)
                run.accepting = identity.accepting
                runs.append(run)
                places.append(folder)
            } catch {
                hasFailed = true
                say("ballast: \(error)", in: folder)
            }
        }
        guard !runs.isEmpty else { throw ExitCode.failure }
        let outcomes = RunLanes(runs).train(
            on: try engine.make(devices: devices),
            request: {
                Signals.noteLostParent()
                if Signals.stop != nil { return .stop }
                return Signals.takeSave() ? .save : .proceed
            }, note: { say("note: " + $1, in: places[$0]) })
        for (place, outcome) in zip(places, outcomes) {
            guard case .failure(let error) = outcome else { continue }
            hasFailed = true
            say("ballast: \(error)", in: place)
        }
        if let signal = Signals.stop { throw ExitCode(Signals.exitCode(signal)) }
        if hasFailed { throw ExitCode.failure }
    }

    /// Says something of one run in its log; that of the first is what this process prints.
    private func say(_ text: String, in folder: String) {
        guard folder != folders[0], let log = FileHandle(forWritingAtPath: folder + "/log.txt")
        else { return Terminal.printError(text) }
        defer { try? log.close() }
        _ = try? log.seekToEnd()
        try? log.write(contentsOf: Data((text + "\n").utf8))
    }
}
