import ArgumentParser
import Ballast
import Foundation

/// `ballast bench`.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure speed on this machine.",
        subcommands: [StepCommand.self, BenchProductsCommand.self])

    /// `ballast bench step`.
    struct StepCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "step", abstract: "Time one training step of the proxy transformer.")

        @Option(help: "The size: \(StepBenchmark.presets.joined(separator: ", ")).")
        var preset = "p64"

        @Option(help: "The type of matrix products: f32, or bf16 for mixed precision.")
        var elementType = "f32"

        @Option(help: "Telemetry: none, norms at every step, or also spectral at every tenth.")
        var telemetry = Telemetry.norms

        @Option(help: "Tokens per sequence; the batch keeps its number of tokens.")
        var context: Int?

        @Option(help: "Number of timings; each is a step's share of an engine call.")
        var steps = 15

        @Option(help: "Engine calls before the first timing.")
        var warmup = 3

        @Option(help: "Processes to run at the same time.")
        var processes = 1

        @Option(name: .customLong("set"), help: "Override a key of the preset: model.depth=24.")
        var overrides: [String] = []

        @OptionGroup var engine: EngineOptions

        @Flag(help: "Print one line of JSON.")
        var json = false

        /// What a step measures beside its loss.
        enum Telemetry: String, ExpressibleByArgument, CaseIterable {
            case none, norms, spectral
        }

        func validate() throws {
            if StepBenchmark.configuration(preset) == nil {
                throw ValidationError(
                    "--preset \(preset): there are \(StepBenchmark.presets.joined(separator: ", "))"
                )
            }
            if ElementType(rawValue: elementType).map({ $0 == .f32 || $0 == .bf16 }) != true {
                throw ValidationError("--element-type \(elementType): there are f32 and bf16")
            }
            if let context {
                let tokens = StepBenchmark.configuration(preset).map {
                    $0.data.batch * $0.model.context
                }
                if context < 1 || (tokens ?? 0) % context != 0 {
                    throw ValidationError(
                        "--context \(context): it has to divide the preset's \(tokens ?? 0) tokens")
                }
            }
            try requireOption(warmup, "--warmup", in: 0...1_000_000)
            try requireOption(steps, "--steps", in: 1...1_000_000)
            try requireOption(processes, "--processes", in: 1...1_024)
        }

        func run() throws {
            let report = processes == 1 ? try measure() : try measureSideBySide()
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                print(String(decoding: try encoder.encode(report), as: UTF8.self))
            } else {
                print(
                    """
                    \(report.preset), \(report.elementType), \(report.device ?? report.instructionSet), \
                    \(report.processes) x \(report.threads) threads
                    \(Terminal.number(report.tokensPerSecond / 1000))k tokens/s  \
                    \(Terminal.number(report.gflopPerSecond)) GFLOP/s  \
                    step \(Terminal.number(report.stepSeconds * 1e3)) ms \
                    (\(Terminal.number(report.stepSecondsMinimum * 1e3)) to \
                    \(Terminal.number(report.stepSecondsMaximum * 1e3)))
                    built and compiled in \(Terminal.number(report.compileSeconds * 1e3)) ms, \
                    \(report.peakMemoryBytes >> 20) MiB at most
                    """)
                for kernel in report.kernels {
                    print(Lines.indented(kernel, by: 4, to: max(Terminal.columns, 20), sign: "  "))
                }
            }
        }

        private func measure() throws -> StepReport {
            guard let base = StepBenchmark.configuration(preset) else {
                throw ToolError.message("no preset \(preset)")
            }
            let configuration = try ConfigurationFile.configuration(
                base, overrides: ownOverrides(base) + overrides)
            let engine = try engine.make()
            let result = try StepBenchmark.measure(
                configuration, on: engine, steps: steps, warmup: warmup,
                stepsPerRun: self.engine.resolvedStepsPerRun)
            let sorted = result.stepSeconds.sorted()
            return StepReport(
                preset: preset,
                tokensPerSecond: Double(result.tokensPerStep) / result.medianSeconds,
                stepSeconds: result.medianSeconds, stepSecondsMinimum: sorted[0],
                stepSecondsMaximum: sorted[sorted.count - 1],
                firstStepSeconds: result.firstStepSeconds, compileSeconds: result.compileSeconds,
                spectralSeconds: result.medianSpectralSeconds,
                peakMemoryBytes: Memory.peakBytes, threads: self.engine.threads,
                processes: 1, elementType: elementType, engine: engine.name,
                instructionSet: engine.facts["instruction_set"] ?? "none",
                device: engine.facts["device"],
                devicePeakMemoryBytes: (engine as? XLAEngine)?.peakMemoryBytes,
                gflopPerSecond: result.flopsPerStep / result.medianSeconds / 1e9,
                kernels: result.kernels.map { "\($0.operation): \($0.kernel) x \($0.count)" })
        }

        /// What the options say about the preset.
        private func ownOverrides(_ base: RunConfiguration) -> [String] {
            var result = [
                "model.element-type=\(elementType)", "telemetry.norms=\(telemetry != .none)",
                "telemetry.spectral-every=\(telemetry == .spectral ? 10 : 0)",
            ]
            if let context {
                let tokens = base.data.batch * base.model.context
                result += ["model.context=\(context)", "data.batch=\(tokens / context)"]
            }
            return result
        }

        /// Runs this command several times at once and adds up what they reach.
        private func measureSideBySide() throws -> StepReport {
            let reports: [StepReport] = try Executable.sideBySide(
                processes,
                [
                    "bench", "step", "--preset", preset, "--element-type", elementType,
                    "--warmup", "\(warmup)", "--telemetry", telemetry.rawValue, "--steps",
                    "\(steps)", "--json",
                ] + (context.map { ["--context", "\($0)"] } ?? [])
                    + overrides.flatMap { ["--set", $0] } + engine.arguments)
            var sum = reports[0]
            sum.processes = processes
            sum.tokensPerSecond = reports.map(\.tokensPerSecond).reduce(0, +)
            sum.gflopPerSecond = reports.map(\.gflopPerSecond).reduce(0, +)
            sum.stepSeconds = reports.map(\.stepSeconds).sorted()[processes / 2]
            sum.firstStepSeconds = reports.map(\.firstStepSeconds).max() ?? 0
            sum.compileSeconds = reports.map(\.compileSeconds).max() ?? 0
            sum.peakMemoryBytes = reports.map(\.peakMemoryBytes).max() ?? 0
            sum.stepSecondsMinimum = reports.map(\.stepSecondsMinimum).min() ?? 0
            sum.stepSecondsMaximum = reports.map(\.stepSecondsMaximum).max() ?? 0
            return sum
        }
    }
}

/// What `bench step --json` prints; times are in seconds.
struct StepReport: Codable {
    var preset: String
    var tokensPerSecond: Double
    /// The median time of a step.
    var stepSeconds: Double
    var stepSecondsMinimum: Double
    var stepSecondsMaximum: Double
    /// From the configuration to the end of the first step.
    var firstStepSeconds: Double
    /// From the configuration to a program that can run.
    var compileSeconds: Double
    /// A measurement of all spectral norms, with `--telemetry spectral`.
    var spectralSeconds: Double?
    /// Of the process, everything included.
    var peakMemoryBytes: Int
    var threads: Int
    var processes: Int
    var elementType: String
    var engine: String
    var instructionSet: String
    /// The kind of device, on the xla engine.
    var device: String?
    /// Memory of the device in use at most, where it counts.
    var devicePeakMemoryBytes: Int?
    var gflopPerSecond: Double
    var kernels: [String]

    private enum CodingKeys: String, CodingKey {
        case preset, threads, processes, engine, kernels
        case tokensPerSecond = "tokens_per_second"
        case stepSeconds = "step_seconds"
        case stepSecondsMinimum = "step_seconds_minimum"
        case stepSecondsMaximum = "step_seconds_maximum"
        case firstStepSeconds = "first_step_seconds"
        case compileSeconds = "compile_seconds"
        case spectralSeconds = "spectral_seconds"
        case peakMemoryBytes = "peak_memory_bytes"
        case device
        case devicePeakMemoryBytes = "device_peak_memory_bytes"
        case elementType = "element_type"
        case instructionSet = "instruction_set"
        case gflopPerSecond = "gflop_per_second"
    }
}

/// The memory of this process.
enum Memory {
    /// The largest resident size so far, in bytes.
    static var peakBytes: Int {
        var usage = rusage()
        unsafe getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
        // Linux counts in units of 1,024 bytes.
        return usage.ru_maxrss * 1024
    }
}

/// This program.
enum Executable {
    /// Where it stands.
    static var url: URL {
        get throws {
            URL(
                fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(
                    atPath: "/proc/self/exe"))
        }
    }

    /// Runs this program several times at once.
    ///
    /// - Parameters:
    ///   - count: How many processes.
    ///   - arguments: Of each; it prints one line of JSON.
    /// - Returns: What each printed.
    /// - Throws: ``ToolError`` when one fails, and what decoding throws.
    static func sideBySide<Report: Decodable>(
        _ count: Int, _ arguments: [String]
    ) throws -> [Report] {
        let running = try (0..<count).map { _ in
            let process = Process()
            process.executableURL = try url
            process.arguments = arguments
            let pipe = Pipe()
            process.standardOutput = pipe
            try process.run()
            return (process, pipe)
        }
        return try running.map { process, pipe in
            let data = pipe.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else {
                throw ToolError.message("a process of the benchmark failed; see above")
            }
            return try JSONDecoder().decode(Report.self, from: data)
        }
    }
}
