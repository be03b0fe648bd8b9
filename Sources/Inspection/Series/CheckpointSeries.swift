public import Formats
import Foundation
import OrderedCollections
import Statistics
import TensorFiles

/// Several checkpoints of one run: how each tensor grows, when it leaves a number format, which never
/// changed.
///
/// ```swift
/// let series = try CheckpointSeries(inspectors)
/// print(series.text(columns: 100))
/// ```
public struct CheckpointSeries: Sendable, Hashable, Codable {
    /// A tensor over the checkpoints.
    public struct Trend: Sendable, Hashable, Codable {
        /// The name.
        public var name: String
        /// What it does.
        public var role: TensorRole?
        /// Its root mean square in each checkpoint.
        public var sizes: [Double]
        /// Its largest magnitude in each.
        public var largest: [Double]
        /// How its root mean square grows with the step; nil where it is zero or not finite somewhere.
        public var growth: GrowthExponent?
        /// How its spectral norm grows; nil where it was not measured.
        public var spectralGrowth: GrowthExponent?
        /// The step at which its largest magnitude leaves a format if it goes on as it did, by format; a
        /// step within the run where it has left it.
        public var leaves: [String: Double]
        /// Whether all its bytes are the same in the first and the last checkpoint.
        public var isUnchanged: Bool
        /// Whether its growth departs from that of the same part of the other layers.
        public var departs: Bool
    }

    /// The version of this document.
    public var schema = "ballast-checkpoint-series-1"
    /// The paths, in the order of the steps.
    public var paths: [String]
    /// The step of each checkpoint.
    public var steps: [Int]
    /// The tensors that all checkpoints have, in the order of the last.
    public var tensors: [Trend]
    /// What was left out, and why.
    public var notes: [String]
    /// The newest checkpoint by itself, which the document leaves out; nil of a series read from one.
    package private(set) var newest: CheckpointInspection?

    private enum CodingKeys: String, CodingKey { case schema, paths, steps, tensors, notes }

    /// So far beyond the last checkpoint, in multiples of its step, a trend is worth a word.
    private static let reach = 10.0

    /// Follows the tensors of checkpoints.
    ///
    /// - Parameter inspectors: The checkpoints of one run, at least two, in any order.
    /// - Throws: `FormatError` if a step is not known, two are equal, or a file cannot be read.
    public init(_ inspectors: [CheckpointInspector]) throws(FormatError) {
        var known: [(step: Int, inspector: CheckpointInspector)] = []
        for inspector in inspectors {
            guard let step = Self.step(of: inspector) else {
                throw .missing(
                    path: inspector.archive.path, name: "step",
                    advice:
                        "name checkpoints by their step, as step-400.safetensors or checkpoint-400")
            }
            known.append((step, inspector))
        }
        known.sort { $0.step < $1.step }
        for (before, after) in zip(known, known.dropFirst()) where before.step == after.step {
            throw .corrupt(
                path: after.inspector.archive.path, place: "step",
                found: "step \(after.step), as \(before.inspector.archive.path)",
                advice: "give checkpoints of one run")
        }
        paths = known.map(\.inspector.archive.path)
        steps = known.map(\.step)
        notes = []
        var inspections: [CheckpointInspection] = []
        for item in known { inspections.append(try item.inspector.inspect()) }
        let byName = inspections.map { inspection in
            Dictionary(inspection.tensors.map { ($0.name, $0) }) { first, _ in first }
        }
        newest = inspections.last
        let last = inspections[inspections.count - 1].tensors
        tensors = []
        for tensor in last {
            let history = byName.compactMap { $0[tensor.name] }
            guard history.count == inspections.count,
                history.allSatisfy({ $0.shape == tensor.shape && $0.statistics != nil })
            else { continue }
            tensors.append(Self.trend(tensor, history, steps))
        }
        if tensors.count < last.count {
            notes.append(
                "\(last.count - tensors.count) tensors are not in all checkpoints, or of another shape"
            )
        }
        for index in tensors.indices where Self.mayBeUnchanged(tensors[index]) {
            tensors[index].isUnchanged = try Self.haveEqualBytes(
                tensors[index].name, known[0].inspector, known[known.count - 1].inspector)
        }
        markDepartures()
    }

    /// The step of a checkpoint: what it says itself, or the last number in its name.
    private static func step(of inspector: CheckpointInspector) -> Int? {
        let archive = inspector.archive
        for key in ["step", "iter_num", "global_step", "iteration"] {
            if let step = archive.metadata[key].flatMap({ Int($0) }), step >= 0 { return step }
        }
        for (depth, part) in archive.path.split(separator: "/").reversed().prefix(2).enumerated() {
            let name = part.split(separator: ".").first ?? part
            // A folder's number is a step where the folder says so: checkpoint-400, global_step400.
            let isNamed = ["check", "step", "iter", "global"].contains { name.hasPrefix($0) }
            let numbers = name.split { !$0.isASCII || !$0.isNumber }
            // Shards are numbered too: model-00001-of-00002.
            guard depth == 0 || isNamed, !name.contains("-of-"),
                let step = numbers.last.flatMap({ Int($0) })
            else { continue }
            return step
        }
        return nil
    }

    private static func trend(
        _ tensor: InspectedTensor, _ history: [InspectedTensor], _ steps: [Int]
    ) -> Trend {
        let sizes = history.map { $0.statistics?.rootMeanSquare ?? 0 }
        let largest = history.map { $0.statistics?.largest ?? 0 }
        let norms = history.compactMap { $0.spectrum?.norm }
        var trend = Trend(
            name: tensor.name, role: tensor.role, sizes: sizes, largest: largest,
            growth: GrowthExponent(steps: steps, sizes: sizes),
            spectralGrowth: norms.count == steps.count
                ? GrowthExponent(steps: steps, sizes: norms) : nil,
            leaves: [:], isUnchanged: false, departs: false)
        let fit = GrowthExponent(steps: steps, sizes: largest)
        for format in NumberFormat.allCases {
            if let place = largest.firstIndex(where: { $0 > format.largest }) {
                trend.leaves[format.rawValue] = Double(steps[place])
            } else if let step = fit?.step(reaching: format.largest),
                step <= reach * Double(steps[steps.count - 1])
            {
                trend.leaves[format.rawValue] = step
            }
        }
        return trend
    }

    private static func mayBeUnchanged(_ trend: Trend) -> Bool {
        trend.sizes.first == trend.sizes.last && trend.largest.first == trend.largest.last
    }

    private static func haveEqualBytes(
        _ name: String, _ first: CheckpointInspector, _ last: CheckpointInspector
    ) throws(FormatError) -> Bool {
        guard let a = first.archive.tensors[name], let b = last.archive.tensors[name] else {
            return false
        }
        return a.type == b.type
            ? try first.archive.rowMajorBytes(of: a) == last.archive.rowMajorBytes(of: b) : false
    }

    /// Marks exponents far from those of the same part of the other layers.
    private mutating func markDepartures() {
        var groups: [TensorRole.Kind: [Int]] = [:]
        for (index, tensor) in tensors.enumerated() {
            guard let role = tensor.role, role.layer != nil, !role.isBias, role.expert == nil,
                tensor.growth != nil
            else { continue }
            groups[role.kind, default: []].append(index)
        }
        for indices in groups.values where indices.count >= 6 {
            let exponents = indices.compactMap { tensors[$0].growth?.exponent }
            guard let middle = Descriptive.median(of: exponents),
                let spread = Descriptive.median(of: exponents.map { ($0 - middle).magnitude })
            else { continue }
            for (index, exponent) in zip(indices, exponents) {
                let distance = (exponent - middle).magnitude
                tensors[index].departs = distance > 0.1 && distance > 6 * 1.4826 * spread
            }
        }
    }

    /// The document as JSON, keys in snake case.
    public func json() throws -> String { try SnakeCaseJSON.text(self) }
}
