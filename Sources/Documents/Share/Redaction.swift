import Foundation

/// What a report that leaves its machine does not say: where folders are, and what hosts are called.
public struct Redaction: Sendable {
    /// Paths with what stands for them, the longest first.
    private let paths: [(path: String, word: String)]
    private let hosts: [String]

    /// Gathers what is not to be said.
    ///
    /// - Parameters:
    ///   - folder: The folder of the report.
    ///   - workingDirectory: Where the command runs.
    ///   - home: The home folder of who runs it.
    ///   - hosts: Names of machines.
    public init(folder: String, workingDirectory: String, home: String, hosts: [String]) {
        func whole(_ path: String) -> [String] {
            let url = URL(fileURLWithPath: path)
            return [url.standardizedFileURL.path, url.resolvingSymlinksInPath().path]
        }
        let known =
            whole(workingDirectory).map { ($0, ".") } + whole(folder).map { ($0, "FOLDER") }
            + whole(home).map { ($0, "~") }
        var seen: Set<String> = []
        paths = known.filter { $0.0.count > 1 && seen.insert($0.0).inserted }
            .sorted { $0.0.count > $1.0.count }.map { (path: $0.0, word: $0.1) }
        self.hosts = Set(hosts).filter { !$0.isEmpty && $0 != "localhost" }
            .sorted { $0.count > $1.count }
    }

    /// A text without any of it: known folders by a word, of other absolute paths the last part alone.
    ///
    /// - Parameter text: The text; of a page no script.
    /// - Returns: The text.
    public func text(_ text: String) -> String {
        var text = text
        for (path, word) in paths {
            text = Self.replacing(
                NSRegularExpression.escapedPattern(for: path) + #"(?![\w.-])"#, in: text, with: word
            )
        }
        text = Self.replacing(
            #"(?<![\w.:/<~-])/(?:[\w.+@~=,-]+/)+([\w.+@~=,-]+)"#, in: text, with: "…/$1")
        for host in hosts {
            let name = NSRegularExpression.escapedPattern(for: host)
            text = Self.replacing(#"(?<![\w-])"# + name + #"(?![\w-])"#, in: text, with: "HOST")
        }
        return text
    }

    /// A page without any of it, whose links lead to nothing beside it but its figures.
    ///
    /// - Parameter page: The page.
    /// - Returns: The page; scripts other than its figures are as they were.
    public func page(_ page: String) -> String {
        var parts = page.components(separatedBy: "<script>")
        for index in parts.indices {
            guard index > 0 else {
                parts[index] = text(images(unlinked(parts[index])))
                continue
            }
            guard let end = parts[index].range(of: "</script>") else { continue }
            var script = String(parts[index][..<end.lowerBound])
            if script.hasPrefix("window.ballastFigures = ") { script = text(script) }
            let rest = String(parts[index][end.lowerBound...])
            parts[index] = script + text(images(unlinked(rest)))
        }
        return parts.joined(separator: "<script>")
    }

    /// Links to folders that are not shared, as their words alone.
    private func unlinked(_ text: String) -> String {
        Self.replacing(
            #"<a href="(?:(?!figures/|#|https?:)[^"]*)"[^>]*>(.*?)</a>"#, in: text, with: "$1")
    }

    /// Drawings that a page holds.
    private func images(_ text: String) -> String {
        let mark = "data:image/svg+xml;base64,"
        var parts = text.components(separatedBy: mark)
        for index in parts.indices.dropFirst() {
            guard let end = parts[index].firstIndex(of: "\""),
                let data = Data(base64Encoded: String(parts[index][..<end]))
            else { continue }
            let drawing = Data(self.text(String(decoding: data, as: UTF8.self)).utf8)
            parts[index] = drawing.base64EncodedString() + parts[index][end...]
        }
        return parts.joined(separator: mark)
    }

    private static func replacing(_ pattern: String, in text: String, with template: String)
        -> String
    {
        guard let expression = try? NSRegularExpression(pattern: pattern) else {
            preconditionFailure("Redaction: \(pattern) is no pattern")
        }
        return expression.stringByReplacingMatches(
            in: text, range: NSRange(text.startIndex..., in: text), withTemplate: template)
    }
}
