/// How a report was made, so that a person can make it again.
public struct ReportOrigin: Sendable, Hashable {
    /// The command, as one would type it.
    public var command: String
    /// The configurations that runs were made of, each with the digest of its resolved text.
    public var configurations: [Configuration]
    /// The version of ballast.
    public var version: String
    /// What was trained, by name, where no folder of a run says it.
    package var facts: [Fact] = []

    /// The same as a table; nil where it is not known.
    package var trained: Table? {
        facts.isEmpty
            ? nil
            : Table(
                [.word(""), .prose("")],
                facts.map { [.init($0.name, .muted), .init($0.text)] })
    }

    /// A line of what was trained.
    package struct Fact: Sendable, Hashable {
        /// What it is about.
        package var name: String
        /// What there is to say.
        package var text: String

        /// Says something.
        package init(name: String, text: String) {
            self.name = name
            self.text = text
        }
    }

    /// A configuration.
    public struct Configuration: Sendable, Hashable {
        /// What the report calls it.
        public var name: String
        /// The digest of its resolved text.
        public var digest: String

        /// Names a configuration.
        ///
        /// - Parameters:
        ///   - name: What the report calls it.
        ///   - digest: The digest of its resolved text.
        public init(name: String, digest: String) {
            self.name = name
            self.digest = digest
        }
    }

    /// Describes how a report was made.
    ///
    /// - Parameters:
    ///   - command: The command, as one would type it.
    ///   - configurations: The configurations that runs were made of.
    ///   - version: The version of ballast.
    public init(command: String, configurations: [Configuration] = [], version: String) {
        self.command = command
        self.configurations = configurations
        self.version = version
    }

    /// What was done, by name.
    var rows: [(name: String, text: String)] {
        [("command", command)]
            + configurations.map {
                ("configuration", $0.name.isEmpty ? $0.digest : "\($0.name): \($0.digest)")
            } + [("version", "ballast \(version)")]
    }

    /// A section of a page.
    package var section: String {
        """
        <section><h2>How this was made</h2>
        \(HTML.definitions(rows))</section>

        """
    }
}
