import Documents
import Runs

/// Short names, built from the swept settings alone.
package struct Labels: Sendable {
    /// The key paths that tell interventions apart, in the order of the study.
    let keys: [String]
    private let names: [String: String]

    /// Chooses the settings that name an intervention: swept, of more than one value, and neither the
    /// learning rate, a seed nor the size.
    init(_ sweep: SweepRecord) {
        let others: Set = [
            "learning-rate", "seed", "data-seed", "order-seed", "width", "depth",
        ]
        keys = sweep.axes.filter { key in
            !others.contains(Self.lastPart(key))
                && Set(sweep.cells.map { $0.settings[key] }).count > 1
        }
        let parts = keys.map(Self.lastPart)
        names = Dictionary(
            uniqueKeysWithValues: Set(keys).map { key in
                let part = Self.lastPart(key)
                return (key, parts.filter { $0 == part }.count > 1 ? key : part)
            })
    }

    /// The intervention of a cell: `no qk-norm`, or `qk-norm, z-loss 1e-4`; empty when none is swept.
    func intervention(_ cell: CellRecord) -> String {
        keys.compactMap { key in
            let name = names[key] ?? key
            return switch cell.settings[key] {
            case .flag(let on): on ? name : "no \(name)"
            case .number(let value): "\(name) \(NumberText.setting(value))"
            case .text(let text): "\(name) \(text)"
            case nil: nil
            }
        }.joined(separator: ", ")
    }

    /// The last part of a key path: `learning-rate` of `optimizer.learning-rate`.
    static func lastPart(_ key: String) -> String {
        key.split(separator: ".").last.map(String.init) ?? key
    }

    /// What was swept, an axis a line: its key path and its values in the order of the grid.
    static func axes(_ sweep: SweepRecord) -> [(key: String, values: [String])] {
        sweep.axes.map { key in
            var values: [String] = []
            for cell in sweep.cells {
                guard let value = cell.settings[key] else { continue }
                let text = text(value, of: key)
                if !values.contains(text) { values.append(text) }
            }
            return (key, values)
        }
    }

    private static func text(_ value: SettingValue, of key: String) -> String {
        switch value {
        case .flag(let on): on ? "true" : "false"
        case .number(let number):
            lastPart(key) == "learning-rate" ? NumberText.rate(number) : NumberText.setting(number)
        case .text(let text): text
        }
    }
}
