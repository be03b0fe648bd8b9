import Modules
import RunTables
import Runs
import Testing
import Training

/// A table of planned runs over some key paths.
func table(_ axes: [String], _ rows: [[String: SettingValue]]) -> RunTable {
    RunTable(
        name: "sample", axes: axes,
        rows: rows.enumerated().map { RunRow(name: "run-\($0)", settings: $1) })
}

@Suite("what names an intervention")
struct InterventionAxisTests {
    @Test("neither the learning rate nor a seed nor the size does, and every other key does")
    func rule() {
        let keys = [
            "variant", "model.width", "model.depth", "optimizer.learning-rate",
            "optimizer.epsilon", "seed", "data.data-seed", "data.order-seed",
        ]
        let runs = table(
            keys,
            [1, 2].map { index in
                Dictionary(uniqueKeysWithValues: keys.map { ($0, .number(index)) })
            })
        #expect(runs.interventions == [.key("variant"), .key("optimizer.epsilon")])
        #expect(runs.rows[0].label(runs.interventions) == "1 optimizer.epsilon=1")
    }

    @Test("the width of heads is one where a size has several, and part of the size else")
    func heads() {
        func runs(_ sizes: [(width: Double, heads: Double)]) -> RunTable {
            table(
                ["model.width", "model.head-dimension"],
                sizes.map {
                    ["model.width": .number($0.width), "model.head-dimension": .number($0.heads)]
                })
        }
        #expect(runs([(32, 8), (64, 16)]).interventions.isEmpty)
        let swept = runs([(32, 8), (64, 8), (32, 16), (64, 16)])
        #expect(swept.interventions == [.headDimension])
        #expect(swept.rows[2].label(swept.interventions) == "model.head-dimension=16")
    }

    @Test("so is the number of steps")
    func steps() {
        func runs(_ sizes: [(width: Double, steps: Double)]) -> RunTable {
            table(
                ["model.width", "steps"],
                sizes.map { ["model.width": .number($0.width), "steps": .number($0.steps)] })
        }
        #expect(runs([(32, 100), (64, 200)]).interventions.isEmpty)
        #expect(runs([(32, 100), (32, 200)]).interventions == [.steps])
    }

    @Test("what an intervention adds to a model leaves N as it is")
    func parameters() throws {
        var plain = ModelConfiguration()
        (plain.width, plain.depth) = (64, 3)
        #expect(plain.matrixParameters == 3 * 12 * 64 * 64)
        var all = [plain]
        for change: (inout ModelConfiguration) -> Void in [
            { $0.qkNorm = true }, { $0.sigmaReparam = .all }, { $0.normalization = .rmsNorm },
            { $0.tiedHead = true },
        ] {
            var model = plain
            change(&model)
            #expect(model.matrixParameters == plain.matrixParameters)
            all.append(model)
        }
        plain.mlp = .swiglu
        #expect(plain.matrixParameters == 3 * 16 * 64 * 64)
        all.append(plain)
        // The count and the model that is built agree.
        for model in all {
            var configuration = RunConfiguration()
            configuration.model = model
            let built = try TrainingProgram(configuration).parameters
            #expect(built.matrixCount == model.matrixParameters)
        }
    }
}
