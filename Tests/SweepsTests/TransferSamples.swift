import Foundation
import Modules
import Optimizers
import RunTables
import Runs
import Sweeps
import Telemetry
import Training
import TransferStudies

/// Study files in a folder that is removed with the value's last use.
final class StudyFolder {
    let path = NSTemporaryDirectory() + "ballast-transfer-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a study and returns its path.
    func study(
        name: String = "sample", base: String = "steps: 100",
        rates: String = "{from: 1e-3, factor: 2, count: 9}",
        grid: String = "model.width: [32, 64, 128, 256]", seeds: String = "[0, 1]",
        transfer: String = "{}"
    ) throws -> String {
        let file = path + "/\(name)-\(UUID().uuidString).yaml"
        try """
        name: \(name)
        base: {\(base)}
        grid:
          \(grid)
          optimizer.learning-rate: \(rates)
        seeds: \(seeds)
        transfer: \(transfer)
        """.write(toFile: file, atomically: true, encoding: .utf8)
        return file
    }
}

/// Results whose losses are a function of what was trained.
enum TransferSamples {
    /// A result; a loss of nil is a run that diverged.
    static func result(
        _ configuration: RunConfiguration, loss: Double?, logit: Double = 4
    ) -> RunResult {
        RunResult(
            width: configuration.model.width, depth: configuration.model.depth,
            heads: configuration.model.heads, parameters: 1000, totalParameters: 2000,
            qkNorm: false,
            learningRate: configuration.optimizer.learningRate, seed: configuration.seed,
            dataSeed: 0, steps: configuration.steps, stepsDone: configuration.steps,
            initialLoss: 5.5, finalLoss: loss, maxAttentionLogit: logit, diverged: loss == nil,
            divergedStep: loss == nil ? 7 : nil, divergedTensor: loss == nil ? "train/loss" : nil,
            tokensPerSecond: 1000)
    }

    /// A sweep in which each cell ended so.
    static func record(
        _ study: TransferStudy,
        series: (RunConfiguration) -> [String: [Series.Point]] = { _ in
            [:]
        }, logit: (RunConfiguration) -> Double = { _ in 4 },
        loss: (RunConfiguration) -> Double?
    ) -> RunTable {
        RunTable(
            name: study.study.name, axes: study.study.axes,
            rows: study.study.cells.map { cell in
                let loss = loss(cell.configuration)
                return RunRow(
                    name: cell.name, settings: cell.settings,
                    state: loss == nil ? .diverged : .finished,
                    result: result(
                        cell.configuration, loss: loss, logit: logit(cell.configuration)),
                    series: .init(tags: series(cell.configuration)))
            }, wallSeconds: 1)
    }

    /// A bowl whose optimum moves by `drift` octaves a doubling of the width; a seed tilts it.
    static func bowl(
        drift: Double, spread: Double = 0.05, bend: Double = 0
    ) -> (RunConfiguration) -> Double? {
        { configuration in
            let doublings = log2(Double(configuration.model.width) / 32)
            // Spreads that differ by size, so that no seed stands out everywhere.
            let shifts = [[-1.0, 0, 1], [1, -1, 0], [0, 1, -1], [-1, 1, 0]]
            let row = shifts[Int(doublings.rounded()) % 4]
            let own = row[Int(configuration.seed) % 3] * spread
            let optimum = -6 + drift * doublings + bend * doublings * (doublings - 3) + own
            let z = log2(configuration.optimizer.learningRate) - optimum
            return 2 + 0.04 * z * z + 0.01 * Double(configuration.seed)
        }
    }
}
