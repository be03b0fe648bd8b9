import Foundation

/// The commit of the sources that this program was built from, as far as its place tells.
public enum SourceCommit {
    /// That of this process; nil where its place does not say.
    public static let ofThisProgram: String? = {
        let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return link.flatMap(of(executable:))
    }()

    /// The commit that an executable's place says.
    ///
    /// An installed one has it in `share/ballast/commit` of its prefix. One in the build folder of a checkout takes the
    /// commit that is checked out, which changes that are not committed are no part of.
    ///
    /// - Parameter executable: Its path.
    /// - Returns: Twelve hexadecimal digits.
    package static func of(executable: String) -> String? {
        let url = URL(fileURLWithPath: executable).standardizedFileURL
        let prefix = url.deletingLastPathComponent().deletingLastPathComponent()
        if let installed = text(prefix.path + "/share/ballast/commit").flatMap(digits) {
            return installed
        }
        let parts = url.pathComponents
        guard let build = parts.firstIndex(where: { $0.hasPrefix(".build") }) else { return nil }
        let git = parts[1..<build].map { "/" + $0 }.joined() + "/.git"
        guard let head = text(git + "/HEAD") else { return nil }
        guard head.hasPrefix("ref: ") else { return digits(head) }
        let name = String(head.dropFirst(5))
        if let loose = text(git + "/" + name).flatMap(digits) { return loose }
        let packed = (text(git + "/packed-refs") ?? "").split(separator: "\n")
        return packed.first { $0.hasSuffix(" " + name) }.flatMap { digits(String($0)) }
    }

    /// A short file, without the space about it.
    private static func text(_ path: String) -> String? {
        (try? String(contentsOfFile: path, encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The first twelve of forty hexadecimal digits at the start of a text.
    private static func digits(_ text: String) -> String? {
        let digits = text.prefix(40)
        guard digits.count == 40, digits.allSatisfy(\.isHexDigit) else { return nil }
        return String(digits.prefix(12))
    }
}
