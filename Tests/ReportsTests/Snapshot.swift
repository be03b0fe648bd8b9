import Foundation
import Testing

/// Compares a text with the one recorded under a name.
///
/// When none is recorded, and when the environment has `RECORD_SNAPSHOTS`, the text is written and the
/// test fails, so that a record is always looked at before it counts.
func expectSnapshot(
    _ text: String, named name: String, in folder: String = Snapshots.folder,
    recording: Bool = ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] != nil,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let path = folder + "/" + name
    let recorded = try? String(contentsOfFile: path, encoding: .utf8)
    guard let recorded, !recording else {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        Issue.record("recorded \(name): look at it and run again", sourceLocation: sourceLocation)
        return
    }
    guard recorded != text else { return }
    let lines = recorded.split(separator: "\n", omittingEmptySubsequences: false)
    let now = text.split(separator: "\n", omittingEmptySubsequences: false)
    let line = zip(lines, now).enumerated().first { $0.element.0 != $0.element.1 }
    let place = line?.offset ?? min(lines.count, now.count)
    Issue.record(
        """
        \(name) differs from its record at line \(place + 1):
        recorded \(line.map { String($0.element.0) } ?? "\(lines.count) lines")
        now      \(line.map { String($0.element.1) } ?? "\(now.count) lines")
        """, sourceLocation: sourceLocation)
}

/// Where records stand.
enum Snapshots {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Snapshots").path
}

/// Runs a body with a folder that is removed afterwards.
func withScratchFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("ballast-reports-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
}
