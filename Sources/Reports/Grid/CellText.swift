import Documents
import RunTables
import Runs
import Statistics

/// What a table says of one learning rate of a line.
struct CellText {
    /// The mean final loss, `diverged`, or the state of the cells.
    var loss: String
    /// How many of several seeds diverged, when the others did not.
    var divergedSeeds = 0
    /// How many of several seeds have no result, when the others have.
    var openSeeds = 0
    /// The largest attention logit, averaged over seeds.
    var logit: String?
    /// Whether this is the line's lowest loss.
    var isBest = false
    /// Whether every run here diverged.
    var isDiverged = false
    /// Whether the logit passed 1e4 or became NaN or infinite.
    var isAlarming = false
    /// Whether there is no result.
    var isOpen = false
    /// The runs that it is of.
    var rows: [RunRow] = []

    /// Words for a learning rate of a line; nil for one that the line does not hold.
    init(_ rate: Double, of line: SweepGrid.Line) {
        guard let stop = line.stops.first(where: { $0.learningRate == rate }) else {
            loss = "-"
            isOpen = true
            return
        }
        guard !stop.results.isEmpty else {
            loss = stop.openState?.rawValue ?? "-"
            isOpen = true
            return
        }
        rows = stop.rows.filter { $0.result != nil }
        openSeeds = stop.rows.count - stop.results.count
        if let mean = Descriptive.mean(of: stop.losses) {
            loss = NumberText.loss(mean)
            divergedSeeds = stop.diverged
        } else {
            loss = "diverged"
            isDiverged = true
        }
        let mean = Descriptive.mean(of: stop.logits)
        logit = mean.map(NumberText.logit)
        isAlarming = stop.lostLogits > 0 || (mean ?? 0) > AttentionLogitAgainstLearningRate.alarm
        isBest = rate == line.best?.learningRate
    }
}
