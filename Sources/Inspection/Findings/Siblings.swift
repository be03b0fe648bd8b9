import Foundation
import Statistics

extension CheckpointRule {
    /// A role needs so many layers before one can depart from them.
    private static let fewest = 6
    /// How many times the usual spread is far, and by which factor at least.
    private static let (far, factor) = (6.0, 2.0)

    /// Layers whose size departs from that of the same part of the others.
    static let siblings = CheckpointRule { inspection in
        var groups: [TensorRole.Kind: [InspectedTensor]] = [:]
        for tensor in inspection.tensors {
            guard let role = tensor.role, role.layer != nil, !role.isBias, role.expert == nil,
                (tensor.statistics?.rootMeanSquare ?? 0) > 0
            else { continue }
            groups[role.kind, default: []].append(tensor)
        }
        let kinds = TensorRole.Kind.allCases.filter { (groups[$0]?.count ?? 0) >= fewest }
        return kinds.flatMap { kind -> [CheckpointFinding] in
            let tensors = groups[kind] ?? []
            let sizes = tensors.map { log2($0.statistics?.rootMeanSquare ?? 1) }
            guard let middle = Descriptive.median(of: sizes),
                let spread = Descriptive.median(of: sizes.map { ($0 - middle).magnitude })
            else { return [] }
            return zip(tensors, sizes).compactMap { tensor, size in
                let distance = (size - middle).magnitude
                guard distance > log2(factor), distance > far * 1.4826 * spread else { return nil }
                let times = NumberText.short(exp2(size - middle))
                return CheckpointFinding(
                    severity: .warning, kind: "departs_from_siblings", tensor: tensor.name,
                    layer: tensor.role?.layer,
                    summary: "\(tensor.name): its root mean square is \(times) times the median of "
                        + "the other layers' \(kind.rawValue)",
                    advice: "look at its gradient norm and learning rate, and at its input's size",
                    source: "1708.03888",
                    confirmation:
                        "norm/gradient/TENSOR/rms and norm/update/TENSOR/rms beside its siblings'"
                )
            }
        }
    }
}
