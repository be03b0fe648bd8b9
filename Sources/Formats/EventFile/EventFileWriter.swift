import Foundation

/// Appends to a new TensorBoard event file.
///
/// Records are kept in memory until ``flush()``, or until they fill 256 KiB. What was flushed survives
/// the death of the process; what was synchronized survives that of the machine. A record cut off by a
/// full disk is completed by the next flush.
///
/// ```swift
/// let writer = try EventFileWriter(folder: "runs/a")
/// try writer.append(step: 1, wallTime: now, scalars: [("train/loss", 5.54)])
/// try writer.flush()
/// ```
public final class EventFileWriter {
    /// The file written to.
    public var path: String { file.path }

    private let file: OpenFile
    private var buffer: [UInt8] = []
    private static let capacity = 1 << 18

    /// Creates an event file in `folder`; it never overwrites one.
    ///
    /// The name sorts after those of the event files that stand there, whatever the clock says, since
    /// readers take files in the order of their names.
    ///
    /// - Parameters:
    ///   - folder: The run's folder, which exists.
    ///   - step: The first step that this session logs anew; what earlier files hold at this step and
    ///     later becomes void. Nil for the first session of a run.
    /// - Throws: ``FormatError/system(path:operation:code:advice:)``.
    public init(folder: String, resumingAt step: Int? = nil) throws(FormatError) {
        let now = Date().timeIntervalSince1970
        let epoch = Self.epoch(after: try EventLog.files(in: folder), now: now)
        let name = "\(EventLog.prefix)\(epoch).\(Self.hostName()).\(getpid()).0"
        file = try OpenFile(
            folder + "/" + name, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, operation: "create")
        append(Event(step: 0, wallTime: now, content: .fileVersion(Event.fileVersion)))
        if let step { append(Event(step: step, wallTime: now, content: .sessionStart)) }
        try flush()
        try AtomicFile.synchronizeFolder(folder)
    }

    deinit { try? flush() }

    /// Logs the numbers of one step.
    ///
    /// - Parameters:
    ///   - step: The step, by Ballast's convention the number of optimizer updates done.
    ///   - wallTime: Seconds since 1970.
    ///   - scalars: Tags and values; a tag stands once.
    /// - Throws: ``FormatError/system(path:operation:code:advice:)`` if the buffer was full and could
    ///   not be written; the numbers are kept, and the next flush tries again.
    public func append(step: Int, wallTime: Double, scalars: [(tag: String, value: Float)])
        throws(FormatError)
    {
        let content = scalars.map { Event.Scalar(tag: $0.tag, value: $0.value) }
        append(Event(step: step, wallTime: wallTime, content: .scalars(content)))
        if buffer.count >= Self.capacity { try flush() }
    }

    /// Hands everything logged so far to the system.
    ///
    /// - Throws: ``FormatError/system(path:operation:code:advice:)``; what was not written is kept.
    public func flush() throws(FormatError) {
        var written = 0
        defer { buffer.removeFirst(written) }
        try file.write(buffer, from: &written)
    }

    /// Flushes, and waits until the file is on the disk.
    ///
    /// - Throws: ``FormatError/system(path:operation:code:advice:)``.
    public func synchronize() throws(FormatError) {
        try flush()
        try file.synchronize()
    }

    /// Ends the file, synchronized.
    ///
    /// Nothing may be appended afterwards.
    ///
    /// - Throws: ``FormatError/system(path:operation:code:advice:)``.
    public func close() throws(FormatError) { try synchronize() }

    /// Frames an event: length, its check, the payload, its check.
    private func append(_ event: Event) {
        let payload = event.serialized()
        let start = buffer.count
        append(UInt64(payload.count))
        append(unsafe CRC32C.masked(buffer.span.extracting(start...).bytes))
        buffer += payload
        append(unsafe CRC32C.masked(payload.span.bytes))
    }

    private func append<Word: FixedWidthInteger>(_ word: Word) {
        for shift in stride(from: 0, to: Word.bitWidth, by: 8) {
            buffer.append(UInt8(truncatingIfNeeded: word >> shift))
        }
    }

    /// Seconds since 1970 for a name that sorts after those that stand there, whatever they hold.
    private static func epoch(after names: [String], now: Double) -> String {
        let fields = names.map { String($0.dropFirst(EventLog.prefix.count).prefix { $0 != "." }) }
        let last = fields.compactMap { Int($0) }.max() ?? 0
        let (next, overflows) = last.addingReportingOverflow(1)
        let epoch = String(max(Int(exactly: now.rounded(.down)) ?? 0, overflows ? 0 : next))
        let padded = String(repeating: "0", count: max(0, 10 - epoch.count)) + epoch
        guard let highest = fields.max(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }),
            !(highest + ".").utf8.lexicographicallyPrecedes((padded + ".").utf8)
        else { return padded }
        // A digit more sorts after the point that follows the field.
        return highest + "0"
    }

    private static func hostName() -> String {
        let name = ProcessInfo.processInfo.hostName
        return String(name.map { $0 == "/" ? "-" : $0 })
    }
}
