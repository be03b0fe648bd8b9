import Formats
import Foundation

/// Keeps other processes from writing to a folder, until it goes away with its owner.
///
/// The system drops the lock when the process ends, however it ends, so no stale lock is left.
public final class FolderLock {
    private let descriptor: Int32

    /// Takes the lock.
    ///
    /// - Throws: ``RunError/busy(folder:)`` when another process has it.
    public init(_ folder: RunFolder) throws(RunError) {
        do throws(FormatError) { try Directory.create(folder.path) } catch { throw RunError(error) }
        let path = folder.lock
        descriptor = retrying { unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644) }
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
    }

    deinit { close(descriptor) }

    /// Whether some process has the lock of a folder.
    public static func isHeld(_ folder: RunFolder) -> Bool {
        let descriptor = unsafe open(folder.lock, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0
    }
}
