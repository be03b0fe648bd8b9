import Foundation
package import Training

/// Reads small files of other tools, within bounds.
package enum SourceFile {
    /// The longest file that is read, in bytes.
    private static let longest = 1 << 24

    /// The text of a file.
    ///
    /// - Parameter path: A plain file.
    /// - Returns: Its contents.
    /// - Throws: ``Training/ConfigurationError`` for a file that is not there, no plain file, too long or not
    ///   UTF-8.
    package static func text(at path: String) throws(ConfigurationError) -> String {
        let attributes = try? FileManager.default.attributesOfItem(atPath: resolved(path))
        guard let attributes else { throw .unreadable(file: path, reason: "no such file") }
        guard attributes[.type] as? FileAttributeType == .typeRegular else {
            throw .unreadable(
                file: path, reason: "is no plain file; give the config.json itself, or its folder")
        }
        guard let size = attributes[.size] as? Int, size <= longest else {
            throw .unreadable(
                file: path, reason: "is more than 16 MB, too much for a configuration")
        }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw .unreadable(file: path, reason: "cannot be read as UTF-8 text")
        }
        return text
    }

    /// The keys and values of a JSON file.
    package static func json(
        at path: String
    ) throws(ConfigurationError) -> [String: SourceValue] {
        let text = try text(at: path)
        do {
            return try JSONDecoder().decode([String: SourceValue].self, from: Data(text.utf8))
        } catch {
            throw .malformed(
                source: path, key: "", reason: "is not a JSON object of keys and finite values")
        }
    }

    private static func resolved(_ path: String) -> String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    }
}
