import Foundation
import Runs
import Synchronization
import Testing

/// Nodes that share a folder, and may not share its locks: what another machine does is told by what its lock says.
@Suite("locks of other machines")
struct FolderClaimTests {
    private final class Scratch: Sendable {
        let folder = RunFolder(NSTemporaryDirectory() + "ballast-\(UUID().uuidString)")

        init() throws {
            try FileManager.default.createDirectory(
                atPath: folder.path, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: folder.path) }

        /// Writes what another machine claims; nothing is locked.
        func claim(_ count: Int) throws {
            try Data("other-machine 12 node7 \(count)\n".utf8)
                .write(to: URL(fileURLWithPath: folder.lock))
        }

        var text: String { (try? String(contentsOfFile: folder.lock, encoding: .utf8)) ?? "" }
    }

    @Test("a lock says whose it is, and nothing once it is given back")
    func own() throws {
        let scratch = try Scratch()
        var lock: FolderLock? = try FolderLock(scratch.folder)
        #expect(scratch.text.contains(" \(getpid()) "), "\(scratch.text)")
        #expect(FolderLock.isHeld(scratch.folder))
        withExtendedLifetime(lock) {}
        lock = nil
        #expect(scratch.text.isEmpty)
        #expect(!FolderLock.isHeld(scratch.folder))
    }

    @Test("what a dead process of this machine left is no claim")
    func killed() throws {
        let scratch = try Scratch()
        let lock = try FolderLock(scratch.folder)
        let left = scratch.text
        withExtendedLifetime(lock) {}
        let other = try Scratch()
        try left.write(toFile: other.folder.lock, atomically: false, encoding: .utf8)
        #expect(!FolderLock.isHeld(other.folder))
        let start = ContinuousClock.now
        _ = try FolderLock(other.folder)
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test("a claim of another machine that stands still is stale, and is taken over")
    func stale() throws {
        let scratch = try Scratch()
        try scratch.claim(3)
        #expect(FolderLock.isHeld(scratch.folder))
        let start = ContinuousClock.now
        let lock = try FolderLock(scratch.folder, machine: "this-machine", patience: 0.3)
        #expect(ContinuousClock.now - start >= .seconds(0.3))
        #expect(scratch.text.hasPrefix("this-machine \(getpid()) "), "\(scratch.text)")
        withExtendedLifetime(lock) {}
    }

    @Test("a claim of another machine that is renewed holds, and one that is given back does not")
    func renewed() throws {
        let scratch = try Scratch()
        try scratch.claim(0)
        let isDone = Atomic(false)
        let writer = Thread {
            for count in 1...200 where !isDone.load(ordering: .relaxed) {
                try? scratch.claim(count)
                usleep(50_000)
            }
        }
        writer.start()
        #expect(throws: RunError.busy(folder: scratch.folder.path)) {
            try FolderLock(scratch.folder, machine: "this-machine", patience: 8)
        }
        isDone.store(true, ordering: .relaxed)
        while !writer.isFinished { usleep(10_000) }
        #expect(scratch.text.hasPrefix("other-machine "), "\(scratch.text)")
        try Data().write(to: URL(fileURLWithPath: scratch.folder.lock))
        _ = try FolderLock(scratch.folder, machine: "this-machine", patience: 8)
    }

    @Test("an old claim of another machine is not taken for a run in training")
    func old() throws {
        let scratch = try Scratch()
        try scratch.claim(3)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -3_600)],
            ofItemAtPath: scratch.folder.lock)
        #expect(!FolderLock.isHeld(scratch.folder))
    }
}
