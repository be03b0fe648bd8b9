import Foundation

/// The system's words for an error number.
func systemMessage(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }

/// The folder that holds `path`.
func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

extension FormatError {
    /// An error of the current `errno`, with the step that usually mends it.
    package static func system(_ path: String, _ operation: String, code: Int32 = errno)
        -> FormatError
    {
        let advice =
            switch code {
            case ENOSPC, EDQUOT:
                "free space on \(folder(of: path)) and run the same command again: it resumes"
            case EFBIG: "raise the limit of file sizes (ulimit -f) and run the same command again"
            case ENOENT, ENOTDIR, EISDIR: "check the path"
            case EEXIST: "a file stands where a folder is needed: move it, or name another"
            case ENAMETOOLONG: "choose a shorter name"
            case EACCES, EPERM, EROFS: "check the permissions of \(folder(of: path))"
            case ENOMEM: "free memory and run the same command again"
            case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
            default: "check the disk and run the same command again"
            }
        return .system(path: path, operation: operation, code: code, advice: advice)
    }
}

/// An open file, closed when the last reference to it goes.
package final class OpenFile: Sendable {
    package let path: String
    let descriptor: Int32

    package init(_ path: String, _ flags: Int32, operation: String = "open") throws(FormatError) {
        self.path = path
        // Opening a named pipe to read would wait for a writer; size() then refuses it.
        let waits = flags & O_ACCMODE == O_RDONLY ? O_NONBLOCK : 0
        descriptor = retrying { unsafe open(path, flags | waits | O_CLOEXEC, 0o666) }
        guard descriptor >= 0 else { throw .system(path, operation) }
    }

    deinit { _ = close(descriptor) }

    /// The present size in bytes.
    package func size() throws(FormatError) -> Int {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .system(path, "size") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .unsupported(
                path: path, place: "open", found: "not a regular file", advice: "check the path")
        }
        return Int(status.st_size)
    }

    /// Reads up to `count` bytes at `offset` and appends them; fewer only at the end of the file.
    func read(_ count: Int, at offset: Int, into bytes: inout [UInt8]) throws(FormatError) {
        var failure: Int32 = 0
        let piece = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = retrying {
                    unsafe pread(
                        descriptor, buffer.baseAddress.map { unsafe $0 + filled }, count - filled,
                        off_t(offset + filled))
                }
                if got < 0 { failure = errno }
                guard got > 0 else { return }
                filled += got
            }
        }
        guard failure == 0 else { throw .system(path, "read", code: failure) }
        if bytes.isEmpty { bytes = piece } else { bytes += piece }
    }

    /// Fills `buffer` from `offset` on; returns fewer bytes only at the end of the file.
    package func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer)
        throws(FormatError) -> Int
    {
        var filled = 0
        while filled < buffer.count {
            let got = retrying {
                unsafe pread(
                    descriptor, buffer.baseAddress.map { unsafe $0 + filled },
                    buffer.count - filled, off_t(offset + filled))
            }
            guard got >= 0 else { throw .system(path, "read") }
            if got == 0 { break }
            filled += got
        }
        return filled
    }

    /// Writes all of `bytes` from `start` on, and moves `start` past what was written.
    package func write(_ bytes: [UInt8], from start: inout Int) throws(FormatError) {
        while start < bytes.count {
            let put = unsafe bytes.withUnsafeBytes { buffer in
                // One call writes at most 2 GiB, whatever is asked for.
                retrying {
                    unsafe Foundation.write(
                        descriptor, buffer.baseAddress.map { unsafe $0 + start },
                        min(buffer.count - start, 1 << 30))
                }
            }
            guard put >= 0 else { throw .system(path, "write") }
            start += put
        }
    }

    /// Waits until the file's bytes are on the disk.
    func synchronize() throws(FormatError) {
        guard retrying({ Int(fsync(descriptor)) }) == 0 else { throw .system(path, "fsync") }
    }
}

/// Repeats a system call that a signal interrupted.
package func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}

/// A file that is read in one go.
package enum WholeFile {
    /// Up to `count` bytes from the start of a file, fewer only where it is shorter.
    ///
    /// - Throws: ``FormatError`` for what cannot be read, or is no regular file: a pipe is not waited for.
    package static func start(_ count: Int, of path: String) throws(FormatError) -> [UInt8] {
        let file = try OpenFile(path, O_RDONLY)
        var bytes: [UInt8] = []
        try file.read(min(count, try file.size()), at: 0, into: &bytes)
        return bytes
    }

    /// Bytes of a file that people or tools write as text.
    package static let usualLimit = 1 << 30

    /// Half of this machine's memory: what a file of numbers may take.
    package static var limitOfMemory: Int {
        Int(clamping: ProcessInfo.processInfo.physicalMemory / 2)
    }

    /// The bytes of a file; nil where there is none.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - limit: Its most bytes: a file of holes, or another in its place, takes no memory.
    /// - Returns: Its bytes.
    /// - Throws: ``FormatError/system(path:operation:code:advice:)`` where the file is there and cannot be
    ///   read, which says nothing about what it holds; ``FormatError/unsupported(path:place:found:advice:)``
    ///   where it is larger than the limit.
    package static func read(
        _ path: String, limit: Int = usualLimit
    ) throws(FormatError) -> [UInt8]? {
        do throws(FormatError) {
            let file = try OpenFile(path, O_RDONLY)
            let size = try file.size()
            guard size <= limit else {
                throw .unsupported(
                    path: path, place: "size",
                    found: "\(size) bytes, and at most \(limit) are read",
                    advice: "check the path")
            }
            var bytes: [UInt8] = []
            try file.read(size, at: 0, into: &bytes)
            return bytes
        } catch {
            if case .system(_, _, let code, _) = error, [ENOENT, ENOTDIR].contains(code) {
                return nil
            }
            throw error
        }
    }
}

/// Folders whose names are on the disk once they are made.
package enum Directory {
    /// Makes a folder, and those above it that are missing; one that is there stays as it is.
    ///
    /// - Throws: ``FormatError/system(path:operation:code:advice:)``.
    package static func create(_ path: String) throws(FormatError) {
        if try make(path) { return }
        let parent = folder(of: path)
        guard errno == ENOENT, parent != path, parent != "." else {
            throw .system(path, "create the folder")
        }
        try create(parent)
        guard try make(path) else { throw .system(path, "create the folder") }
    }

    /// Whether the folder is there after the attempt to make it; `errno` says why not.
    private static func make(_ path: String) throws(FormatError) -> Bool {
        if retrying({ unsafe mkdir(path, 0o777) }) == 0 {
            do throws(FormatError) {
                try AtomicFile.synchronizeFolder(folder(of: path))
            } catch .system(_, _, let code, _) where code == EACCES || code == EPERM {
                // A folder that may be entered and not listed cannot be flushed either.
            }
            return true
        }
        guard errno == EEXIST else { return false }
        var status = stat()
        if unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return true }
        errno = EEXIST
        return false
    }
}
