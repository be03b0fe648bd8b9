import Foundation
public import Runs
import Training

extension SweepFolder {
    /// Reads the whole sweep; what runs logged is read when it is asked for.
    ///
    /// What a run that has begun was asked to train, its `config.yaml`, wins over what `sweep.json` says of it. One
    /// that has not begun is asked what the others are, but for what is swept.
    ///
    /// - Returns: The runs, in the order of the grid.
    /// - Throws: ``Runs/RunError`` for a folder that holds no sweep. A result that does not parse is its run's alone:
    ///   the run has failed, and ``Runs/SweepFolder/problem(of:)`` says why.
    public func read() throws -> RunTable {
        let plan = try readPlan()
        let folder = SweepFolder(path, plan: plan)
        let store = SeriesStore()
        var tables: [String: KeyTable] = [:]
        let rows = plan.cells.map { cell -> RunRow in
            let run = folder.cell(cell.name)
            var row = RunRow(
                name: cell.name, settings: cell.settings, state: folder.state(of: cell.name),
                result: (try? run.readResult()) ?? nil,
                series: run.holdsRun ? RunSeries(folder: run.path, store) : [:])
            // One that an earlier version wrote may say what this one refuses: then `sweep.json` is all.
            guard run.exists, let configuration = try? ConfigurationFile.read(run.configuration)
            else { return row }
            row.configuration = configuration
            let rule = configuration.optimizer.rule
            tables[rule] = tables[rule] ?? KeyTable(rule: rule)
            for key in row.settings.keys {
                if let value = tables[rule]?[key]?.value(in: configuration) {
                    row.settings[key] = value.setting
                }
            }
            return row
        }
        return RunTable(name: plan.name, axes: plan.axes, rows: folder.completed(rows))
    }

    /// The rows, those of runs that have not begun with the configuration of one that has and their own settings.
    private func completed(_ rows: [RunRow]) -> [RunRow] {
        guard let begun = rows.first(where: { $0.configuration != nil }) else { return rows }
        let path = cell(begun.name).configuration
        return rows.map { row in
            guard row.configuration == nil, !cell(row.name).holdsRun else { return row }
            var row = row
            row.configuration = try? ConfigurationFile.read(
                path, overrides: row.settings.map { "\($0.key)=\($0.value.argument)" })
            return row
        }
    }
}

extension SettingValue {
    /// The value as a command's `--set` takes it.
    fileprivate var argument: String {
        switch self {
        case .flag(let flag): "\(flag)"
        case .number(let number): "\(number)"
        case .text(let text): text
        }
    }
}

extension RunFolder {
    /// Whether a run has begun there, or one of another tool was imported.
    fileprivate var holdsRun: Bool {
        exists || FileManager.default.fileExists(atPath: imported)
    }
}

extension KeyValue {
    /// The value as sweeps record it.
    package var setting: SettingValue {
        switch self {
        case .whole(let value): .number(Double(value))
        case .seed(let value): .number(Double(value))
        case .number(let value): .number(value)
        case .flag(let value): .flag(value)
        case .word(let value): .text(value)
        case .words: .text(text)
        }
    }
}
