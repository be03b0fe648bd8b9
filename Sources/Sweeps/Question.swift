package import Training

/// What a study asks of a configuration, as a name for the folder of its results.
///
/// Two questions about one configuration, as with other interventions or more seeds, have folders of their
/// own side by side, so that neither result replaces the other; their runs they share.
package struct Question {
    private let digest: String

    /// Describes a question.
    ///
    /// - Parameters:
    ///   - cells: All runs, by name and configuration.
    ///   - settings: What the runs are judged by.
    package init(_ cells: [Study.Cell], settings: [Double]) {
        let parts =
            cells.map { "\($0.name) \($0.configuration.digest)" } + settings.map { "\($0)" }
        digest = ConfigurationDigest.text(of: parts.joined(separator: "\n"), bytes: 4)
    }

    /// The folder's name: the kind of study, the configuration and the question.
    package func name(_ kind: String, of configuration: RunConfiguration) -> String {
        "\(kind)-\(configuration.digest)-\(digest)"
    }
}
