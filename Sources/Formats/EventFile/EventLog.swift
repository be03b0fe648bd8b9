public import OrderedCollections

/// What the event files of a folder say together: for each tag its values over the steps.
///
/// Files are read in the order of their names. A session that started at step `s` voids what was read
/// before at `s` and later, as in TensorBoard (`EventAccumulator`, purging at `SessionLog.START`), so a
/// run that was killed and resumed reads like one that was not. A tag that goes back to a step voids what it
/// has there and later likewise, so that each has one value a step, in the order of steps.
///
/// ```swift
/// var log = try EventLog.read(folder: "runs/a")
/// let losses = log.series["train/loss"] ?? []
/// try log.refresh()  // what was logged since
/// ```
public struct EventLog: Sendable {
    /// One value of a tag.
    public struct Point: Sendable, Hashable {
        /// The step.
        public var step: Int
        /// Seconds since 1970.
        public var wallTime: Double
        /// The value.
        public var value: Float

        public init(step: Int, wallTime: Double, value: Float) {
            self.step = step
            self.wallTime = wallTime
            self.value = value
        }
    }

    /// One event file.
    public struct File: Sendable, Hashable {
        /// Its path.
        public let path: String
        /// When its first record was made, in seconds since 1970; nil if it has none.
        public internal(set) var firstWallTime: Double?
        /// When its last record was made, in seconds since 1970; nil if it has none.
        public internal(set) var lastWallTime: Double?
        /// The step at which its session started, if it resumed a run.
        public internal(set) var sessionStart: Int?
        /// Where and how the file is damaged; what stands before was read, the rest was not.
        public internal(set) var damage: FormatError?
    }

    /// The folder read.
    public let folder: String
    /// The values of each tag in the order logged, the tags in the order first seen.
    public private(set) var series: OrderedDictionary<String, [Point]> = [:]
    /// The files, in the order read.
    public private(set) var files: [File] = []

    private var readers: [EventFileReader] = []
    /// How many files, the first ones, grow no more: one that follows was begun when they were done.
    private var sealed = 0

    /// How the names of event files begin.
    static let prefix = "events.out.tfevents."

    /// Reads all event files of `folder`; a folder without any gives an empty log.
    ///
    /// A damaged file does not fail the reading: see ``File/damage``.
    ///
    /// - Parameter folder: The run's folder.
    /// - Returns: The log.
    /// - Throws: ``FormatError/system(path:operation:code:advice:)`` if the folder or a file cannot be
    ///   read.
    public static func read(folder: String) throws(FormatError) -> EventLog {
        var log = EventLog(folder: folder)
        try log.refresh()
        return log
    }

    private init(folder: String) { self.folder = folder }

    /// Whether a folder holds event files.
    ///
    /// - Throws: ``FormatError/system(path:operation:code:advice:)`` if it cannot be listed.
    package static func exists(in folder: String) throws(FormatError) -> Bool {
        try !files(in: folder).isEmpty
    }

    /// Reads what was logged since.
    ///
    /// - Throws: ``FormatError/system(path:operation:code:advice:)`` if the folder or a file cannot be
    ///   read.
    public mutating func refresh() throws(FormatError) {
        let known = Set(files.map(\.path))
        for name in try Self.files(in: folder) where !known.contains(folder + "/" + name) {
            var file = File(path: folder + "/" + name)
            do throws(FormatError) {
                var reader = try EventFileReader(path: file.path)
                reader.close()
                readers.append(reader)
            } catch {
                guard case .unsupported = error else { throw error }
                file.damage = error
                readers.append(EventFileReader(closed: file.path))
            }
            files.append(file)
        }
        for index in files.indices.dropFirst(sealed) {
            defer { readers[index].close() }
            guard files[index].damage == nil else { continue }
            do throws(FormatError) {
                while let event = try readers[index].next() { add(event, from: index) }
            } catch {
                if case .system = error { throw error }
                files[index].damage = error
            }
        }
        sealed = max(sealed, files.count - 1)
    }

    /// The log as a table of `tag`, `step`, `wall_time` and `value`, a row for each point.
    public var table: CSVTable {
        var table = CSVTable(columns: ["tag", "step", "wall_time", "value"])
        for (tag, points) in series {
            for point in points {
                table.append([
                    .text(tag), .integer(point.step), .number(point.wallTime), .single(point.value),
                ])
            }
        }
        return table
    }

    private static let steps = 0...(1 << 53)

    private mutating func add(_ event: Event, from index: Int) {
        files[index].firstWallTime = files[index].firstWallTime ?? event.wallTime
        files[index].lastWallTime = event.wallTime
        // A step is a count of updates: what no run reaches is no step.
        guard Self.steps.contains(event.step) else { return }
        switch event.content {
        case .scalars(let scalars):
            for scalar in scalars {
                let point = Point(step: event.step, wallTime: event.wallTime, value: scalar.value)
                if let last = series[scalar.tag]?.last, last.step >= event.step {
                    series[scalar.tag]?.removeAll { $0.step >= event.step }
                }
                series[scalar.tag, default: []].append(point)
            }
        case .sessionStart:
            files[index].sessionStart = event.step
            for tag in series.keys { series[tag]?.removeAll { $0.step >= event.step } }
            series.removeAll { $0.value.isEmpty }
        case .fileVersion, .hyperparameters, .other: break
        }
    }

    /// The names of the event files in `folder`, in order.
    static func files(in folder: String) throws(FormatError) -> [String] {
        try AtomicFile.names(in: folder).filter { $0.hasPrefix(prefix) }
    }
}
