/// What `squeue` says about the arrays of a folder.
package struct Queue: Sendable, Hashable {
    /// A task of an array.
    package struct Task: Sendable, Hashable {
        /// The name of its array.
        package var name: String
        /// The number of its array.
        package var job: Int
        /// Its number in the array.
        package var index: Int
        /// Its state as Slurm has it, as `PENDING`.
        package var state: String
        /// The node that it runs on; empty before it does.
        package var node: String
        /// Why it waits; `None` where it does not.
        package var reason: String

        /// Describes a task.
        package init(
            name: String, job: Int, index: Int, state: String, node: String = "",
            reason: String = "None"
        ) {
            self.name = name
            self.job = job
            self.index = index
            self.state = state
            self.node = node
            self.reason = reason
        }

        /// Whether it has ended, and does not begin again by itself.
        package var hasEnded: Bool { Self.ended.contains(state) }
        /// Whether its processes may be on a node.
        package var isOnNode: Bool {
            ["RUNNING", "COMPLETING", "SUSPENDED", "SIGNALING", "STAGE_OUT", "STOPPED"]
                .contains(state)
        }

        /// What a person reads: `running on node7 (12_3)`, `pending (12_3, Resources)`.
        package var text: String {
            let id = "\(job)_\(index)"
            if isOnNode {
                return "\(state.lowercased()) on \(node.isEmpty ? "a node" : node) (\(id))"
            }
            let isPlain = ["", "None", "null", "(null)"].contains(reason)
            return "\(state.lowercased()) (\(id)\(isPlain ? "" : ", " + reason))"
        }

        private static let ended: Set<String> = [
            "BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL",
            "OUT_OF_MEMORY", "REVOKED", "TIMEOUT",
        ]
    }

    /// How `squeue` is asked to write a line: name, job, task, state, nodes, reason.
    package static let format = "%j|%F|%K|%T|%N|%r"
    private static let mostTasks = 4_000_000

    /// The tasks that have not ended.
    package var tasks: [Task] = []
    /// Lines that are not of that form.
    package var unreadable: [String] = []

    /// Reads what `squeue` printed in ``format``.
    ///
    /// - Parameter output: Its lines; those of tasks that ended say nothing.
    package init(_ output: String) {
        for line in output.split(whereSeparator: \.isNewline) {
            let fields = line.split(
                separator: "|", maxSplits: 5, omittingEmptySubsequences: false
            ).map { $0.trimmingPrefix(while: { $0 == " " }) }
            guard fields.count == 6, !fields[0].isEmpty, let job = Int(fields[1]), job > 0,
                !fields[3].isEmpty, let indices = Self.indices(fields[2])
            else {
                unreadable.append(String(line))
                continue
            }
            for index in indices {
                let task = Task(
                    name: String(fields[0]), job: job, index: index, state: String(fields[3]),
                    node: String(fields[4]), reason: String(fields[5]))
                if !task.hasEnded { tasks.append(task) }
            }
        }
    }

    /// The tasks of `3`, and of what a pending array is written as: `[2-5,7%3]`.
    private static func indices(_ text: Substring) -> [Int]? {
        var list = text
        if list.hasPrefix("["), list.hasSuffix("]") { list = list.dropFirst().dropLast() }
        list = list.prefix { $0 != "%" }
        var indices: [Int] = []
        for part in list.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map {
                Int($0).flatMap { (0..<mostTasks).contains($0) ? $0 : nil }
            }
            guard (1...2).contains(ends.count), let first = ends[0],
                let last = ends[ends.count - 1],
                first <= last
            else { return nil }
            indices += first...last
        }
        return indices
    }
}
