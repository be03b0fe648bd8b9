import EngineCPU
import Foundation
import OrderedCollections
import Telemetry
import Training

/// The CPU engine with the instruction set that `BALLAST_ISA` names, or else the widest: oneDNN can be
/// bound to one in a process.
func makeCPUEngine() throws -> CPUEngine {
    let isa = ProcessInfo.processInfo.environment["BALLAST_ISA"]
    return try CPUEngine(instructionSet: InstructionSet(rawValue: isa ?? "") ?? .best)
}

extension Trainer.StepReport {
    /// What was measured, by the tags of event files.
    var byTag: OrderedDictionary<String, Double> {
        OrderedDictionary(uniqueKeysWithValues: values.map { ($0.key.tag, $0.value) })
    }
}
