/// What a job array asks of Slurm for each of its tasks.
package struct JobRequest: Sendable, Hashable {
    /// An option of `sbatch`, as `--account=physics` or `--exclusive`.
    package struct Option: Sendable, Hashable {
        /// Its name without dashes.
        package var key: String
        /// Its value; nil for one that takes none.
        package var value: String?

        /// Reads `KEY=VALUE` or `KEY`.
        ///
        /// - Parameter text: The words of a user.
        /// - Throws: ``SlurmError/option(_:reason:)`` for what is no option, or one that the array itself needs.
        package init(_ text: String) throws(SlurmError) {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let key = String(parts[0].drop { $0 == "-" })
            let isName = key.allSatisfy {
                $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-")
            }
            guard let first = key.first, first.isLowercase, isName else {
                throw .option(
                    "--sbatch-option \(text)",
                    reason:
                        "write it as sbatch has it, without dashes, as account=physics or exclusive"
                )
            }
            if let reason = Self.own[key] {
                throw .option("--sbatch-option \(text)", reason: reason)
            }
            self.key = key
            value = parts.count > 1 ? String(parts[1]) : nil
            if let value, value.contains(where: \.isNewline) {
                throw .option("--sbatch-option \(key)", reason: "its value goes over several lines")
            }
        }

        /// Options that ballast sets, and what to use in their place.
        private static let own = [
            "partition": "give --partition", "time": "give --time", "gpus": "give --gpus",
            "array": "ballast counts the tasks; give --array-limit and --cells-per-task",
            "cpus-per-task": "ballast counts the processors; give --threads and --jobs",
            "job-name": "ballast finds its jobs in the queue by their name",
            "output": "the log of a task stands beside its script",
            "open-mode": "the log of a task goes on where the one before a requeue ended",
            "chdir": "paths of the study are those of the folder where the command runs",
            "signal": "a task saves on SIGUSR1, \(JobRequest.signalLead) s before its limit",
            "requeue": "it always is",
            "no-requeue": "a task that reaches its limit goes on in the next",
            "parsable": "ballast reads what sbatch prints", "wait": "the command returns at once",
            "wrap": "the script is ballast's", "test-only": "give --dry-run",
        ]
    }

    /// How long before the end of its time a task is told, in seconds.
    package static let signalLead = 120
    /// The shortest limit of time: what a task trains beside the time to save, in seconds.
    private static let shortest = 300

    /// The partition; that of the cluster when nil.
    package var partition: String?
    /// The limit of a task's time as Slurm writes it; that of the partition when nil.
    package var time: String?
    /// GPUs of a task, as `1` or `a100:1`.
    package var gpus: String?
    /// Tasks that run at a time; as many as there is room for when nil.
    package var arrayLimit: Int?
    /// Runs of a task, one after another; as few as the largest array allows when nil.
    package var cellsPerTask: Int?
    /// What else `sbatch` is given.
    package var options: [Option]
    /// Processors of a task.
    package var processors: Int

    /// Asks for tasks.
    ///
    /// - Throws: ``SlurmError/option(_:reason:)`` for a limit of time that Slurm does not take, or in which nothing
    ///   would be trained.
    package init(
        partition: String? = nil, time: String? = nil, gpus: String? = nil, arrayLimit: Int? = nil,
        cellsPerTask: Int? = nil, options: [Option] = [], processors: Int = 1
    ) throws(SlurmError) {
        for (option, value) in [("--partition", partition), ("--gpus", gpus)] {
            guard let value else { continue }
            guard !value.isEmpty,
                !value.contains(where: { $0.isWhitespace || $0 == "'" || $0 == "\"" })
            else { throw .option("\(option) \(value)", reason: "is no name") }
        }
        if let time {
            guard let seconds = Self.seconds(time) else {
                throw .option(
                    "--time \(time)",
                    reason:
                        "Slurm takes MINUTES, HOURS:MINUTES:SECONDS or DAYS-HOURS, as 90, 4:00:00, 1-12"
                )
            }
            guard seconds >= Double(Self.shortest) else {
                throw .option(
                    "--time \(time)",
                    reason:
                        "a task saves \(Self.signalLead) s before its end; give 5 minutes or more")
            }
        }
        self.partition = partition
        self.time = time
        self.gpus = gpus
        self.arrayLimit = arrayLimit
        self.cellsPerTask = cellsPerTask
        self.options = options
        self.processors = processors
    }

    /// The seconds of a limit of time as Slurm writes it: `M`, `M:S`, `H:M:S`, `D-H`, `D-H:M`, `D-H:M:S`.
    ///
    /// - Parameter text: The limit.
    /// - Returns: Seconds, infinite for `UNLIMITED`; nil for what Slurm does not take.
    package static func seconds(_ text: String) -> Double? {
        if ["infinite", "unlimited"].contains(text.lowercased()) { return .infinity }
        let halves = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let fields = (halves.last ?? "").split(separator: ":", omittingEmptySubsequences: false)
        let words = (halves.count == 2 ? [halves[0]] : []) + fields
        let numbers = words.map { word in
            (1...6).contains(word.count) && word.allSatisfy { $0.isASCII && $0.isNumber }
                ? Double(word) : nil
        }
        let known = numbers.compactMap(\.self)
        guard known.count == numbers.count else { return nil }
        if halves.count == 2 {
            guard (2...4).contains(known.count) else { return nil }
            return zip(known, [86_400, 3_600, 60, 1]).reduce(0) { $0 + $1.0 * $1.1 }
        }
        switch known.count {
        case 1: return known[0] * 60
        case 2: return known[0] * 60 + known[1]
        case 3: return known[0] * 3_600 + known[1] * 60 + known[2]
        default: return nil
        }
    }
}
