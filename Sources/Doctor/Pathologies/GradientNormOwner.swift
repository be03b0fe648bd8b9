import Import
import Statistics

extension Pathology {
    /// One layer or matrix that is nearly all of the gradient's norm, so that clipping follows it alone.
    ///
    /// Clipping by the global norm scales all layers by what one of them does; clipping each by its own weight's
    /// norm does not (arXiv 2102.06171).
    static let gradientNormOwner = Pathology(
        name: "gradient_norm_owner",
        meaning: """
            One layer or matrix holds nearly all of the gradient norm, so that clipping follows \
            it alone and scales all others. (arXiv 2102.06171)
            """
    ) { patient in
        let tensors = patient.gradientNorms
        guard !tensors.isEmpty else {
            return .cannotSay(
                needs:
                    "norm/gradient/TENSOR/fro, the norm of each tensor's gradient, or its root mean "
                    + "square beside a manifest.json with parameter_shapes")
        }
        let groups = GradientShares(tensors)
        guard groups.names.count >= 3 else {
            return .quiet("\(groups.names.count) groups of parameters: no norm to share")
        }
        guard let owner = groups.largest else {
            return .cannotSay(needs: "norms of gradients at 20 steps or more")
        }
        let text =
            "\(owner.name) has \(Int((100 * owner.median).rounded()))% of the squared gradient norm "
            + "(median of the second half)"
        guard owner.median > 0.9, owner.low > 0.8 else { return .quiet(text) }
        let norms = patient.finite("optim/grad_norm")
        let late = norms.suffix(from: norms.count / 2)
        let clip = patient.clip ?? 0
        let share = Double(late.count { $0.value > clip }) / Double(max(late.count, 1))
        let matters = clip > 0 && share > 0.3
        return .findings([
            DoctorFinding(
                pathology: "gradient_norm_owner", severity: matters ? .warning : .note,
                place: owner.name, step: owner.onset,
                evidence: text + ", of \(groups.names.count) groups"
                    + (matters
                        ? "; clipping, active in \(Int((100 * share).rounded()))% of those steps, "
                            + "scales all others by it"
                        : "; without clipping the others are not affected"),
                confidence: .high, source: "2102.06171",
                confirmation: "the others' updates with that group left out of the clipped norm",
                change: matters
                    ? "clip that group separately, or each tensor by its own norm; check its "
                        + "initialisation and the factor on its output"
                    : nil)
        ])
    }
}

/// What part of the squared norm groups of parameters have, step by step.
private struct GradientShares {
    let names: [String]
    let largest: (name: String, median: Double, low: Double, onset: Int?)?

    init(_ tensors: [(name: String, points: [LoggedRun.Point])]) {
        var totals: [Int: Double] = [:]
        var groups: [String: [Int: Double]] = [:]
        for tensor in tensors {
            let group = LayerRole.group(of: tensor.name)
            for point in tensor.points.finite {
                let square = point.value * point.value
                guard square.isFinite else { continue }
                totals[point.step, default: 0] += square
                groups[group, default: [:]][point.step, default: 0] += square
            }
        }
        names = groups.keys.sorted()
        let steps = totals.filter { $0.value > 0 && $0.value.isFinite }.keys.sorted()
        let late = steps.suffix(from: steps.count / 2)
        guard late.count >= 10 else {
            largest = nil
            return
        }
        largest = names.compactMap {
            name -> (name: String, median: Double, low: Double, onset: Int?)? in
            let squares = groups[name] ?? [:]
            func share(_ step: Int) -> Double { (squares[step] ?? 0) / (totals[step] ?? 1) }
            let shares = late.map(share)
            guard let median = Descriptive.median(of: shares),
                let low = Descriptive.quantile(0.1, of: shares)
            else { return nil }
            return (name, median, low, steps.first { share($0) > 0.8 })
        }.max { $0.median < $1.median }
    }
}
