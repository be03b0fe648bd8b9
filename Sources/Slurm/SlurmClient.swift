import Foundation

/// Slurm's programs.
package struct SlurmClient: Sendable {
    private let programs: [String: String]
    private let environment: [String: String]

    /// Finds `sbatch`, `squeue`, `scontrol` and `sinfo`.
    ///
    /// - Parameter environment: Whose `PATH` is searched, and what the programs get.
    package init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.environment = environment
        let folders = (environment["PATH"] ?? "").split(separator: ":")
        var programs: [String: String] = [:]
        for name in ["sbatch", "squeue", "scontrol", "sinfo"] {
            programs[name] = folders.map { "\($0)/\(name)" }
                .first { FileManager.default.isExecutableFile(atPath: $0) }
        }
        self.programs = programs
    }

    /// Whether the queue can be asked.
    package var canAsk: Bool { programs["squeue"] != nil }

    /// Checks that jobs can be submitted.
    ///
    /// - Throws: ``SlurmError/missing(program:)``.
    package func requirePrograms() throws(SlurmError) {
        for name in ["sbatch", "squeue"] where programs[name] == nil {
            throw .missing(program: name)
        }
    }

    /// Submits a script.
    ///
    /// - Parameter script: Its path.
    /// - Returns: The number of the job; nil where Slurm took it and what it printed is no number.
    /// - Throws: ``SlurmError`` with what Slurm said.
    package func submit(_ script: String) throws -> Int? {
        let outcome = try run("sbatch", ["--parsable", script])
        guard outcome.code == 0 else {
            throw SlurmError.refused(
                program: "sbatch", message: outcome.message,
                next: "nothing was submitted; change what it names and run the same command again")
        }
        // `12`, or `12;cluster`.
        let word = outcome.output.split { $0.isNewline || $0 == ";" }.first.map(String.init) ?? ""
        return Int(word)
    }

    /// Asks for the arrays of some names.
    ///
    /// - Parameter names: The names.
    /// - Returns: Their tasks that have not ended.
    /// - Throws: ``SlurmError`` where the queue cannot be asked.
    package func queue(_ names: [String]) throws -> Queue {
        var output = ""
        // A command line holds only so many.
        for start in stride(from: 0, to: names.count, by: 500) {
            let part = names[start..<min(start + 500, names.count)].joined(separator: ",")
            let outcome = try run(
                "squeue", ["--noheader", "--array", "--name=" + part, "--format=" + Queue.format])
            guard outcome.code == 0 else {
                throw SlurmError.refused(
                    program: "squeue", message: outcome.message,
                    next:
                        "what is in the queue is not known, so nothing was submitted; run the same command "
                        + "once Slurm's controller answers")
            }
            output += outcome.output + "\n"
        }
        return Queue(output)
    }

    /// How many tasks an array may have; nil where Slurm does not say.
    package func largestArray() -> Int? {
        guard let outcome = try? run("scontrol", ["show", "config"]), outcome.code == 0 else {
            return nil
        }
        return Self.largestArray(outcome.output)
    }

    /// The number behind `MaxArraySize`.
    static func largestArray(_ configuration: String) -> Int? {
        let line = configuration.split(whereSeparator: \.isNewline).first {
            $0.hasPrefix("MaxArraySize")
        }
        let word = line?.split(separator: "=").last?.trimmingCharacters(in: .whitespaces)
        return word.flatMap(Int.init).flatMap { $0 > 0 ? $0 : nil }
    }

    /// The features of each node of a partition, as whoever runs the cluster named them; empty where nothing is
    /// known.
    package func features(of partition: String?) -> [[String]] {
        let arguments =
            ["--noheader", "--Node", "--format=%f"]
            + (partition.map { ["--partition=" + $0] } ?? [])
        guard let outcome = try? run("sinfo", arguments), outcome.code == 0 else { return [] }
        return outcome.output.split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
        }
    }

    private struct Outcome {
        var code: Int32
        var output: String
        var errors: String

        /// What it said, in a line.
        var message: String {
            let lines = (errors.isEmpty ? output : errors).split(whereSeparator: \.isNewline)
                .map { line in
                    let words = line.trimmingCharacters(in: .whitespaces)
                    // `sbatch: error: `, which is said once.
                    for kind in [": error: ", ": fatal: "] {
                        if let end = words.range(of: kind)?.upperBound,
                            !words[..<end].dropLast(kind.count).contains(" ")
                        {
                            return String(words[end...])
                        }
                    }
                    return words
                }
            return lines.isEmpty ? "exit code \(code)" : lines.joined(separator: "; ")
        }
    }

    /// Variables of `sbatch` that would overrule what a script says.
    private static let overruling: Set<String> = [
        "SBATCH_ARRAY_INX", "SBATCH_JOB_NAME", "SBATCH_NO_REQUEUE", "SBATCH_OPEN_MODE",
        "SBATCH_OUTPUT", "SBATCH_REQUEUE", "SBATCH_SIGNAL", "SBATCH_WAIT",
    ]

    private func run(_ name: String, _ arguments: [String]) throws -> Outcome {
        guard let program = programs[name] else { throw SlurmError.missing(program: name) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = environment.filter { !Self.overruling.contains($0.key) }
        process.standardInput = FileHandle.nullDevice
        // A file, since two pipes may each wait for the other to be read.
        let errors = FileManager.default.temporaryDirectory.path + "/ballast-\(UUID().uuidString)"
        guard FileManager.default.createFile(atPath: errors, contents: nil),
            let handle = FileHandle(forWritingAtPath: errors)
        else {
            throw SlurmError.refused(
                program: name, message: "\(errors) cannot be written",
                next: "set TMPDIR to a folder that can be written")
        }
        defer { try? FileManager.default.removeItem(atPath: errors) }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = handle
        do {
            try process.run()
        } catch {
            throw SlurmError.refused(
                program: program, message: error.localizedDescription, next: "check the program")
        }
        try? handle.close()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Outcome(
            code: process.terminationStatus, output: String(decoding: bytes, as: UTF8.self),
            errors: String(
                decoding: (try? Data(contentsOf: URL(fileURLWithPath: errors))) ?? Data(),
                as: UTF8.self))
    }
}
