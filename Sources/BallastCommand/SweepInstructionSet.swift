import Ballast
import EngineCPU
import Foundation
import Slurm

/// The instruction set of all tasks of a sweep: bits are equal under one alone.
struct SweepInstructionSet {
    /// The value of `BALLAST_ISA`.
    var name: String
    /// Why it is this one.
    var reason: String

    /// Chooses: what is asked for, else what the sweep has begun with, else the least that its nodes may have.
    ///
    /// - Parameters:
    ///   - submissions: Those of the folder.
    ///   - cells: The folders of the sweep's cells.
    ///   - features: Those of each node, as whoever runs the cluster named them.
    ///   - asked: What the user's `BALLAST_ISA` asks for.
    /// - Throws: ``ToolError`` for an unknown name.
    init(
        submissions: [Submission], cells: some Sequence<RunFolder>, features: [[String]],
        asked: String?
    ) throws {
        if let asked, !asked.isEmpty {
            self.init(try EngineChoice.instructionSet(asked).rawValue, "BALLAST_ISA asks for it")
            return
        }
        if let last = submissions.last {
            self.init(last.instructionSet, "the sweep's earlier submissions have it")
            return
        }
        let begun = cells.lazy.compactMap {
            ((try? $0.readManifest()) ?? nil)?.sessions.last?.engine["instruction_set"]
        }.first
        if let begun, InstructionSet(rawValue: begun) != nil {
            self.init(begun, "runs that stand in the folder have it")
            return
        }
        if !features.isEmpty, features.allSatisfy({ $0.contains { $0.contains("avx512") } }) {
            self.init("avx512", "every node of the partition names it among its features")
        } else if InstructionSet.best == .portable {
            self.init("portable", "this machine has no other, and its nodes may not either")
        } else {
            self.init("avx2", "the widest that every x86-64 server of the last ten years has")
        }
    }

    /// What the environment said when the command began: later this process sets it itself.
    static let asked = ProcessInfo.processInfo.environment["BALLAST_ISA"]

    private init(_ name: String, _ reason: String) {
        self.name = name
        self.reason = reason
    }
}
