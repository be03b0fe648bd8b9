import ArgumentParser
import Ballast
import Foundation

/// The engines of `--engine`.
enum EngineChoice: String, CaseIterable, ExpressibleByArgument {
    case cpu
    case reference

    /// Makes the engine.
    ///
    /// The environment's `BALLAST_ISA` binds the instruction set.
    func engine(threads: Int) throws -> any Engine {
        switch self {
        case .cpu: try CPUEngine(threads: threads, instructionSet: Self.instructionSet())
        case .reference: ReferenceEngine()
        }
    }

    /// What `BALLAST_ISA` asks for, or the best of this machine.
    static func instructionSet() throws -> InstructionSet {
        guard let name = ProcessInfo.processInfo.environment["BALLAST_ISA"], !name.isEmpty else {
            return .best
        }
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
    @Option(help: "What computes.")
    var engine = EngineChoice.cpu

    @Option(help: "Threads of the engine. Results do not depend on it.")
    var threads = 1

    func validate() throws {
        if threads < 1 { throw ValidationError("--threads \(threads): at least 1 is needed") }
    }

    func make() throws -> any Engine { try engine.engine(threads: threads) }
}
