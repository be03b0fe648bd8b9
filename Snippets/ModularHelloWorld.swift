// Composes a network, prints where its norm goes, and fits random targets in steps of the norm.
import EngineCPU
import Modular
import Programs
import Tensors

// snippet.show
let mlp = Linear(4, from: 64) ∘ ReLU() ∘ Linear(64, from: 64) ∘ ReLU() ∘ Linear(64, from: 16)
print(mlp.table)

let inputs = Tensor.unitRows(32, columns: 16, RandomKey(seed: 1))
let targets = Tensor.unitRows(32, columns: 4, RandomKey(seed: 2))
let step = try DescentStep(
    of: mlp, input: ValueType(.f32, inputs.shape), target: ValueType(.f32, targets.shape),
    loss: ErrorMeasure.squared)
let descent = try Descent(step, on: CPUEngine(threads: 2), seed: 0)
for number in 0...200 {
    // In units of the network's norm: a step moves no output by more than this.
    let rate = 0.3 * (1 - Double(number) / 201)
    let loss = try descent.step(inputs, targets, learningRate: rate)
    if number % 50 == 0 { print("step \(number): loss \(Float(loss))") }
}
