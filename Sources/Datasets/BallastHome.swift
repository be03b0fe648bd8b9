import Foundation

/// The folder of fetched and derived things: text, token caches, the drawing bundle.
///
/// ```
/// text/gcide.txt      corpora that scripts/setup.sh fetched
/// cache/*.tokens      what ``TokenCache`` keeps; may be deleted at any time
/// ```
public enum BallastHome {
    /// Where the folder stands for this process, which need not exist yet.
    public static var path: String {
        path(
            environment: ProcessInfo.processInfo.environment,
            currentFolder: FileManager.default.currentDirectoryPath)
    }

    /// Where the folder stands, which need not exist yet.
    ///
    /// The first that applies: the variable `BALLAST_HOME`; `.ballast` beside the nearest
    /// `Package.swift` in the current folder or above it; `~/.local/share/ballast`.
    ///
    /// - Parameters:
    ///   - environment: The variables of the process.
    ///   - currentFolder: The folder from which to look for `Package.swift`, an absolute path.
    /// - Returns: The path of the folder.
    public static func path(environment: [String: String], currentFolder: String) -> String {
        if let home = environment["BALLAST_HOME"], !home.isEmpty { return home }
        var folder = currentFolder[...]
        while true {
            while folder.last == "/" { folder.removeLast() }
            if kindOfFile("\(folder)/Package.swift") == .file { return "\(folder)/.ballast" }
            guard let slash = folder.lastIndex(of: "/") else { break }
            folder = folder[..<slash]
        }
        return HomePath.home(environment) + "/.local/share/ballast"
    }
}
