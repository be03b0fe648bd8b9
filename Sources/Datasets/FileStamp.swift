import Foundation

/// What tells whether a file is the same as before without reading it.
struct FileStamp: Sendable, Hashable {
    /// Which file it is, whatever its names.
    struct Place: Sendable, Hashable {
        var device: UInt64
        var inode: UInt64
    }

    /// Which file it is.
    let place: Place
    private let size: Int64
    private let written: [Int]
    private let changed: [Int]

    /// Looks at the file that stands at `path`, links followed; nil where none does.
    init?(_ path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        place = Place(
            device: UInt64(truncatingIfNeeded: status.st_dev),
            inode: UInt64(truncatingIfNeeded: status.st_ino))
        size = Int64(status.st_size)
        written = [Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec)]
        changed = [Int(status.st_ctim.tv_sec), Int(status.st_ctim.tv_nsec)]
    }

    /// Whether the file was written so lately that its times could miss another change.
    var isFresh: Bool { changed[0] + 2 >= Int(Date().timeIntervalSince1970) }
}
