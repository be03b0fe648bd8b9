import EngineCPU
import Engines
import Foundation
import Modules
import Optimizers
import OrderedCollections
import Programs
import Telemetry
import Tensors
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

/// The first step of a program in double: the parameters before it, and what comes of it.
func firstStep(
    _ configuration: RunConfiguration
) throws -> (start: ParameterTree, results: [String: Tensor]) {
    let step = try TrainingProgram(configuration)
    let start = step.parameters.initialized(seed: 1)
    let scalars = configuration.rule.scalars(at: configuration.stepSize(1)).tensors
    var inputs: [String: Tensor] = [:]
    for input in step.program.inputs {
        let type = step.program.types[input.value]
        let tail = input.name.split(separator: "/", maxSplits: 1).last.map(String.init) ?? ""
        inputs[input.name] =
            scalars[input.name]
            ?? (input.name.hasPrefix("parameter/") ? start[tail] : nil)
            ?? (type.elementType == .i32
                ? Tensor(integers: (0..<16).map { Int32($0 * 11 % 256) }, shape: type.shape)
                : .zeros(type.shape))
    }
    return (start, try ReferenceEngine().run(step.program, inputs))
}
