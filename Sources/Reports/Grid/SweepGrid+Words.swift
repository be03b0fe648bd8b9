import Documents
import RunTables
import Runs
import Statistics

// What a sweep comes to, and how to go on.
extension SweepGrid {
    /// The result in a sentence.
    var headline: String {
        let done = table.rows.count { $0.result != nil }
        var text =
            "\(NumberText.count(done)) of \(NumberText.count(table.rows.count, "run")) done, "
        text += diverged == 0 ? "none diverged" : "\(NumberText.count(diverged)) diverged"
        let best = lines.compactMap { line in line.best.map { (line, $0) } }
            .min { $0.1.loss < $1.1.loss }
        guard let best else { return text + "." }
        text += "; the lowest final loss is \(NumberText.loss(best.1.loss)) nats per token, at "
        return text + "\(name(of: best.0)), learning rate \(NumberText.rate(best.1.learningRate))."
    }

    /// An intervention in a sentence: `with qk-norm`, `without qk-norm`.
    func with(_ intervention: String) -> String {
        if intervention == "none" { return "without any of them" }
        return intervention.hasPrefix("without ") ? intervention : "with \(intervention)"
    }

    /// Whether runs are still in training.
    var isRunning: Bool { table.rows.contains { $0.state == .running } }

    /// What to do next, a sentence each.
    var next: [String] {
        var sentences: [String] = []
        if !openRows.isEmpty {
            sentences.append(
                "\(NumberText.count(openRows.count, "run")) without a result: the same `ballast sweep "
                    + "run` command trains only what is missing.")
        }
        for (end, name) in [(learningRates.first, "below"), (learningRates.last, "above")] {
            guard let end, learningRates.count > 2 else { continue }
            let lines = lines.filter { $0.best?.learningRate == end && $0.missing.isEmpty }
            guard !lines.isEmpty else { continue }
            let names =
                lines.count > 3
                ? "\(lines.count) lines" : NumberText.list(lines.map { self.name(of: $0) })
            sentences.append(
                "The lowest loss of \(names) is at the edge of the grid: add learning rates \(name) "
                    + "\(NumberText.rate(end)).")
        }
        if seeds == 1, openRows.isEmpty, lines.count > 1 {
            sentences.append(
                "One seed per cell cannot separate effects from noise: `seeds: [0, 1, 2]` in the study shows which "
                    + "differences are real.")
        }
        return sentences
    }
}
