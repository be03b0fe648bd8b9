public import Engines
import Foundation
public import Programs
public import Tensors

/// Runs programs on XLA through a PJRT plugin: the processor, or an accelerator.
///
/// A program becomes StableHLO text, which the plugin compiles. State stays on the device from run to
/// run. The same plugin on the same device gives the same bits again; XLA promises nothing about
/// other versions, other devices or other numbers of threads, and neither do we.
public struct XLAEngine: Engine {
    /// How many blocks a model has at least for its blocks to become loops.
    public let leastRepetitions: Int
    let client: Client
    private let threads: Int
    /// Devices over which lanes are spread.
    private let devices: Int

    /// Loads a plugin and starts it.
    ///
    /// - Parameters:
    ///   - path: The plugin, a shared library.
    ///   - threads: Threads of XLA's runtime for the processor; other devices have their own. It holds
    ///     for the first engine of a process.
    ///   - devices: Devices over which the lanes of a program are spread, each of which computes by itself; all
    ///     else is on the first. The CPU plugin makes as many as it is asked for.
    ///   - leastRepetitions: How often instructions repeat at least to become a loop.
    /// - Throws: `EngineError` when the plugin is missing, does not fit, or finds too few devices.
    public init(
        plugin path: String, threads: Int = 1, devices: Int = 1,
        leastRepetitions: Int = StableHLOModule.leastRepetitions
    ) throws {
        precondition(leastRepetitions >= 2, "XLAEngine: loops of \(leastRepetitions) rounds")
        guard threads >= 1 else {
            throw EngineError.resources("\(threads) threads: must be at least 1")
        }
        guard devices >= 1 else {
            throw EngineError.resources("\(devices) devices: must be at least 1")
        }
        client = try Client(try Plugin.at(path), threads: threads, devices: devices)
        self.devices = devices
        self.threads = threads
        self.leastRepetitions = leastRepetitions
    }

    /// `xla`.
    public var name: String { "xla" }

    /// The plugin, its version, the platform and the device.
    public var facts: [String: String] {
        var facts = [
            "plugin": URL(fileURLWithPath: client.plugin.path).lastPathComponent,
            "pjrt": "\(client.plugin.version.major).\(client.plugin.version.minor)",
            "platform": client.platform, "platform_version": client.platformVersion,
            "device": client.deviceKind,
        ]
        if client.platform == "cpu" { facts["threads"] = "\(threads)" }
        return facts
    }

    /// The name of the platform, as `cpu` or `cuda`.
    public var platform: String { client.platform }

    /// Bytes of the device's memory in use at most so far; nil where the device does not count.
    public var peakMemoryBytes: Int? { client.peakMemoryBytes }

    /// Compiles the program's text.
    ///
    /// - Throws: `EngineError` when XLA rejects the text, which is then saved to a file that the
    ///   message names.
    public func compile(
        _ program: Program, donations: [String: String]
    ) throws -> any Executable {
        try program.verify()
        let donated = try program.donatedInputs(donations)
        let module = try StableHLOModule(
            program, donated: donated, leastRepetitions: leastRepetitions)
        return XLAExecutable(
            program, try XLAProgram(module, program, client: client), donated: donated)
    }

    /// Compiles a loop over steps, whose number is known when it runs.
    public func compileSteps(
        _ program: Program, donations: [String: String], feeding fed: [String], limit: Int
    ) throws -> any StepExecutable {
        precondition(limit >= 1, "compileSteps: a limit of \(limit)")
        let (compiled, transfer) = try compile(
            program, donations: donations, feeding: fed, limit: limit, lanes: nil)
        return XLAStepExecutable(program, compiled, transfer)
    }

    /// Compiles a loop over lanes around the loop over steps; the numbers of both are known when it runs.
    ///
    /// A round of the outer loop takes one lane's state out of the stacks, takes all its steps, and puts the
    /// state back, so that temporaries are those of one run. On the CPU plugin each lane has the bits of
    /// ``compileSteps(_:donations:feeding:limit:)``, as tests say.
    public func compileLanes(
        _ program: Program, donations: [String: String], feeding fed: [String], limit: Int,
        lanes: Int
    ) throws -> any LaneExecutable {
        precondition(
            limit >= 1 && lanes >= 1, "compileLanes: a limit of \(limit), \(lanes) lanes")
        let shares = XLALaneExecutable.shares(lanes, devices: devices)
        let (compiled, transfer) = try compile(
            program, donations: donations, feeding: fed, limit: limit, lanes: shares[0].count,
            devices: shares.count)
        return XLALaneExecutable(program, compiled, transfer, shares: shares)
    }

    private func compile(
        _ program: Program, donations: [String: String], feeding fed: [String], limit: Int,
        lanes: Int?, devices: Int = 1
    ) throws -> (XLAProgram, StepTransfer) {
        try program.verify()
        let donated = try program.donatedInputs(donations)
        let steps = StableHLOModule.Steps(
            fed: try program.fedInputs(fed, donations: donations), limit: limit, lanes: lanes)
        let module = try StableHLOModule(
            program, donated: donated, steps: steps, leastRepetitions: leastRepetitions)
        return (
            try XLAProgram(module, program, client: client, devices: devices),
            StepTransfer(program, donated: donated, steps)
        )
    }

    /// Keeps the tensor until a program needs it on the device.
    public func buffer(_ tensor: Tensor) throws -> any Buffer { XLABuffer(tensor, client) }
}
