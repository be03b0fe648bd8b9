import Foundation

/// Files of a folder: reports, figures, results.
///
/// Nothing outside of it can be asked for.
package struct ServedFiles: Sendable {
    private let root: String
    /// The largest file that is sent, in bytes.
    private static let largest = 1 << 26
    private static let types = [
        "html": "text/html; charset=utf-8", "json": "application/json",
        "csv": "text/csv; charset=utf-8", "svg": "image/svg+xml", "png": "image/png",
        "yaml": "text/plain; charset=utf-8", "txt": "text/plain; charset=utf-8",
        "md": "text/plain; charset=utf-8", "js": "text/javascript; charset=utf-8",
    ]
    /// Reports bring their scripts along, so they run in a place of their own: without this server's cookies,
    /// and without a way to ask it, or anybody, for anything.
    private static let policy =
        "sandbox allow-scripts allow-downloads allow-popups; default-src 'none'; "
        + "script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
        + "img-src data: blob:; frame-ancestors 'none'"

    /// Files of a folder.
    ///
    /// - Parameter root: The folder, links resolved.
    package init(root: String) { self.root = root }

    /// A file.
    ///
    /// - Parameter path: Its folders and name, from the root. Each is opened from the one before and none may
    ///   be a link, so that it stands below the root whatever is renamed meanwhile.
    /// - Returns: The file; nil for what is not there, is no plain file, or is of a kind that is not sent.
    package func file(_ path: [String]) -> Response? {
        guard let name = path.last, path.count < 64,
            path.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." && !$0.contains("/") }),
            !path.contains(where: { $0.hasPrefix(".") || $0.utf8.contains(0) }),
            let type = Self.types[(name as NSString).pathExtension.lowercased()],
            let data = read(path)
        else { return nil }
        var response = Response(200, type, data)
        response.fields["Content-Security-Policy"] = Self.policy
        return response
    }

    private func read(_ path: [String]) -> Data? {
        var folder = unsafe open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return nil }
        defer { close(folder) }
        for part in path.dropLast() {
            let next = unsafe openat(
                folder, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard next >= 0 else { return nil }
            close(folder)
            folder = next
        }
        // A named pipe would wait for a writer.
        let file = unsafe openat(
            folder, path[path.count - 1], O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_size <= Self.largest
        else { return nil }
        return try? FileHandle(fileDescriptor: file, closeOnDealloc: false).readToEnd() ?? Data()
    }
}
