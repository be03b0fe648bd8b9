import Documents
import Foundation
import Sweeps
import Testing

/// Nothing in a page asks a network for anything.
func checkOffline(_ page: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let requests: [Regex<Substring>] = [
        /(?i:src|href|action|data|poster|srcset)\s*=\s*["']?\s*(?:(?i:https?|wss?|ftp):)?\/\//,
        /@import/, /(?i:url)\(\s*["']?\s*(?:(?i:https?):)?\/\//, /\bfetch\s*\(/,
        /XMLHttpRequest/, /importScripts/, /<link\b/, /<iframe\b/,
    ]
    for request in requests {
        #expect(page.firstMatch(of: request) == nil, sourceLocation: sourceLocation)
    }
    #expect(page.contains("default-src 'none'"), sourceLocation: sourceLocation)
}

/// Every place of the page that a link of its own leads to is there, once.
func checkAnchors(_ page: String, sourceLocation: SourceLocation = #_sourceLocation) {
    for link in page.matches(of: /href="#([^"]*)"/) {
        let places = page.components(separatedBy: "id=\"\(link.1)\"").count - 1
        #expect(places == 1, "\(link.1): \(places) places", sourceLocation: sourceLocation)
    }
}

extension StudyResult {
    /// Writes the page of a result, as a session does.
    func write(
        to folder: String, vegaBundle: String?, python: String?, origin: ReportOrigin
    ) throws -> [String] {
        try report(to: folder, origin: origin, vegaBundle: vegaBundle, python: python)
    }
}
