import Import

extension Pathology {
    /// Parameters that steps leave as they are, though the learning rate is not zero.
    ///
    /// In bf16, rounding to nearest cancels updates below the spacing of the weights (arXiv 2010.06192).
    static let unchangedParameters = Pathology(
        name: "unchanged_parameters",
        meaning: """
            Parameters do not change though the learning rate is not zero: frozen, left out of \
            the optimizer, or below the spacing of the format. (arXiv 2010.06192)
            """
    ) { patient in
        let tensors = patient.run.series(from: "norm/update/", to: "/rms")
        guard !tensors.isEmpty else {
            return .cannotSay(needs: "norm/update/TENSOR/rms, the root mean square of each update")
        }
        let still = tensors.filter { tensor in
            let points = tensor.points.finite
            let rates = patient.rates(at: points.map(\.step))
            // A rate of zero moves nothing, at the start of a warm-up and the end of a cooldown.
            let moved = zip(points, rates).filter { $1.map { $0 > 0 } ?? true }
            return moved.count >= 5 && moved.allSatisfy { $0.0.value == 0 }
        }
        guard let first = still.first else {
            return .quiet("updates of all \(tensors.count) tensors are above zero")
        }
        return .findings([
            DoctorFinding(
                pathology: "unchanged_parameters", severity: .warning, place: first.name,
                step: first.points.first?.step,
                evidence: "\(first.name) never changes; likewise \(still.count) of "
                    + "\(tensors.count) tensors in all",
                confidence: .high, source: "2010.06192",
                confirmation:
                    "the tensor in two checkpoints: the same bytes (ballast inspect --series)",
                change:
                    "check whether it is frozen on purpose, is in the optimizer's groups, and has a "
                    + "gradient; in half precision, whether the update is below the spacing of numbers"
            )
        ])
    }
}
