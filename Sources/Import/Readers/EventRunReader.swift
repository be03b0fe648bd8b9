import Formats
import Foundation
import OrderedCollections

/// Reads the event files of a run, in the order of their names.
enum EventRunReader {
    static func run(
        _ name: String, _ files: [String], _ options: LogReader.Options
    ) throws(FormatError) -> LoggedRun {
        var run = LoggedRun(name: name, sources: files, names: options.names)
        RunSettings.add(to: &run)
        RunManifest.add(to: &run)
        for path in files.sorted() {
            var reader = try EventFileReader(path: path)
            do throws(FormatError) {
                while let event = try reader.next() {
                    switch event.content {
                    case .scalars(let scalars):
                        for scalar in scalars {
                            run.add(scalar.tag, step: event.step, value: Double(scalar.value))
                        }
                    case .hyperparameters(let settings): add(settings, to: &run)
                    case .sessionStart: run.void(from: event.step)
                    case .fileVersion, .other: break
                    }
                }
            } catch {
                guard case .corrupt = error else { throw error }
                run.notes.append(error.description)
            }
        }
        return run
    }

    /// Adds what the hparams plugin of TensorBoard says.
    private static func add(_ settings: [Hyperparameter], to run: inout LoggedRun) {
        for setting in settings {
            switch setting.value {
            case .number(let number): run.settings[setting.name] = number
            case .text(let text): RunSettings.add(setting.name, text, to: &run)
            case .flag(let flag): run.words[setting.name] = "\(flag)"
            }
        }
        run.hasHyperparameters = true
    }
}
