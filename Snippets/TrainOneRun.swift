// Trains one small transformer for 20 steps and prints its largest attention logit.
import Ballast
import Foundation

let folder = NSTemporaryDirectory() + "ballast-snippet"
try? FileManager.default.removeItem(atPath: folder)
try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
let text = (0..<40_000).map { "\($0 * 7919 % 1000) " }.joined()
try text.write(toFile: folder + "/text.txt", atomically: true, encoding: .utf8)

// snippet.show
var configuration = RunConfiguration()
configuration.model.width = 32
configuration.model.context = 32
configuration.optimizer.learningRate = 0.1
configuration.data.text = [folder + "/text.txt"]
configuration.steps = 20

let run = Run(configuration, in: RunFolder(folder + "/run"))
if case .finished(let result) = try run.train(on: CPUEngine(threads: 2)) {
    print("loss", result.finalLoss ?? .nan, "largest logit", result.maxAttentionLogit ?? .nan)
}
