import Foundation
import RunTables
import Runs
import Telemetry

/// Made-up sweeps whose numbers look like those of real ones.
enum SampleSweeps {
    static let rates: [Double] = [1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1]
    private static let axes = ["model.qk-norm", "model.width", "optimizer.learning-rate"]

    /// Final losses by width and qk-norm; nil is a run that diverged.
    private static let losses: [String: [Double?]] = [
        "32 false": [2.105, 1.902, 1.781, 1.866, 2.412, 2.731],
        "64 false": [1.810, 1.648, 1.562, 1.624, 2.304, nil],
        "32 true": [2.130, 1.889, 1.742, 1.755, 1.803, 1.880],
        "64 true": [1.831, 1.633, 1.525, 1.543, 1.582, 1.633],
    ]
    private static let logits: [String: [Double]] = [
        "32 false": [14, 21, 38, 190, 21_000, 2e5],
        "64 false": [22, 32, 56, 331, 83_000, 3.8e6],
        "32 true": [5, 8, 12, 17, 24, 44],
        "64 true": [6, 10, 14, 20, 28, 49],
    ]

    /// Two widths, with and without qk-norm, at six learning rates.
    static func realistic(seeds: [UInt64] = [1], steps: Int = 400) -> RunTable {
        var cells: [RunRow] = []
        for qkNorm in [false, true] {
            for width in [32, 64] {
                for (index, rate) in rates.enumerated() {
                    for seed in seeds {
                        let key = "\(width) \(qkNorm)"
                        let spread = 1 + 0.012 * (Double(seed) - 1) * (index > 3 ? 3 : 1)
                        cells.append(
                            cell(
                                width: width, qkNorm: qkNorm, rate: rate, seed: seed, steps: steps,
                                loss: (losses[key]?[index]).map { $0 * spread },
                                logit: (logits[key]?[index] ?? 1) * spread * spread,
                                seedIsSwept: seeds.count > 1))
                    }
                }
            }
        }
        return RunTable(
            name: "learning rate x width x qk-norm", axes: axes + (seeds.count > 1 ? ["seed"] : []),
            rows: cells, wallSeconds: 256.4)
    }

    /// A cell with a result and its series; no loss means that the run diverged.
    static func cell(
        width: Int = 64, qkNorm: Bool = true, rate: Double = 1e-2, seed: UInt64 = 1,
        steps: Int = 60, loss: Double?, logit: Double? = 14, seedIsSwept: Bool = false
    ) -> RunRow {
        let done = loss == nil ? steps * 2 / 3 : steps
        var settings: [String: SettingValue] = [
            "model.width": .number(Double(width)), "model.qk-norm": .flag(qkNorm),
            "optimizer.learning-rate": .number(rate),
        ]
        if seedIsSwept { settings["seed"] = .number(Double(seed)) }
        let result = RunResult(
            width: width, depth: 3, heads: width / 16, parameters: 36 * width * width + 7 * width,
            totalParameters: 36 * width * width + 519 * width, qkNorm: qkNorm, learningRate: rate,
            seed: seed, dataSeed: 1, steps: steps, stepsDone: done,
            initialLoss: 5.55 + 0.01 * Double(width) / 64, finalLoss: loss,
            maxAttentionLogit: logit,
            diverged: loss == nil, divergedStep: loss == nil ? done : nil,
            divergedTensor: loss == nil ? "blocks.0.attention.scores" : nil,
            tokensPerSecond: 55_000 / Double(width) * 32)
        return RunRow(
            name: "qk-norm=\(qkNorm),width=\(width),lr=\(rate),seed=\(seed)", settings: settings,
            state: loss == nil ? .diverged : .finished, result: result,
            series: RunSeries(series(result, logit: logit ?? 1e8)))
    }

    /// Plausible curves: a warm-up, a noisy descent, spikes at high learning rates, logits that grow.
    private static func series(_ result: RunResult, logit: Double) -> [Metric: Series] {
        let (width, rate) = (UInt64(result.width ?? 0), result.learningRate ?? 0)
        var state = width &* 7919 &+ UInt64(rate * 1e6) &+ (result.seed ?? 0)
        func noise() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / Double(1 << 53) - 0.5
        }
        let last = result.finalLoss ?? 4
        var loss: [Series.Point] = []
        var layers: [[Series.Point]] = [[], []]
        for step in 1...result.stepsDone {
            let time = Double(step) / Double(result.steps)
            let descent = exp(-time * 9 * min(1, rate / 2e-3))
            var value = last + ((result.initialLoss ?? 0) - last) * descent + 0.12 * noise()
            if rate > 5e-2, result.qkNorm == false, noise() > 0.49 { value *= 1.35 }
            loss.append(.init(step: step, value: value))
            let growth = exp(log(max(logit, 1)) * (1 - exp(-time * 6)) / (1 - exp(-6)))
            for layer in layers.indices {
                let share = layer == 0 ? 1 : 0.6
                layers[layer].append(
                    .init(step: step, value: growth * share * (1 + 0.15 * noise())))
            }
        }
        return [
            .trainLoss: Series(loss), .maxAttentionLogit(0): Series(layers[0]),
            .maxAttentionLogit(1): Series(layers[1]),
        ]
    }

    /// A sweep of given cells over the usual axes.
    static func of(_ cells: [RunRow], name: String = "sample") -> RunTable {
        RunTable(name: name, axes: axes, rows: cells, wallSeconds: 12)
    }

    /// A cell without a result.
    static func open(_ state: CellState, rate: Double = 3e-1) -> RunRow {
        RunRow(
            name: "open-\(state.rawValue)",
            settings: [
                "model.width": .number(64), "model.qk-norm": .flag(true),
                "optimizer.learning-rate": .number(rate),
            ], state: state, result: nil, series: [:])
    }

    /// Sweeps at the edges of what a report may meet, by name.
    static let edges: [(name: String, sweep: RunTable)] = [
        ("empty", RunTable(name: "empty", axes: [], rows: [], wallSeconds: 0)),
        ("one-run", of([cell(loss: 1.5)])),
        ("all-missing", of([open(.missing), open(.running), open(.failed)])),
        ("all-diverged", of(rates.map { cell(rate: $0, loss: nil, logit: nil) })),
        ("missing-metric", of(rates.map(withoutSeries))),
        ("half-done", halfDone),
        ("negative-logits", of(rates.map { cell(rate: $0, loss: 2, logit: -0.5) })),
        ("worse-than-start", of(rates.map { cell(rate: $0, loss: 40, logit: 1e30) })),
    ]

    private static func withoutSeries(rate: Double) -> RunRow {
        var cell = cell(rate: rate, loss: 2 + rate, logit: nil)
        cell.series = [:]
        return cell
    }

    /// Three seeds, of which some are missing, failed or diverged.
    static var halfDone: RunTable {
        var sweep = realistic(seeds: [1, 2, 3], steps: 60)
        for index in sweep.rows.indices where index % 7 == 3 {
            sweep.rows[index].result = nil
            sweep.rows[index].state = index % 2 == 0 ? .running : .failed
        }
        return sweep
    }
}
