import OrderedCollections
import RunTables
import Sweeps
public import Training

/// What is measured of runs, one number a seed.
///
/// To add one: a file in `Measures` and a line in ``FindingCatalog``.
public protocol FindingMeasure: Sendable {
    /// The name in study files: a word, or the key of a mapping.
    static var name: String { get }
    /// Reads its keys.
    init(_ reader: FindingReader) throws(ConfigurationError)
    /// The measure in words.
    var words: String { get }
    /// What it is measured in; empty for a quotient.
    var unit: String { get }
    /// The swept keys that it takes together into one number.
    var reducedKeys: Set<String> { get }
    /// The numbers of runs, none of which is missing.
    func points(_ runs: [FindingRun]) throws(FindingGap) -> [FindingPoint]
}

extension FindingMeasure {
    public var reducedKeys: Set<String> { [] }
}

/// A measure of runs one by one.
public protocol RunMeasure: FindingMeasure {
    /// The number of a run.
    func value(_ run: FindingRun) throws(FindingGap) -> Double
}

extension RunMeasure {
    public func points(_ runs: [FindingRun]) throws(FindingGap) -> [FindingPoint] {
        var points: [FindingPoint] = []
        for run in runs {
            points.append(
                FindingPoint(
                    settings: run.settings, seed: run.seed, parameters: run.parameters,
                    value: try value(run)))
        }
        return points
    }
}

/// A measure of the runs of all learning rates together.
public protocol CurveMeasure: FindingMeasure {
    /// The number of a curve, learning rates ascending.
    func value(_ curve: [(learningRate: Double, run: FindingRun)]) throws(FindingGap) -> Double
}

extension CurveMeasure {
    /// The key that a curve is over.
    public static var rateKey: String { "optimizer.learning-rate" }

    public var reducedKeys: Set<String> { [Self.rateKey] }

    public func points(_ runs: [FindingRun]) throws(FindingGap) -> [FindingPoint] {
        var points: [FindingPoint] = []
        for (settings, own) in FindingGroups.of(runs, without: [Self.rateKey]) {
            for (seed, members) in FindingGroups.bySeed(own) {
                let curve = members.compactMap { run in
                    run.settings[Self.rateKey]?.number.map { (learningRate: $0, run: run) }
                }.sorted { $0.learningRate < $1.learningRate }
                guard curve.count == members.count, let first = members.first else {
                    throw FindingGap("\(words) takes several learning rates, and none is swept")
                }
                points.append(
                    FindingPoint(
                        settings: settings, seed: seed, parameters: first.parameters,
                        value: try value(curve)))
            }
        }
        return points
    }
}
