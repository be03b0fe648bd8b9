import EngineCPU
import Foundation

/// The CPU engine with the instruction set that `BALLAST_ISA` names, or else the widest: oneDNN can be
/// bound to one in a process.
func makeCPUEngine() throws -> CPUEngine {
    let isa = ProcessInfo.processInfo.environment["BALLAST_ISA"]
    return try CPUEngine(instructionSet: InstructionSet(rawValue: isa ?? "") ?? .best)
}
