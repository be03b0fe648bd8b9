import Digests
public import Formats
import Foundation
import OrderedCollections
public import Runs
import Sweeps
import Telemetry
import TransferStudies

/// All numbers of a run that must be equal when it is run again, as bits: what it logged, step by step,
/// and the tensors of its checkpoints.
///
/// Speed and times are left out. Two runs are equal where every number is, and a number or a checkpoint
/// that only one of them has is a difference.
public struct RunBits: Sendable {
    /// What an entry is of.
    private struct Place: Hashable {
        var step: Int
        var name: String
    }

    private var entries: [Place: String] = [:]
    /// The places in order: by step, then logged numbers in the order logged, then tensors.
    private var places: [Place] = []
    private var tensors: [Int: [String]] = [:]
    private var losses: [UInt8] = []

    /// Reads a run's folder; each tensor's digest is checked against its bytes.
    ///
    /// - Parameters:
    ///   - folder: A finished run.
    ///   - isCompared: Whether the checkpoint of a step counts: one that a stop left is in no other run.
    /// - Throws: `FormatError` for a damaged file.
    public init(
        _ folder: RunFolder, at isCompared: (Int) -> Bool = { _ in true }
    ) throws(FormatError) {
        var ordered: [(step: Int, rank: Int, place: Place)] = []
        let log = try EventLog.read(folder: folder.path)
        for (rank, (tag, points)) in log.series.enumerated()
        where tag != Metric.tokensPerSecond.tag {
            for point in points {
                let place = Place(step: point.step, name: tag)
                entries[place] = "\(point.value) (\(String(point.value.bitPattern, radix: 16)))"
                ordered.append((point.step, rank, place))
                if [Metric.trainLoss.tag, Metric.validationLoss.tag].contains(tag) {
                    losses += "\(tag) \(point.step) \(point.value.bitPattern)\n".utf8
                }
            }
        }
        for step in try folder.listCheckpoints() where isCompared(step) {
            let file = try SafetensorsFile(path: folder.checkpoint(step))
            try file.verifyDigests()
            for (rank, name) in file.names.enumerated() {
                let place = Place(step: step, name: name)
                let digest = file.metadata[Safetensors.digestPrefix + name] ?? ""
                entries[place] = digest
                ordered.append((step, log.series.count + rank, place))
                tensors[step, default: []].append("\(name) \(digest)\n")
            }
        }
        places = ordered.sorted { ($0.step, $0.rank) < ($1.step, $1.rank) }.map(\.place)
    }

    /// SHA-256 of the bits of each step's training loss and of each validation loss.
    public var lossDigest: String { SHA256.digest(of: losses).hexadecimal }

    /// SHA-256 of parameters and optimizer state at each checkpoint.
    public var states: [DeterminismResult.StateDigest] {
        tensors.sorted { $0.key < $1.key }.map { step, lines in
            .init(step: step, digest: SHA256.digest(of: lines.joined()).hexadecimal)
        }
    }

    /// Where another run first has other bits.
    ///
    /// - Parameter other: The other run.
    /// - Returns: Nil where all are equal.
    public func firstDifference(from other: RunBits) -> RunDifference? {
        let foreign = other.places.filter { entries[$0] == nil }
        let own = places.filter { entries[$0] != other.entries[$0] }
        // Where the other run has more, the earlier of both is the first.
        guard
            let first = [own.first, foreign.first].compactMap(\.self).min(by: { $0.step < $1.step })
        else { return nil }
        func text(_ entry: String?) -> String {
            guard let entry else { return "nothing" }
            return entry.count == 64 ? String(entry.prefix(12)) : entry
        }
        return RunDifference(
            step: first.step, name: first.name, first: text(entries[first]),
            second: text(other.entries[first]), differing: own.count + foreign.count,
            compared: places.count + foreign.count)
    }
}
