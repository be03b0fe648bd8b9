import Foundation
import Modules
import RunTables
import Runs
import Statistics
import Sweeps
import Testing
import Training
import TransferStudies

@Suite("transfer studies")
struct TransferStudyTests {
    @Test("a study has sizeSeries, a grid by factors and cells named by their configuration")
    func reading() throws {
        let folder = try StudyFolder()
        defer { withExtendedLifetime(folder) {} }
        let study = try TransferStudy(
            path: folder.study(
                grid: "parametrization.kind: [standard, mup]\n  model.width: [32, 64, 128, 256]"))
        #expect(study.study.cells.count == 2 * 4 * 9 * 2)
        #expect(study.sizeSeries.map(\.intervention).count == 2)
        #expect(study.sizeSeries[0].name == "width, parametrization.kind=standard")
        #expect(study.sizeSeries[0].extents == [32, 64, 128, 256])
        #expect(study.sizeSeries[0].learningRates.first == 1e-3)
        #expect(study.sizeSeries[0].learningRates.last == 0.256)
        #expect(study.sizeSeries[0].seeds.map(\.seed) == [0, 1])
        #expect(Set(study.study.cells.compactMap(\.folder)).count == study.study.cells.count)
        #expect(study.study.cost().cells == 144)
        // 100 steps of 16 sequences of 128 tokens.
        #expect(study.study.cost().tokens == 144 * 100 * 16 * 128)
        let done = Dictionary(
            uniqueKeysWithValues: study.study.cells.prefix(16).map { ($0.name, CellState.finished) }
        )
        #expect(study.study.cost(done).done == 16)
        #expect(study.study.cost(done).tokens == 128 * 100 * 16 * 128)
    }

    @Test("studies that have a configuration in common have its folder in common")
    func sharing() throws {
        let folder = try StudyFolder()
        defer { withExtendedLifetime(folder) {} }
        let narrow = try TransferStudy(path: folder.study(name: "narrow"))
        let wide = try TransferStudy(
            path: folder.study(name: "wide", grid: "model.width: [64, 128, 256, 512]"))
        let folders = [narrow, wide].map { Set($0.study.cells.compactMap(\.folder)) }
        #expect(folders[0].intersection(folders[1]).count == 3 * 9 * 2)
        let longer = try TransferStudy(path: folder.study(base: "steps: 101"))
        #expect(folders[0].isDisjoint(with: longer.study.cells.compactMap(\.folder)))
    }

    @Test("two axes of size make a series for each value of the other")
    func twoAxes() throws {
        let folder = try StudyFolder()
        defer { withExtendedLifetime(folder) {} }
        let study = try TransferStudy(
            path: folder.study(
                rates: "{from: 1e-3, factor: 2, count: 7}",
                grid: "model.width: [32, 64, 128, 256]\n  model.depth: [2, 4, 16]"))
        #expect(study.sizeSeries.filter { $0.axis == .width }.count == 3)
        #expect(study.sizeSeries.filter { $0.axis == .depth }.count == 4)
        #expect(study.sizeSeries.contains { $0.name == "depth at width 64" })
        let horizon = try TransferStudy(
            path: folder.study(grid: "steps: [50, 100, 200, 400]", transfer: "{bound: 2}"))
        #expect(horizon.sizeSeries.map(\.name) == ["steps"])
        #expect(horizon.settings.bound == 2)
    }

    @Test("a head stays as wide unless the study keeps their number")
    func heads() throws {
        let folder = try StudyFolder()
        defer { withExtendedLifetime(folder) {} }
        let widths = try TransferStudy(path: folder.study())
        #expect(Set(widths.study.cells.map(\.configuration.model.headDimension)) == [16])
        let counts = try TransferStudy(
            path: folder.study(
                base: "parametrization: {base-width: 32}", transfer: "{heads: fixed-count}"))
        #expect(Set(counts.study.cells.map(\.configuration.model.heads)) == [2])
        #expect(Set(counts.study.cells.map(\.configuration.model.headDimension)).count == 4)
    }

    /// What is wrong, and words that the error must hold: the key and the next step.
    static let unsupportedKeys:
        [(grid: String, rates: String, seeds: String, transfer: String, [String])] =
            [
                (
                    "model.width: [32, 64, 128, 256]", "[1e-2]", "[0, 1]", "{}",
                    ["grid.optimizer.learning-rate", "one learning rate", "at least 7", "count: 9"]
                ),
                (
                    "model.width: [32, 64, 128, 256]",
                    "[1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1e0]", "[0, 1]", "{}",
                    ["not geometric", "{from: 0.001, factor: 2, count: 11}"]
                ),
                (
                    "model.width: [32, 64, 128, 256]", "{from: 1e-3, factor: 1.01, count: 9}",
                    "[0, 1]", "{}", ["a factor of 1.01 apart are too close", "make it 2"]
                ),
                (
                    "model.width: [32, 64, 128, 256]", "[1e-3, 2e-3, 4e-3, 8e-3, 16e-3]", "[0, 1]",
                    "{}", ["5 learning rates", "{from: 0.001, factor: 2, count: 7}"]
                ),
                (
                    "model.width: [32, 64, 128, 256]", "{from: 1e-4, factor: 4, count: 7}",
                    "[0, 1]",
                    "{}", ["cannot tell a drift of 1.4", "make it 2"]
                ),
                (
                    "model.qk-norm: [true, false]", "{from: 1e-3, factor: 2, count: 9}", "[0, 1]",
                    "{}",
                    ["every model has one size", "model.width"]
                ),
                (
                    "model.width: [32, 64]", "{from: 1e-3, factor: 2, count: 9}", "[0, 1]", "{}",
                    ["grid.model.width", "2 sizes over 1 doublings", "[32, 64, 128, 256]"]
                ),
                (
                    "model.width: [32, 48, 64]", "{from: 1e-3, factor: 2, count: 9}", "[0, 1]",
                    "{}",
                    ["3 sizes over 1 doublings", "least-doublings"]
                ),
                (
                    "model.width: [32, 64, 128, 256]", "{from: 1e-3, factor: 2, count: 9}", "[0]",
                    "{}",
                    ["seeds: 1", "without a replicate", "--seeds 2"]
                ),
                (
                    "model.width: [32, 64, 128, 256]", "{from: 1e-3, factor: 2, count: 9}",
                    "[0, 1]",
                    "{bounds: 2}", ["unknown key transfer.bounds", "least-doublings"]
                ),
                (
                    "model.width: [32, 64, 128, 256]", "{from: 1e-3, factor: 2, count: 9}",
                    "[0, 1]",
                    "{bound: 0.5}", ["transfer.bound", "0.5 is not a factor from 1.01"]
                ),
                (
                    "model.width: [32, 64, 128, 256]", "{from: 1e-3, factor: 2}", "[0, 1]", "{}",
                    ["grid.optimizer.learning-rate", "{from: 1e-3, factor: 2, count: 9}"]
                ),
                (
                    "model.width: [32, 64, 128, 256]\n  loss.z-loss: [1e-4, 0.0001]",
                    "{from: 1e-3, factor: 2, count: 9}", "[0, 1]", "{}",
                    ["z-loss=1e-4", "appears twice"]
                ),
            ]

    @Test(
        "a study that cannot conclude is refused with the next step",
        arguments: unsupportedKeys.indices)
    func refused(index: Int) throws {
        let (grid, rates, seeds, transfer, words) = Self.unsupportedKeys[index]
        let folder = try StudyFolder()
        defer { withExtendedLifetime(folder) {} }
        let kept = try folder.study(rates: rates, grid: grid, seeds: seeds, transfer: transfer)
        let error = #expect(throws: ConfigurationError.self) { try TransferStudy(path: kept) }
        let text = error.map { $0.description } ?? ""
        for word in words { #expect(text.contains(word), "\(text)") }
    }
}

@Suite("what runs say of a transfer study")
struct TransferResultTests {
    /// Four widths, nine learning rates, three seeds; read once, since a study of a hundred cells takes
    /// a while to read.
    private static let study = Result {
        let folder = try StudyFolder()
        return try withExtendedLifetime(folder) {
            try TransferStudy(path: folder.study(seeds: "[0, 1, 2]"))
        }
    }

    private func result(_ loss: (RunConfiguration) -> Double?) throws -> TransferResult {
        let study = try Self.study.get()
        return study.result(TransferSamples.record(study, loss: loss))
    }

    @Test("an optimum that stays passes, one that halves at each doubling fails")
    func verdicts() throws {
        let still = try result(TransferSamples.bowl(drift: 0))
        #expect(still.verdict == .pass)
        #expect(still.sizeSeries[0].causes.isEmpty)
        let moving = try result(TransferSamples.bowl(drift: -1 / 3.0))
        #expect(moving.verdict == .fail)
        let drift = try #require(moving.sizeSeries[0].drift)
        #expect((drift.total - 0.5).magnitude < 1e-9)
        #expect((drift.perDoubling - exp2(-1 / 3.0)).magnitude < 1e-9)
        #expect(drift.totalLow < 0.5 && drift.totalHigh > 0.5)
        #expect(moving.sizeSeries[0].causes.count == CauseCatalog.all.count)
        let place = try #require(moving.sizeSeries[0].curves[0].optimum)
        #expect((place.learningRate - exp2(-6)).magnitude < 1e-12)
        #expect((place.curvature - 0.04).magnitude < 1e-12)
    }

    @Test("what cannot be told is inconclusive and says what to do")
    func inconclusive() throws {
        let wide = try result(TransferSamples.bowl(drift: 0, spread: 0.9))
        #expect(wide.verdict == .inconclusive)
        #expect(wide.sizeSeries[0].reason?.contains("add seeds") == true)
        // A bound wide enough makes the same runs a PASS.
        let folder = try StudyFolder()
        defer { withExtendedLifetime(folder) {} }
        let study = try TransferStudy(path: folder.study(seeds: "[0, 1, 2]"), bound: 20)
        let record = TransferSamples.record(
            study, loss: TransferSamples.bowl(drift: 0, spread: 0.9))
        #expect(study.result(record).verdict == .pass)
        let off = try result { configuration in
            let z = log2(configuration.optimizer.learningRate) + 2
            return 2 + 0.04 * z * z
        }
        #expect(off.verdict == .inconclusive)
        #expect(
            off.sizeSeries[0].curves.allSatisfy { $0.reason?.contains("extend the grid") == true })
    }

    @Test("a run without a result leaves the verdict open, whatever the others say")
    func missing() throws {
        let study = try Self.study.get()
        var record = TransferSamples.record(study, loss: TransferSamples.bowl(drift: -1))
        record.rows[5].result = nil
        let result = study.result(record)
        #expect(result.verdict == .inconclusive)
        #expect(result.sizeSeries[0].reason?.hasPrefix("1 run still without a result") == true)
    }

    @Test("runs that diverge above the optimum are counted and move nothing")
    func divergence() throws {
        let whole = try result(TransferSamples.bowl(drift: 0))
        let cut = try result { configuration in
            configuration.optimizer.learningRate > 0.1
                ? nil : TransferSamples.bowl(drift: 0)(configuration)
        }
        #expect(cut.verdict == .pass)
        #expect(cut.sizeSeries[0].drift == whole.sizeSeries[0].drift)
        let diverged = cut.sizeSeries[0].curves[0].points.reduce(0) { $0 + $1.diverged }
        #expect(diverged == 2 * 3)
        // Ending above the start is no result that a parabola may pass by.
        let risen = try result { configuration in
            configuration.optimizer.learningRate > 0.1
                ? 6 : TransferSamples.bowl(drift: 0)(configuration)
        }
        #expect(
            risen.sizeSeries[0].curves.map(\.optimum) == cut.sizeSeries[0].curves.map(\.optimum))
    }

    @Test("JSON gives the same result back, with every key there")
    func json() throws {
        let result = try result { configuration in
            configuration.model.width == 256 ? nil : TransferSamples.bowl(drift: -1)(configuration)
        }
        #expect(try TransferResult(json: Data(result.json().utf8)) == result)
        let object =
            try JSONSerialization.jsonObject(with: Data(result.json().utf8)) as? [String: Any]
        #expect(object?["schema"] as? String == "ballast.transfer/1")
        let series = try #require((object?["size_series"] as? [[String: Any]])?.first)
        #expect(
            Set(series.keys) == [
                "name", "axis", "intervention", "verdict", "reason", "seeds", "curves", "drift",
                "smallest_drift_before", "smallest_drift_after", "causes",
            ])
        #expect(series["drift"] is NSNull == (result.sizeSeries[0].drift == nil))
        let curve = try #require((series["curves"] as? [[String: Any]])?.last)
        #expect(curve["optimum"] is NSNull)
        #expect((curve["reason"] as? String)?.contains("a run diverged") == true)
    }
}
