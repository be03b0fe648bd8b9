import Formats
import Foundation

/// What stands at a path.
enum FileKind {
    case file, folder, other
}

/// What stands at `path`, links followed unless said otherwise; nil if nothing does.
func kindOfFile(_ path: String, followingLinks: Bool = true) -> FileKind? {
    var status = stat()
    let result = unsafe followingLinks ? stat(path, &status) : lstat(path, &status)
    guard result == 0 else { return nil }
    return switch status.st_mode & S_IFMT {
    case S_IFREG: .file
    case S_IFDIR: .folder
    default: .other
    }
}

/// A path with `*`, `?` and `[a-z]` in names, and `**` for any number of folders.
struct FilePattern {
    /// What a relative or an absolute path begins with.
    private let root: String
    /// The names between slashes.
    private let components: [String]

    /// Reads a pattern; nil if the text has no sign of one.
    init?(_ text: String) {
        guard text.contains(where: { "*?[".contains($0) }) else { return nil }
        var components = text.split(separator: "/").map(String.init)
        if components.last == "**" { components.append("*") }
        root = text.hasPrefix("/") ? "/" : ""
        self.components = components
    }

    /// The pattern of all files in `folder`, whatever their depth.
    init(filesOf folder: String) {
        root = folder.hasSuffix("/") ? folder : folder + "/"
        components = ["**", "*"]
    }

    /// The files that match, sorted by the bytes of their paths, each once.
    func files() throws(DatasetError) -> [String] {
        Set(try matches(under: root, components[...]))
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The files that match under `base`, which is empty or ends with a slash.
    private func matches(
        under base: String, _ rest: ArraySlice<String>
    ) throws(DatasetError) -> [String] {
        guard let head = rest.first else { return [] }
        let tail = rest.dropFirst()
        var found: [String] = []
        if head == "**" {
            found += try matches(under: base, tail)
            for name in try names(in: base)
            where !name.hasPrefix(".") && kindOfFile(base + name, followingLinks: false) == .folder
            {
                found += try matches(under: base + name + "/", rest)
            }
            return found
        }
        let isLiteral = !head.contains { "*?[".contains($0) }
        let names = isLiteral ? [head] : try names(in: base).filter { matches(head, $0) }
        for name in names {
            let path = base + name
            switch kindOfFile(path) {
            case .file where tail.isEmpty: found.append(path)
            case .folder where !tail.isEmpty: found += try matches(under: path + "/", tail)
            default: break
            }
        }
        return found
    }

    private func matches(_ pattern: String, _ name: String) -> Bool {
        // Unfinished files of another process are not text.
        if name.hasSuffix(AtomicFile.partialSuffix) { return false }
        return unsafe fnmatch(pattern, name, FNM_PERIOD) == 0
    }

    private func names(in base: String) throws(DatasetError) -> [String] {
        let folder = base.isEmpty ? "." : base
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            let cause = (error as? CocoaError)?.underlying as? POSIXError
            throw .unreadable(
                .system(
                    path: folder, operation: "list", code: cause?.code.rawValue ?? EIO,
                    advice: "check the permissions of the folder"))
        }
    }
}
