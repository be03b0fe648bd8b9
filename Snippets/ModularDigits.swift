// Tells handwritten digits apart, at four widths and six learning rates.
import EngineCPU
import Formats
import Foundation
import Modular
import Programs
import Tensors

// 1797 images of 8 x 8 pixels, see make_digits.py beside the file.
let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../Tests/ModularTests/Digits/digits.csv.gz").standardized.path
let digits = String(decoding: try Gzip.contents(of: path), as: UTF8.self)
    .split(separator: "\n").map { $0.split(separator: ",").compactMap { Float($0) } }

// snippet.show
/// Images of root mean square one, and their digits.
func batch(_ rows: some Sequence<Int>) -> (images: Tensor, labels: Tensor) {
    let chosen = rows.map { digits[$0 % digits.count] }
    let images = chosen.flatMap { row -> [Float] in
        let size = (row[..<64].reduce(0) { $0 + $1 * $1 } / 64).squareRoot()
        return row[..<64].map { $0 / size }
    }
    return (
        Tensor(images, shape: [chosen.count, 64]),
        Tensor(integers: chosen.map { Int32($0[64]) }, shape: [chosen.count])
    )
}

/// Trains an MLP for 60 steps and returns its loss on the 297 last images, in nats, and how many of them
/// it tells right.
func train(width: Int, learningRate: Double) throws -> (loss: Double, right: Int) {
    let step = try DescentStep(
        of: 8 * MLP(10, from: 64, width: width), input: ValueType(.f32, [100, 64]),
        target: ValueType(.i32, [100]), momentum: 0.9, loss: ErrorMeasure.crossEntropy)
    let descent = try Descent(step, on: CPUEngine(threads: 2), seed: 0)
    for number in 0..<60 {
        let (images, labels) = batch((0..<100).map { (number * 100 + $0) % 1500 })
        let rate = learningRate * (1 - Double(number) / 60)
        _ = try descent.step(images, labels, learningRate: rate)
    }
    let (images, labels) = batch(1500..<1797)
    let logits = try descent.output(for: images).floats.map(Double.init)
    var (loss, right) = (0.0, 0)
    for (index, label) in labels.integers.enumerated() {
        let row = logits[index * 10..<index * 10 + 10].map { $0 }
        loss += log(row.reduce(0) { $0 + exp($1) }) - row[Int(label)]
        right += row.indices.max { row[$0] < row[$1] } == Int(label) ? 1 : 0
    }
    return (loss / 297, right)
}

for width in [32, 64, 128, 256] {
    let runs = try [0.25, 0.5, 1, 2, 4, 8].map { rate in
        let (loss, right) = try train(width: width, learningRate: rate)
        return "\(rate): \((loss * 1000).rounded() / 1000) (\(right))"
    }
    print("width \(width)  " + runs.joined(separator: "  "))
}
