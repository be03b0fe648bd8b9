public import Datasets
import Foundation

/// What this machine has left of memory and disk.
public struct MachineResources: Sendable, Hashable {
    /// Bytes of memory that a process may still take; nil where the system does not say.
    ///
    /// Of the machine, or of the control group that limits the process, whichever is less.
    public var memory: Double?

    /// States what there is.
    ///
    /// - Parameter memory: Bytes.
    public init(memory: Double?) { self.memory = memory }

    /// What there is now.
    public static var current: MachineResources {
        func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
        func number(_ path: String) -> Double? {
            text(path).flatMap { Double($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        }
        var left: [Double] = []
        let line = text("/proc/meminfo")?.split(separator: "\n")
            .first { $0.hasPrefix("MemAvailable:") }
        if let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap({ Double($0) }) {
            left.append(kilobytes * 1024)
        }
        for (limit, used) in [
            ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
            (
                "/sys/fs/cgroup/memory/memory.limit_in_bytes",
                "/sys/fs/cgroup/memory/memory.usage_in_bytes"
            ),
        ] {
            if let most = number(limit), let now = number(used) { left.append(max(most - now, 0)) }
        }
        return MachineResources(memory: left.min())
    }

    /// Bytes that are free where a file or folder is to be written; nil where the system does not say.
    ///
    /// - Parameter path: It need not exist.
    /// - Returns: Bytes.
    public static func disk(at path: String) -> Double? {
        var place = URL(fileURLWithPath: path).standardizedFileURL.path
        while place != "/", !FileManager.default.fileExists(atPath: place) {
            place = (place as NSString).deletingLastPathComponent
        }
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: place)
        return (attributes?[.systemFreeSize] as? NSNumber)?.doubleValue
    }
}

extension TextSource {
    /// Checks that a machine has the memory to cut a text into tokens, before any of it is read.
    ///
    /// - Parameters:
    ///   - machine: What there is.
    ///   - key: What names the text.
    /// - Throws: ``ConfigurationError`` with the numbers.
    public func requireMemory(
        _ machine: MachineResources = .current, key: String
    ) throws(ConfigurationError) {
        let size = roughSize
        guard let memory = machine.memory, 2 * size > memory else { return }
        throw .impossible(
            key: key,
            reason: "to cut \(ResourceEstimate.text(size)) of text into tokens takes about "
                + "\(ResourceEstimate.text(2 * size)) of memory, and "
                + "\(ResourceEstimate.text(memory)) are left on this machine; name less text")
    }
}

extension RunConfiguration {
    /// Checks that a machine has the memory and the disk of a run before anything is allocated.
    ///
    /// - Parameters:
    ///   - machine: What there is.
    ///   - path: Where the run is to be written; nil for not at all.
    ///   - runs: How many such runs there are at a time.
    /// - Throws: ``ConfigurationError`` with the numbers and what would fit.
    public func requireResources(
        _ machine: MachineResources = .current, at path: String? = nil, sideBySide runs: Int = 1
    ) throws(ConfigurationError) {
        // A model that cannot be built is another error, which building it reports.
        let text = textSource.roughSize
        guard let estimate = try? ResourceEstimate(self, text: text) else { return }
        try textSource.requireMemory(machine, key: "data.text")
        if let memory = machine.memory, estimate.memory * Double(runs) > memory {
            let fits = Int(min(memory / estimate.memory, 1e6))
            let batch = estimate.largestBatch(within: memory, of: data.batch)
            let next =
                fits > 0
                ? "give --jobs \(fits)"
                : batch > 0
                    ? "a batch of \(batch) would fit"
                    : "lower model.width or model.depth: no batch fits"
            throw .impossible(
                key: fits > 0 ? "--jobs" : batch > 0 ? "data.batch" : "model.width",
                reason: (runs > 1 ? "\(runs) runs at a time take " : "the run takes ")
                    + "about \(estimate.memoryText)"
                    + (runs > 1 ? " each" : "")
                    + ", and \(ResourceEstimate.text(memory)) are left on this machine; \(next)")
        }
        let home = textSource.home
        if path != nil, let disk = MachineResources.disk(at: home), text > disk {
            throw .impossible(
                key: "data.text",
                reason: "its tokens take \(ResourceEstimate.text(text)), and "
                    + "\(ResourceEstimate.text(disk)) are left at \(home); free some, or set "
                    + "BALLAST_HOME to a folder with more")
        }
        if let path, let disk = MachineResources.disk(at: path), estimate.disk > disk {
            throw .impossible(
                key: "checkpoints.keep",
                reason: "\(checkpoints.keep) checkpoints and the one being written take "
                    + "\(ResourceEstimate.text(estimate.disk)), and "
                    + "\(ResourceEstimate.text(disk)) are left at \(path); keep fewer, or free some"
            )
        }
    }
}

extension ResourceEstimate {
    /// `1.2 GB of memory (parameters 3 MB, gradients 2 MB, optimizer state 6 MB, activations 1.1 GB)`.
    public var memoryText: String {
        "\(Self.text(memory)) of memory (parameters \(Self.text(parameters)), gradients "
            + "\(Self.text(gradients)), optimizer state \(Self.text(optimizerState)), activations "
            + "\(Self.text(activations))" + (tokens > 0 ? ", tokens \(Self.text(tokens)))" : ")")
    }

    /// Bytes in the unit that suits them: `3.1 MB`.
    public static func text(_ bytes: Double) -> String {
        var (value, unit) = (bytes / 1e3, "kB")
        for larger in ["MB", "GB", "TB", "PB", "EB"] where value >= 1000 {
            (value, unit) = (value / 1000, larger)
        }
        return String(format: value < 10 ? "%.1f" : "%.0f", value) + " " + unit
    }
}
