import Modules
import Optimizers
public import Runs
import Training

extension RunTable {
    /// What runs of a table differ in.
    ///
    /// ```swift
    /// for (size, runs) in table.grouped(by: .width, .depth) { print(size, runs.rows.count) }
    /// ```
    public enum Axis: Sendable, Hashable {
        /// The peak learning rate.
        case learningRate
        /// What keys the initial weights.
        case seed
        /// What keys which data a run sees.
        case dataSeed
        /// What keys another order of the same data.
        case orderSeed
        /// The width of the residual stream.
        case width
        /// The number of blocks.
        case depth
        /// The width of a head of attention.
        case headDimension
        /// Optimizer steps.
        case steps
        /// Any other key path, or a name of a study, as `variant`.
        case key(String)

        private static let named: [Axis] = [
            .learningRate, .seed, .dataSeed, .orderSeed, .width, .depth, .headDimension, .steps,
        ]

        /// The axis of a key path.
        public init(key: String) {
            self = Self.named.first { $0.key == key } ?? .key(key)
        }

        /// The key path in configurations and in `sweep.json`.
        public var key: String {
            switch self {
            case .learningRate: "optimizer.learning-rate"
            case .seed: "seed"
            case .dataSeed: "data.data-seed"
            case .orderSeed: "data.order-seed"
            case .width: "model.width"
            case .depth: "model.depth"
            case .headDimension: "model.head-dimension"
            case .steps: "steps"
            case .key(let key): key
            }
        }
    }

    /// The swept axes that name an intervention: the one rule for every study, forecast and report.
    ///
    /// Neither the learning rate nor a seed is one, nor the width nor the depth. The width of heads and the
    /// number of steps are part of the size where each width and depth has one of them, and else
    /// interventions like any other key.
    public var interventions: [Axis] {
        axes.filter { axis in
            switch axis {
            case .learningRate, .seed, .dataSeed, .orderSeed, .width, .depth: false
            case .headDimension, .steps: !goesWithSize(axis)
            case .key: true
            }
        }
    }

    /// Whether each width and depth has one value of an axis.
    private func goesWithSize(_ axis: Axis) -> Bool {
        var known: [[SettingValue?]: SettingValue?] = [:]
        return rows.allSatisfy { row in
            let size = [row[.width], row[.depth]]
            guard let other = known[size] else {
                known[size] = .some(row[axis])
                return true
            }
            return other == row[axis]
        }
    }
}

extension RunRow {
    /// What interventions name a run: `qk` of a named variant, `optimizer.rule=muon` of any other key.
    ///
    /// - Parameter axes: ``RunTable/interventions`` of its table, or some of them.
    /// - Returns: The names, with a space between; empty without any.
    public func label(_ axes: [RunTable.Axis]) -> String {
        axes.compactMap { axis in
            self[axis].map { axis == .key("variant") ? $0.text : "\(axis.key)=\($0.text)" }
        }.joined(separator: " ")
    }
}

extension SettingValue {
    /// The value as a configuration file has it.
    public var text: String {
        switch self {
        case .flag(let on): "\(on)"
        case .number(let value): Int(exactly: value).map(String.init) ?? "\(value)"
        case .text(let text): text
        }
    }

    /// The number; nil for what is none.
    public var number: Double? {
        if case .number(let value) = self { value } else { nil }
    }
}
