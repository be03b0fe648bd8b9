import Import
import OrderedCollections

/// What a log says, or what follows from it and the manifest beside it.
extension DoctorCase {
    /// The Frobenius norms of gradients, by path; else root mean squares times the root of the number of elements,
    /// where that of every parameter is known.
    var gradientNorms: [(name: String, points: [LoggedRun.Point])] {
        let norms = run.series(from: "norm/gradient/", to: "/fro")
        guard norms.isEmpty else { return norms }
        let means = run.series(from: "norm/gradient/", to: "/rms")
        // Shares of a norm of which a part is missing would be wrong.
        guard means.allSatisfy({ run.parameterCounts[$0.name] != nil }) else { return [] }
        return means.map { tensor in
            let root = Double(run.parameterCounts[tensor.name] ?? 0).squareRoot()
            return (
                tensor.name,
                tensor.points.map { LoggedRun.Point(step: $0.step, value: $0.value * root) }
            )
        }
    }

    /// The passes over the data so far: as logged, else sequences seen over those of the data, of which a batch has
    /// `data.batch` of `model.context` tokens.
    var epochs: [LoggedRun.Point] {
        let logged = finite("train/epoch")
        guard logged.isEmpty, let tokens = run.trainingTokens,
            let batch = run.settings["data.batch"], let context = run.settings["model.context"],
            batch > 0, context > 0
        else { return logged }
        let sequences = (Double(tokens - 1) / context).rounded(.down)
        guard sequences > 0 else { return [] }
        return finite("train/loss").map {
            LoggedRun.Point(step: $0.step, value: Double($0.step) * batch / sequences)
        }
    }
}
