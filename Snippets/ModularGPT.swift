// Teaches a small transformer without normalisation to add digits, and examines it.
import EngineCPU
import Foundation
import Modular
import Programs
import Tensors

// snippet.show
let alphabet = Array("0123456789+=\n")
func codes(_ text: String) -> [Int32] {
    text.compactMap { alphabet.firstIndex(of: $0) }.map { Int32($0) }
}
func sum(_ a: Int, _ b: Int) -> String { "\(a)+\(b)=\(a + b)\n" }

// Sums of digits drawn at random: these cost ln 10 each, and all other characters follow.
let words = (0..<4000).map { RandomKey(seed: 3).words(at: UInt64($0)) }
let text = codes(words.map { sum(Int($0[0] % 10), Int($0[1] % 10)) }.joined())
let floor = 2 * log(10.0) * 4000 / Double(text.count)

let gpt = GPT(vocabulary: alphabet.count, width: 64, heads: 4, blocks: 2, finalScale: 16)
print(gpt.table)

let (batch, context, steps) = (16, 32, 400)
let type = ValueType(.i32, [batch, context])
let step = try DescentStep(
    of: gpt, input: type, target: type, momentum: 0.95, loss: ErrorMeasure.crossEntropy)
let descent = try Descent(step, on: CPUEngine(threads: 2), seed: 0)
for number in 0...steps {
    let starts = (0..<batch).map {
        Int(RandomKey(seed: 4).words(at: UInt64(number * batch + $0))[0]) % (text.count - 33)
    }
    let inputs = starts.flatMap { text[$0..<$0 + context] }
    let targets = starts.flatMap { text[$0 + 1...$0 + context] }
    let loss = try descent.step(
        Tensor(integers: inputs, shape: type.shape), Tensor(integers: targets, shape: type.shape),
        learningRate: 4 * (1 - Double(number) / Double(steps + 1)))
    if number % 100 == 0 { print("step \(number): loss \(Float(loss)) nats") }
}
print("no model goes below \(Float(floor)) nats")

// Every sum after a line of another, so that there is something to look back at.
let exam = (0..<100).map { codes("1+2=3\n" + sum($0 / 10, $0 % 10) + "\n").prefix(12) }
let logits = try descent.output(for: Tensor(integers: exam.flatMap { $0 }, shape: [100, 12])).floats
let right = exam.indices.filter { line in
    // After the equals sign come the digits of the sum and the line's end.
    (9...10).allSatisfy { place in
        let row = logits[(line * 12 + place) * 13..<(line * 12 + place + 1) * 13]
        let likeliest = (row.indices.max { row[$0] < row[$1] } ?? 0) - row.startIndex
        return Int32(likeliest) == exam[line][place + 1]
    }
}
print("\(right.count) of 100 sums right")
