import Ballast
import Foundation

/// What a run takes beside its steps: a process, its program, the files that it leaves.
///
/// Runs of one step are trained as a study trains them, each a process. Counted is their processor time, which
/// does not grow with what else runs on the machine, and the shortest wait for files among them.
enum ProcessStart {
    private static let repeats = 3

    /// Times a few runs of one step.
    ///
    /// - Parameters:
    ///   - configuration: A small run of the study.
    ///   - engine: What computes.
    ///   - cost: What steps take.
    /// - Returns: Seconds; nil where such a run does not end well, which a study will say better.
    /// - Throws: What the file system refused.
    static func seconds(
        of configuration: RunConfiguration, _ engine: EngineOptions, beside cost: StepCost
    ) throws -> Double? {
        var single = configuration
        single.steps = 1
        single.checkpoints.every = 0
        let folder =
            FileManager.default.temporaryDirectory.path + "/ballast-start-"
            + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = folder + "/run.yaml"
        try AtomicFile.write(ConfigurationFile.text(of: single), to: file)
        var (processor, waits): ([Double], [Double]) = ([], [])
        for index in 0..<repeats {
            let before = childrenSeconds
            let start = ContinuousClock.now
            let process = Process()
            process.executableURL = try Executable.url
            process.arguments =
                ["train", "--quiet", file, "--out", "\(folder)/\(index)"] + engine.arguments
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else { return nil }
            let wall = (ContinuousClock.now - start) / .seconds(1)
            processor.append(childrenSeconds - before)
            waits.append(max(wall - processor[index], 0))
        }
        let steps = cost.seconds(single) - cost.start
        let median = processor.sorted()[repeats / 2]
        return max(median - steps, 0) + (waits.min() ?? 0)
    }

    /// Processor time of the processes that this one started and that ended.
    private static var childrenSeconds: Double {
        var usage = rusage()
        unsafe getrusage(Int32(RUSAGE_CHILDREN.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}
