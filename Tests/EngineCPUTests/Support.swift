import EngineCPU
import Foundation

/// The instruction set that `BALLAST_ISA` names, or else the widest: oneDNN can be bound to one in a
/// process.
func chosenInstructionSet() throws -> InstructionSet {
    guard let name = ProcessInfo.processInfo.environment["BALLAST_ISA"], !name.isEmpty else {
        return .best
    }
    guard let chosen = InstructionSet(rawValue: name) else {
        throw UnknownInstructionSet(name: name)
    }
    return chosen
}

/// `BALLAST_ISA` names no instruction set.
struct UnknownInstructionSet: Error {
    let name: String
}

/// An engine with the chosen instruction set.
func makeEngine(threads: Int = 1) throws -> CPUEngine {
    try CPUEngine(threads: threads, instructionSet: chosenInstructionSet())
}
