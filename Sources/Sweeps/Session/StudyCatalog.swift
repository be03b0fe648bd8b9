import Foundation
public import Runs

/// Kinds of studies, by which their results are found again.
public struct StudyCatalog: Sendable {
    /// The kinds.
    public let kinds: [any StudyKind.Type]

    /// Gathers kinds.
    public init(_ kinds: [any StudyKind.Type]) { self.kinds = kinds }

    /// Whether a kind is there.
    func contains(_ kind: any StudyKind.Type) -> Bool { kinds.contains { $0 == kind } }

    /// The results that stand in a folder, each written by a study of its kind.
    ///
    /// - Parameter folder: The folder.
    /// - Returns: The results, in the order of the kinds.
    /// - Throws: `RunError.damaged(file:reason:)` for one that does not parse.
    public func results(in folder: String) throws(RunError) -> [any StudyResult] {
        var results: [any StudyResult] = []
        for kind in kinds {
            if let result = try kind.result(in: folder) { results.append(result) }
        }
        return results
    }
}

extension StudyKind {
    /// The result that stands in a folder; nil where there is none.
    fileprivate static func result(in folder: String) throws(RunError) -> (any StudyResult)? {
        let file = folder + "/" + Result.file
        guard FileManager.default.fileExists(atPath: file) else { return nil }
        do {
            return try Result(json: Data(contentsOf: URL(fileURLWithPath: file)))
        } catch {
            throw .damaged(
                file: file,
                reason:
                    "does not parse as a result of this version (\(error)); the command that made "
                    + "it writes it again")
        }
    }
}
