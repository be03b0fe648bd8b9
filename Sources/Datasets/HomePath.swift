import Foundation

/// Paths that begin with the user's home folder.
package enum HomePath {
    /// The home folder: the variable `HOME`, else what the system says of the user.
    package static func home(_ environment: [String: String]) -> String {
        environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory()
    }

    /// The path with `~` or `~/` at its start as the home folder, as a shell has it where there are no
    /// quotation marks; a folder of that name in the current one is `./~`.
    package static func expanded(_ path: String) -> String {
        guard path == "~" || path.hasPrefix("~/") else { return path }
        return home(ProcessInfo.processInfo.environment) + path.dropFirst()
    }
}
