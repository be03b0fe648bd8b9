/// The script of a job array.
///
/// Each task runs `ballast sweep task`, which trains the task's cells. Before the limit of its time it gets SIGUSR1:
/// it saves and asks to be queued again, and goes on from its checkpoints.
package struct ArrayScript: Sendable {
    /// The name by which the array is found in the queue.
    package var name: String
    /// What is trained, for whoever reads the script.
    package var title: String
    /// What each task asks for.
    package var request: JobRequest
    /// How many tasks there are.
    package var tasks: Int
    /// The absolute path of the submission's folder.
    package var folder: String
    /// The folder in which tasks run.
    package var directory: String
    /// Variables that tasks set.
    package var environment: [(name: String, value: String)]
    /// Why the instruction set is the one that it is.
    package var reason: String
    /// The program of a task with its arguments.
    package var command: [String]

    /// Describes a script.
    package init(
        name: String, title: String, request: JobRequest, tasks: Int, folder: String,
        directory: String, environment: [(name: String, value: String)], reason: String,
        command: [String]
    ) {
        precondition(tasks > 0, "ArrayScript: \(tasks) tasks")
        self.name = name
        self.title = title
        self.request = request
        self.tasks = tasks
        self.folder = folder
        self.directory = directory
        self.environment = environment
        self.reason = reason
        self.command = command
    }

    /// What `sbatch` reads.
    ///
    /// - Throws: ``SlurmError/option(_:reason:)`` for a path that no line of a script can name.
    package var text: String {
        get throws(SlurmError) {
            var lines = [
                "#!/usr/bin/env bash",
                "# Written by ballast: \(title.filter { !$0.isNewline })",
            ]
            for option in try directives { lines.append("#SBATCH --" + option) }
            lines += [
                "", "# One instruction set for every node, so that equal runs have equal bits:",
            ]
            lines.append("# \(reason)")
            lines += environment.map { "export \($0.name)=\(ShellWord.quoted($0.value))" }
            lines.append("")
            let command = command.map(ShellWord.quoted).joined(separator: " ")
            lines.append(Self.body.replacing("COMMAND", with: command, maxReplacements: 1))
            return lines.joined(separator: "\n")
        }
    }

    /// The options of `sbatch`, without dashes.
    private var directives: [String] {
        get throws(SlurmError) {
            var options = [
                "job-name=\(name)",
                "array=0-\(tasks - 1)" + (request.arrayLimit.map { "%\($0)" } ?? ""),
                "output=\(try Self.path(folder, isPattern: true))/%a.log",
                "open-mode=append",
                "chdir=\(try Self.path(directory, isPattern: false))",
                "signal=B:USR1@\(JobRequest.signalLead)",
                "requeue",
                "nodes=1",
                "ntasks=1",
                "cpus-per-task=\(request.processors)",
            ]
            if let partition = request.partition { options.append("partition=\(partition)") }
            if let time = request.time { options.append("time=\(time)") }
            if let gpus = request.gpus { options.append("gpus=\(gpus)") }
            // What is given for one stands last, and so holds.
            let given = Set(request.options.map(\.key))
            options.removeAll { option in given.contains { option.hasPrefix($0 + "=") } }
            options += request.options.map { option in
                option.value.map { "\(option.key)=\(Self.word($0))" } ?? option.key
            }
            return options
        }
    }

    /// A word of a line that `sbatch` reads.
    private static func word(_ text: String) -> String {
        let isPlain = text.allSatisfy {
            $0.isASCII && ($0.isLetter || $0.isNumber || "_-+.,:;@%/=[]*".contains($0))
        }
        return isPlain
            ? text : "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    /// A path in such a line; in the name of a log `%` has a meaning.
    private static func path(_ path: String, isPattern: Bool) throws(SlurmError) -> String {
        guard !path.contains(where: { $0.isNewline || "\"\\".contains($0) }) else {
            throw .option(
                path,
                reason:
                    "Slurm's scripts cannot name a path with quotation marks, backslashes or line "
                    + "feeds; choose another --out or folder")
        }
        return word(isPattern ? path.replacing("%", with: "%%") : path)
    }

    /// `wait` comes back for a signal, too: only where none came in between is it the end.
    private static let body = """
        asked= child= again=
        tell() {
            again=1
            asked=${asked:-$1}
            if [[ -n $child ]]; then kill -TERM "$child" 2>/dev/null; fi
        }
        trap 'tell requeue' USR1
        trap 'tell stop' TERM
        COMMAND &
        child=$!
        if [[ -n $asked ]]; then kill -TERM "$child"; fi
        again=1
        while [[ -n $again ]]; do
            again=
            wait "$child"
            code=$?
        done
        # 143: saved, and not at its end.
        if [[ $asked == requeue && $code == 143 ]]; then
            if scontrol requeue "$SLURM_JOB_ID"; then exit 0; fi
            echo "ballast: saved, but not queued again; the command that submitted this goes on" >&2
        fi
        exit "$code"

        """
}
