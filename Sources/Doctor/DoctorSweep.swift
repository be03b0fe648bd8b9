import Foundation
public import Import
import OrderedCollections
import Statistics

/// Runs that were examined together, as those that a run of a sweep is compared with.
public struct DoctorSweep: Sendable {
    /// A run, by what it is compared by.
    struct Member: Sendable {
        var name: String
        var sources: [String]
        var rate: Double
        /// Parameters, else width and depth; nil where the log says neither.
        var size: String?
        /// What else its log says in numbers, but seeds.
        var recipe: [String: Double]
        /// Whether its last step was reached, as far as the log says how many there are to be.
        var isOver: Bool
        var losses: [LoggedRun.Point]
        var rates: [LoggedRun.Point]
        /// Rate x decay, summed over the steps.
        var decayTimes: Double?
        /// What it came to on other data, else in training; infinite where that is no number.
        var loss: Double
        /// Whether ``loss`` is that on other data.
        var isHeldOut: Bool
    }

    /// All that say a learning rate and have a loss.
    let members: [Member]

    /// The runs, in any order.
    public init(_ runs: [LoggedRun]) {
        members = runs.compactMap { Member($0) }
    }

    /// The runs that differ from one in learning rate and seeds alone.
    func grid(of member: Member) -> [Member] {
        members.filter {
            $0.size == member.size && $0.recipe == member.recipe && $0.isHeldOut == member.isHeldOut
        }
    }

    /// The member that is a run.
    func member(of run: LoggedRun) -> Member? {
        members.first { $0.name == run.name && $0.sources == run.sources }
    }
}

extension DoctorSweep.Member {
    private static let sizes = ["parameters", "model.width", "model.depth"]

    init?(_ run: LoggedRun) {
        var values: OrderedDictionary<String, Double> = [:]
        for (name, text) in SettingNames.settings(in: run.name) {
            if let value = Double(text) { values[name] = value }
        }
        values.merge(run.settings) { $1 }
        var known: [String: Double] = [:]
        recipe = [:]
        for (name, value) in values {
            if let key = SettingNames.keyPath(of: name) {
                known[key] = known[key] ?? value
            } else if !name.lowercased().contains("lr"), !name.lowercased().contains("learning") {
                // A smallest rate, as a tenth of the largest, is no axis of its own.
                recipe[name] = value
            }
        }
        let patient = DoctorCase(run)
        rates = patient.finite("optim/lr")
        guard let rate = known["optimizer.learning-rate"] ?? rates.map(\.value).max(), rate > 0
        else { return nil }
        self.rate = rate
        for (key, value) in known
        where !key.contains("seed") && key != "optimizer.learning-rate" && !Self.sizes.contains(key)
        {
            recipe[key] = value
        }
        let size = Self.sizes.compactMap { key in
            known[key].map { "\(key) \(DoctorText.number($0))" }
        }
        self.size = size.isEmpty ? nil : size.joined(separator: ", ")
        (name, sources, isOver) = (run.name, run.sources, patient.isWhole)
        guard let training = run.series["train/loss"], training.count >= 10 else { return nil }
        losses = training.finite
        decayTimes = patient.decayTimes
        let held = run.series["val/loss"] ?? []
        isHeldOut = !held.isEmpty
        let last = isHeldOut ? held.last?.value : training.last?.value
        if let last, last.isFinite {
            loss = isHeldOut ? last : losses.median(over: 0.9..<1) ?? .infinity
        } else {
            loss = .infinity
        }
    }
}

extension DoctorCase {
    /// Whether the run reached its last step, as far as the log says which that is.
    var isWhole: Bool { totalSteps.map { Double(run.lastStep ?? 0) >= 0.98 * $0 } ?? true }
}
