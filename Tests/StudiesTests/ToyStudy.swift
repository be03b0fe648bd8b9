import Documents
import Engines
import Formats
import RunTables
import Runs
import Statistics
import Sweeps
import Training

/// A kind of study, whole, which asks whether the final loss stays below a bound.
struct ToyStudy: StudyKind {
    let recipes: [Recipe]
    let bound: Double
    let plan: Study?

    init(_ configuration: RunConfiguration, bound: Double) {
        recipes = [Recipe(name: "recipe", configuration: configuration)]
        self.bound = bound
        let cells = (0..<UInt64(2)).map { seed in
            var own = configuration
            own.seed = seed
            return Study.Cell(
                name: "seed=\(seed)", settings: ["seed": .number(Double(seed))],
                configuration: own)
        }
        plan = Study(name: "toy", axes: ["seed"], cells: cells).contentAddressed
    }

    var folderName: String { "toy" }
    var announcement: [String] { ["does the final loss stay below \(bound)?"] }
    var power: [PowerAnalysis] {
        [PowerAnalysis("loss", text: "from the lowest seed to the highest")]
    }

    func next(_ runs: StudyRuns) -> Stage? { runs.stages == 0 ? plan.map { .runs($0) } : nil }

    func result(_ runs: StudyRuns, on engine: any Engine) -> ToyResult {
        ToyResult(bound: bound, losses: runs.record.rows.compactMap { $0.result?.finalLoss })
    }
}

/// What it comes to: the contents of `toy.json`.
struct ToyResult: StudyResult {
    static let name = "toy"
    var schema = "ballast.toy/1"
    var verdict: Verdict
    var finalLosses: [Double]
    @NullWhenNil var reason: String?
    var overall: Verdict? { verdict }

    init(bound: Double, losses: [Double]) {
        finalLosses = losses
        let low = losses.min() ?? 0
        verdict = Verdict(low...(losses.max() ?? .infinity), within: 0...bound)
        reason = verdict == .inconclusive ? "seeds lie on both sides of \(bound)" : nil
    }

    var tables: [String: CSVTable] {
        var table = CSVTable(columns: ["loss"])
        for loss in finalLosses { table.append([.number(loss)]) }
        return ["toy.csv": table]
    }

    var document: Document {
        var page = Document(
            kind: Self.name, title: "Does the loss stay low?", badge: Badge(verdict),
            lead: [reason].compactMap(\.self), files: [Self.file, "toy.csv"])
        let rows = finalLosses.enumerated().map { seed, loss in
            ["\(seed)", Table.Cell(NumberText.loss(loss))]
        }
        let table = Table([.number("seed"), .number("loss, nats")], rows)
        let plot = IntervalPlot(
            name: "toy-losses", title: "Losses", axis: "nats",
            entries: finalLosses.map { .init(label: "loss", value: $0) })
        let figure = plot.drawn(caption: "A point a seed.")
        page.sections = [.init("Losses", [.table(table), .figure(figure)])]
        return page
    }
}
