extension CheckpointRule {
    /// Elements that are nan or infinite.
    static let nonFinite = CheckpointRule { inspection in
        inspection.tensors.filter { !$0.isPart }.compactMap { tensor in
            guard let numbers = tensor.statistics, numbers.nonFinite > 0 else { return nil }
            return CheckpointFinding(
                severity: .alarm, kind: "non_finite", tensor: tensor.name,
                layer: tensor.role?.layer,
                summary:
                    "\(tensor.name): \(numbers.nonFinite) of \(numbers.count) elements are nan "
                    + "or infinite",
                advice: "go back to a checkpoint without; the loss became NaN or infinite before",
                source: "1710.03740",
                confirmation:
                    "the checkpoint before it, and what became NaN or infinite first in the log")
        }
    }
}
