import Formats
import Foundation

/// Keeps other processes from writing to a folder, until it goes away with its owner.
///
/// The system drops the lock when the process ends, however it ends, so on one machine no stale lock is left. Some
/// file systems that machines share keep such locks to each machine: a lock therefore holds a `FolderClaim`, too,
/// which its owner renews, and which others of another machine take for stale only after they have watched it stand
/// still.
public final class FolderLock {
    private let claim: FolderClaim

    /// Takes the lock.
    ///
    /// Where a process of another machine had it and did not give it back, this waits to see whether that one lives.
    ///
    /// - Throws: ``RunError/busy(folder:)`` when another process has it.
    public convenience init(_ folder: RunFolder) throws(RunError) {
        try self.init(folder, machine: Machine.boot, patience: FolderClaim.patience)
    }

    /// Takes the lock in the name of a machine.
    ///
    /// - Parameters:
    ///   - folder: The folder.
    ///   - machine: The machine that asks.
    ///   - patience: Seconds for which the claim of another machine is watched.
    /// - Throws: ``RunError/busy(folder:)`` when another process has it.
    package init(_ folder: RunFolder, machine: String, patience: Double) throws(RunError) {
        do throws(FormatError) { try Directory.create(folder.path) } catch { throw RunError(error) }
        let path = folder.lock
        let descriptor = retrying { unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644) }
        guard descriptor >= 0 else {
            throw .system(
                path: folder.lock, operation: "open",
                reason: unsafe String(cString: strerror(errno)))
        }
        // Who only asks whether it is held has it for a moment: look again before giving up.
        var attempts = 20
        while attempts > 0, retrying({ flock(descriptor, LOCK_EX | LOCK_NB) }) != 0,
            errno == EWOULDBLOCK
        {
            attempts -= 1
            usleep(10_000)
        }
        guard retrying({ flock(descriptor, LOCK_EX | LOCK_NB) }) == 0 else {
            let code = errno
            close(descriptor)
            if code == EWOULDBLOCK { throw .busy(folder: folder.path) }
            throw .system(
                path: folder.lock, operation: "lock", reason: unsafe String(cString: strerror(code))
            )
        }
        let before = FolderClaim.watch(path, for: machine, patience: patience)
        guard before != .renewed else {
            close(descriptor)
            throw .busy(folder: folder.path)
        }
        claim = FolderClaim(descriptor, machine: machine)
        if before == .stale, !claim.stands(after: min(patience, 2)) {
            throw .busy(folder: folder.path)
        }
    }

    deinit { claim.release() }

    /// Whether some process has the lock of a folder, here or on another machine.
    public static func isHeld(_ folder: RunFolder) -> Bool {
        let descriptor = unsafe open(folder.lock, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0
            || FolderClaim.isRenewed(descriptor, folder.lock, machine: Machine.boot)
    }
}
