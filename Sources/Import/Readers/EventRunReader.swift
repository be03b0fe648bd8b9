import Formats
import Foundation

/// Reads the event files of a run, in the order of their names.
enum EventRunReader {
    static func run(_ name: String, _ files: [String]) throws(FormatError) -> LoggedRun {
        var run = LoggedRun(name: name, sources: files)
        RunSettings.add(to: &run)
        for path in files.sorted() {
            var reader = try EventFileReader(path: path)
            do throws(FormatError) {
                while let event = try reader.next() {
                    guard case .scalars(let scalars) = event.content else { continue }
                    for scalar in scalars {
                        run.add(scalar.tag, step: event.step, value: Double(scalar.value))
                    }
                }
            } catch {
                guard case .corrupt = error else { throw error }
                run.notes.append(error.description)
            }
        }
        return run
    }
}
