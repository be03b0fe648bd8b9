import Formats
import Foundation
import OrderedCollections

/// The event files of a folder, read as they grow: each from the byte where it was left.
struct EventTail {
    private struct File {
        let path: String
        var reader: EventFileReader?
        var size = 0
        var isDamaged = false
    }

    /// What is known of a session: from when to when, and from which step.
    struct Session {
        var firstTime: Double
        var lastTime: Double
        var firstStep: Int
    }

    private let folder: String
    private var files: [File] = []
    /// The curves by tag, in the order first seen.
    private(set) var curves: OrderedDictionary<String, Curve> = [:]
    /// The newest session.
    private(set) var session: Session?
    /// The last step of any curve.
    private(set) var lastStep = 0
    /// Raised with each change.
    private(set) var version = 0
    /// What could not be read.
    private(set) var notes: [String] = []

    init(folder: String) { self.folder = folder }

    /// Reads what was logged since.
    ///
    /// - Parameters:
    ///   - names: The event files that stand in the folder, in order.
    ///   - most: The most events to read now.
    /// - Returns: Whether all was read.
    mutating func refresh(_ names: [String], most: Int) -> Bool {
        let known = Set(files.map(\.path))
        for name in names where !known.contains(folder + "/" + name) {
            files.append(File(path: folder + "/" + name))
        }
        var left = most
        for index in files.indices where !files[index].isDamaged && left > 0 {
            read(index, &left)
        }
        return left > 0
    }

    /// Closes the files of a run that is done, and forgets what it takes to go on; a file that grows
    /// nevertheless is read anew from its start.
    mutating func close() {
        for index in files.indices { files[index].reader = nil }
    }

    private mutating func read(_ index: Int, _ left: inout Int) {
        let path = files[index].path
        do throws(FormatError) {
            let size = try OpenFile(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW).size()
            if files[index].reader == nil {
                guard size > files[index].size else { return }
                files[index].reader = try EventFileReader(path: path)
            }
            while left > 0, let event = try files[index].reader?.next() {
                add(event)
                left -= 1
            }
            files[index].size = files[index].reader?.offset ?? size
        } catch {
            files[index].isDamaged = true
            files[index].reader = nil
            notes.append(error.description)
            version += 1
        }
    }

    private mutating func add(_ event: Event) {
        switch event.content {
        case .scalars(let scalars):
            for scalar in scalars {
                curves[scalar.tag, default: Curve()].append(step: event.step, value: scalar.value)
            }
            lastStep = max(lastStep, event.step)
            session?.lastTime = event.wallTime
            if session == nil {
                session = Session(
                    firstTime: event.wallTime, lastTime: event.wallTime, firstStep: event.step)
            }
            version += 1
        case .sessionStart:
            for tag in curves.keys { curves[tag]?.void(from: event.step) }
            lastStep = curves.values.compactMap { $0.last?.step }.max() ?? 0
            session = Session(
                firstTime: event.wallTime, lastTime: event.wallTime, firstStep: event.step)
            version += 1
        case .fileVersion:
            session = Session(
                firstTime: event.wallTime, lastTime: event.wallTime, firstStep: lastStep)
        case .hyperparameters, .other: break
        }
    }
}
