import Foundation
import Synchronization

/// Writes files that are either complete or not there.
///
/// The bytes go to a temporary file in the same folder, which is flushed to the disk, renamed to its
/// final name, and the folder flushed. A reader sees the old file or the new one, whenever the writer is
/// killed. When something fails the temporary file is removed and the old file stays.
public enum AtomicFile {
    /// How the names of unfinished files end.
    ///
    /// Nothing in this package reads such files.
    public static let partialSuffix = ".ballast-partial"

    /// Writes `bytes` to `path`.
    ///
    /// - Parameters:
    ///   - bytes: The contents of the file.
    ///   - path: Where the file will stand; a file of that name is replaced.
    /// - Throws: ``FormatError/system(path:operation:code:advice:)`` with the operation that failed.
    public static func write(_ bytes: [UInt8], to path: String) throws(FormatError) {
        try write(chunks: CollectionOfOne(bytes), to: path)
    }

    /// Writes `text` to `path` in UTF-8.
    ///
    /// - Parameters:
    ///   - text: The contents of the file.
    ///   - path: Where the file will stand; a file of that name is replaced.
    /// - Throws: ``FormatError/system(path:operation:code:advice:)`` with the operation that failed.
    public static func write(_ text: String, to path: String) throws(FormatError) {
        try write(Array(text.utf8), to: path)
    }

    /// Writes one chunk of bytes after the other to `path`, without joining them in memory.
    ///
    /// - Parameters:
    ///   - chunks: The contents of the file, in order; made as they are written if lazy.
    ///   - path: Where the file will stand; a file of that name is replaced.
    /// - Throws: ``FormatError/system(path:operation:code:advice:)`` with the operation that failed. If
    ///   that is "fsync of the folder", the new file is in place but may not survive a loss of power.
    public static func write(chunks: some Sequence<[UInt8]>, to path: String) throws(FormatError) {
        sweepOnce(folder(of: path))
        // Processes of two machines may share a number and a folder; a killed one leaves its file.
        let unique =
            "\(Machine.tag).\(getpid()).\(String(UInt32.random(in: 0 ... .max), radix: 36))"
        let partial = "\(path).\(unique)\(partialSuffix)"
        do throws(FormatError) {
            let file = try OpenFile(partial, O_WRONLY | O_CREAT | O_EXCL, operation: "create")
            do throws(FormatError) {
                for chunk in chunks {
                    var start = 0
                    try file.write(chunk, from: &start)
                }
                try file.synchronize()
                guard retrying({ unsafe rename(partial, path) }) == 0 else {
                    throw .system(path, "rename")
                }
            } catch {
                _ = unsafe unlink(partial)
                throw error
            }
        } catch .system(_, let operation, let code, _) {
            throw .system(path, operation, code: code)
        }
        try synchronizeFolder(folder(of: path))
    }

    /// Waits until the names in `folder` are on the disk.
    static func synchronizeFolder(_ folder: String) throws(FormatError) {
        do throws(FormatError) {
            try OpenFile(folder, O_RDONLY | O_DIRECTORY).synchronize()
        } catch .system(_, _, let code, _) where code == EINVAL || code == ENOTSUP {
            // A file system that cannot flush folders has nothing better to offer.
        } catch .system(_, _, let code, _) {
            throw .system(folder, "fsync of the folder", code: code)
        }
    }

    /// Removes what killed processes left unfinished in `folder`.
    ///
    /// Only files whose names end in ``partialSuffix`` are touched, and of those none that another process
    /// which lives on this machine is writing, nor one that another machine has written to within the hour.
    ///
    /// - Parameter folder: The folder; folders in it are not entered.
    /// - Returns: The names of the files removed, sorted.
    /// - Throws: ``FormatError/system(path:operation:code:advice:)`` if the folder cannot be read or a
    ///   file cannot be removed.
    @discardableResult
    public static func sweep(_ folder: String) throws(FormatError) -> [String] {
        let partial = try names(in: folder).filter {
            $0.hasSuffix(partialSuffix) && !isAlive($0, in: folder)
        }
        for name in partial {
            let path = folder + "/" + name
            guard retrying({ unsafe unlink(path) }) == 0 || errno == ENOENT else {
                throw .system(path, "remove")
            }
        }
        return partial
    }

    private static let swept = Mutex<Set<String>>([])

    /// Removes what killed processes left in a folder before the first file that this process writes there.
    private static func sweepOnce(_ folder: String) {
        if swept.withLock({ $0.insert(folder).inserted }) { _ = try? sweep(folder) }
    }

    /// How long a file that another machine writes may stand still, in seconds.
    private static let patience = 3_600.0

    /// Whether another process that lives is writing a file of this name, `PATH.MACHINE.PROCESS.RANDOM` and
    /// the suffix.
    private static func isAlive(_ name: String, in folder: String) -> Bool {
        let parts = name.dropLast(partialSuffix.count).split(separator: ".")
        guard parts.count > 2, let process = pid_t(parts[parts.count - 2]), process > 0
        else { return false }
        let tag = parts[parts.count - 3]
        if parts.count > 3, tag.count == Machine.tag.count, tag.allSatisfy(\.isHexDigit),
            tag != Machine.tag
        {
            var status = stat()
            guard unsafe stat(folder + "/" + name, &status) == 0 else { return false }
            return Date().timeIntervalSince1970 - Double(status.st_mtim.tv_sec) < patience
        }
        guard process != getpid() else { return false }
        return kill(process, 0) == 0 || errno == EPERM
    }

    /// The names in `folder`, sorted by their bytes.
    package static func names(in folder: String) throws(FormatError) -> [String] {
        var opened = unsafe opendir(folder)
        while unsafe opened == nil, errno == EINTR { unsafe opened = unsafe opendir(folder) }
        guard let stream = unsafe opened else { throw .system(folder, "list") }
        defer { _ = unsafe closedir(stream) }
        var names: [String] = []
        errno = 0
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            if name != "." && name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw .system(folder, "list") }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
