import Foundation
import Import
import Statistics

extension Pathology {
    /// One layer whose weights, gradients or updates are of another size than those of its siblings.
    ///
    /// What a step does to a layer is its update over its weight, and that quotient differs between layers that
    /// are treated alike only where one of them is not (arXiv 1708.03888, section 3).
    static let layerImbalance = Pathology(
        name: "layer_imbalance",
        meaning: """
            The weights, gradients or updates of one layer are of another size than those of its \
            siblings. (arXiv 1708.03888)
            """
    ) { patient in
        let kinds = ["update", "gradient", "weight"]
        let tensors = kinds.map { patient.sizes($0) }
        guard tensors.contains(where: { !$0.isEmpty }) else {
            return .cannotSay(
                needs: "norm/weight/TENSOR/rms, norm/gradient/TENSOR/rms or norm/update/TENSOR/rms "
                    + "of each layer")
        }
        let roles = zip(kinds, tensors).flatMap { kind, tensors in
            LayerRole.all(of: tensors).map { (kind, $0) }
        }.filter { $0.1.members.count >= LayerDeparture.fewest }
        guard !roles.isEmpty else {
            return .quiet("no kind of tensor has \(LayerDeparture.fewest) layers to compare")
        }
        let departures = roles.compactMap { LayerDeparture($0.0, $0.1) }
        let sick = departures.filter(\.isFar)
        guard let worst = sick.max(by: { $0.distance < $1.distance }) else {
            guard let top = departures.max(by: { $0.distance < $1.distance }) else {
                return .cannotSay(
                    needs: "norms of layers at \(LayerDeparture.records) steps or more")
            }
            return .quiet("furthest of \(roles.count) kinds of tensors: \(top.text)")
        }
        let others = Set(sick.filter { $0.layer == worst.layer }.map(\.kind)).sorted()
        return .findings([
            DoctorFinding(
                pathology: "layer_imbalance", severity: .warning, place: worst.name,
                step: worst.onset,
                evidence: worst.text + ", the next furthest is x\(DoctorText.number(worst.next)); "
                    + "of layer \(worst.layer) depart \(others.map { $0 + "s" }.joined(separator: ", "))",
                confidence: others.count > 1 ? .high : .medium, source: "1708.03888",
                confirmation:
                    "ballast inspect of a checkpoint: the layer's norms next to its siblings'",
                change:
                    "compare that layer's learning rate, decay and initialisation with its siblings': whether "
                    + "its parameters are in the same group, and none is frozen or loaded separately"
            )
        ])
    }
}

extension DoctorCase {
    /// The sizes of a kind of tensors, `weight`, `gradient` or `update`: root mean squares, else norms.
    func sizes(_ kind: String) -> [(name: String, points: [LoggedRun.Point])] {
        let means = run.series(from: "norm/\(kind)/", to: "/rms")
        return means.isEmpty ? run.series(from: "norm/\(kind)/", to: "/fro") : means
    }
}

/// How far a layer's tensor is from those of the others, late in the run.
private struct LayerDeparture {
    /// A part has so many layers before one can depart from the others.
    static let fewest = 4
    /// Records of each that it takes.
    static let records = 10
    private static let late = 0.75..<1.0

    let kind: String
    let name: String
    let layer: Int
    /// The natural logarithm of its size over the median of all.
    let logarithm: Double
    /// That of the next, as a factor.
    let next: Double
    /// The error of the logarithm, from how records scatter.
    let error: Double
    /// The first and the last layer differ from the others in sound models, too.
    let isAtEnd: Bool
    let onset: Int?

    var distance: Double { logarithm.magnitude }

    var isFar: Bool {
        distance > log(isAtEnd ? 16 : 4) && distance > 2.5 * log(next) && distance > 5 * error
    }

    var text: String {
        "\(kind) of \(name): x\(DoctorText.number(exp(logarithm))) of the median layer's"
    }

    init?(_ kind: String, _ role: LayerRole) {
        let members = role.members.map { member in
            (member: member, points: member.points.filter { $0.value.isFinite && $0.value > 0 })
        }.filter { $0.points.count >= Self.records }
        guard members.count >= Self.fewest else { return nil }
        let sizes = members.map { log($0.points.median(over: Self.late) ?? 1) }
        guard let middle = Descriptive.median(of: sizes),
            let place = sizes.indices.max(by: {
                (sizes[$0] - middle).magnitude < (sizes[$1] - middle).magnitude
            })
        else { return nil }
        let (member, points) = members[place]
        (self.kind, name, layer) = (kind, member.name, member.layer)
        logarithm = sizes[place] - middle
        isAtEnd = place == 0 || place == members.count - 1
        next = exp(
            sizes.indices.filter { $0 != place }.map { (sizes[$0] - middle).magnitude }.max() ?? 0)
        let tail = points.suffix(max(points.count / 4, 2)).map { log($0.value) }
        let spread = Descriptive.standardDeviation(of: tail) ?? .infinity
        // Of a median of normal numbers.
        error = 1.2533 * spread / Double(tail.count).squareRoot()
        let half = distance(sizes[place], middle) / 2
        onset =
            (0..<20).lazy.compactMap { part -> Int? in
                let range = Double(part) / 20..<Double(part + 1) / 20
                let then = members.map { log($0.points.median(over: range) ?? 1) }
                guard let centre = Descriptive.median(of: then),
                    distance(then[place], centre) > half
                else { return nil }
                return points[part * points.count / 20].step
            }.first
        func distance(_ a: Double, _ b: Double) -> Double { (a - b).magnitude }
    }
}
