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
            case EACCES, EPERM, EROFS: "check the permissions of \(folder(of: path))"
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
        descriptor = retrying { unsafe open(path, flags | O_CLOEXEC, 0o666) }
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
private func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}
