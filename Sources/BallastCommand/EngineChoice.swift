import ArgumentParser
import Ballast
import Foundation

/// The engines of `--engine`.
enum EngineChoice: String, CaseIterable, ExpressibleByArgument {
    case cpu
    case xla
    case reference

    /// What `BALLAST_ISA` asks for, or the best of this machine.
    static func instructionSet(
        _ name: String? = ProcessInfo.processInfo.environment["BALLAST_ISA"]
    ) throws -> InstructionSet {
        guard let name, !name.isEmpty else { return .best }
        guard let instructionSet = InstructionSet(rawValue: name) else {
            throw ToolError.message(
                "BALLAST_ISA=\(name): there are "
                    + InstructionSet.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return instructionSet
    }
}

/// Options of commands that compute.
struct EngineOptions: ParsableArguments {
    @Option(help: "The engine that trains.")
    var engine = EngineChoice.cpu

    @Option(help: "Threads of the engine. On the cpu engine results do not depend on it.")
    var threads = 1

    @Option(
        help: "A PJRT plugin for --engine xla; otherwise BALLAST_PJRT_PLUGIN or what is found.")
    var plugin: String?

    @Option(
        help: """
            Steps per call of the engine: 1, or 10 with --engine xla. A call ends early where a checkpoint or \
            an evaluation is due.
            """)
    var stepsPerRun: Int?

    func validate() throws {
        try requireOption(threads, "--threads", in: 1...1_024)
        try requireOption(stepsPerRun, "--steps-per-run", in: 1...1_000_000_000)
        if plugin != nil, engine != .xla {
            throw ValidationError("--plugin is for --engine xla")
        }
    }

    /// Makes the engine.
    ///
    /// The environment's `BALLAST_ISA` binds the instruction set.
    ///
    /// - Parameter devices: Devices over which the xla engine spreads lanes.
    /// - Returns: The engine.
    /// - Throws: What the engine throws.
    func make(devices: Int = 1) throws -> any Engine {
        switch engine {
        case .cpu:
            return try CPUEngine(
                threads: threads, instructionSet: EngineChoice.instructionSet())
        case .xla:
            return try XLAEngine(plugin: pluginPath(), threads: threads, devices: devices)
        case .reference: return ReferenceEngine()
        }
    }

    /// The plugin of the xla engine.
    func pluginPath() throws -> String {
        let path = try PluginSearch(path: plugin, home: BallastHome.path).find()
        guard FileManager.default.fileExists(atPath: path) else {
            throw EngineError.resources(
                "there is no PJRT plugin \(path); scripts/setup-xla.sh fetches one for the CPU")
        }
        return path
    }

    /// Whether the plugin's name says that it is for an accelerator.
    func isForAccelerator() throws -> Bool {
        let name = URL(fileURLWithPath: try pluginPath()).lastPathComponent
        return ["cuda", "rocm", "tpu", "gpu"].contains { name.contains($0) }
    }

    /// How many steps a run of the engine takes.
    var resolvedStepsPerRun: Int { stepsPerRun ?? (engine == .xla ? 10 : 1) }

    /// What the bits of a result depend on beside its configuration and data, as far as it is known without
    /// opening an accelerator, which the processes of cells do.
    func identity() throws -> [String: String] {
        try engine == .xla && isForAccelerator()
            ? ["name": engine.rawValue] : RunIdentity.facts(of: make())
    }

    /// What the bits of a result may depend on beside its configuration and data, a line each.
    func conditions() throws -> [String] {
        try identity().sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            + ["numerics=\(RunIdentity.numericsVersion)"]
    }

    /// The options for a process that does the same.
    var arguments: [String] {
        var arguments = ["--engine", engine.rawValue, "--threads", "\(threads)"]
        if let plugin { arguments += ["--plugin", plugin] }
        if let stepsPerRun { arguments += ["--steps-per-run", "\(stepsPerRun)"] }
        return arguments
    }
}

/// Options of commands that train several runs of one program at a time.
struct LaneOptions: ParsableArguments {
    @Option(
        help: """
            With --engine xla: runs of one program that a process trains together, compiled once; 1 trains each run \
            on its own. By default as many as fit in memory and keep --jobs busy; 1 on an accelerator.
            """)
    var lanes: Int?

    @Option(
        help: """
            With --engine xla on a CPU: devices per process, over which its lanes are spread; 1 by default. --jobs then \
            defaults to as many processes as the cores have devices for, and --threads is shared by all devices.
            """)
    var devices = 1

    func validate() throws {
        try requireOption(lanes, "--lanes", in: 1...1_024)
        try requireOption(devices, "--devices", in: 1...256)
    }

    /// Refuses lanes of another engine.
    func require(_ engine: EngineOptions) throws {
        if lanes != nil || devices > 1, engine.engine != .xla {
            throw ValidationError(
                "\(lanes == nil ? "--devices" : "--lanes") is for --engine xla")
        }
        if devices > 1, lanes == 1 {
            throw ValidationError("--devices \(devices): --lanes 1 leaves nothing to spread")
        }
    }

    /// Which runs are trained together.
    ///
    /// - Parameters:
    ///   - engine: What computes.
    ///   - jobs: Processes at a time.
    /// - Returns: Nil for each by itself.
    /// - Throws: What the search for a plugin throws.
    func packing(_ engine: EngineOptions, jobs: Int) throws -> LanePacking? {
        guard engine.engine == .xla, lanes != 1 else { return nil }
        // Nobody has tried whether the bits of lanes are those of single runs there.
        if lanes == nil, try engine.isForAccelerator() { return nil }
        return LanePacking(lanes: lanes, stepsPerRun: engine.resolvedStepsPerRun, jobs: jobs)
    }

    /// The same, with the command that trains them.
    func executor(
        _ engine: EngineOptions, _ identity: IdentityOptions, jobs: Int
    ) throws -> SweepExecutor.Lanes? {
        try packing(engine, jobs: jobs).map {
            SweepExecutor.Lanes(
                $0,
                command: [
                    try Executable.url.path, "sweep", "lanes", "--devices", "\(devices)",
                ] + engine.arguments + identity.arguments)
        }
    }

    /// The options for a process that does the same.
    var arguments: [String] {
        (lanes.map { ["--lanes", "\($0)"] } ?? [])
            + (devices > 1 ? ["--devices", "\(devices)"] : [])
    }
}

/// Options of commands that go on from what a folder holds.
struct IdentityOptions: ParsableArguments {
    @Flag(
        help: """
            Accept runs in the folder that do not record their data, engine or numerics version.
            """)
    var acceptUnknown = false

    @Flag(
        help: """
            Accept or resume runs that another engine, instruction set or library began; their manifests record it.
            """)
    var acceptEngine = false

    /// What is taken that is otherwise refused.
    var accepting: IdentityAcceptance {
        var accepting: IdentityAcceptance = []
        if acceptUnknown { accepting.insert(.unknown) }
        if acceptEngine { accepting.insert(.engine) }
        return accepting
    }

    /// The options for a process that does the same.
    var arguments: [String] {
        (acceptUnknown ? ["--accept-unknown"] : []) + (acceptEngine ? ["--accept-engine"] : [])
    }
}
