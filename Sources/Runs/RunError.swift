import Formats

/// What is wrong with a folder of a run or of a sweep.
public enum RunError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Another process writes there.
    case busy(folder: String)
    /// The folder holds something, but no run or sweep.
    case notARun(folder: String, missing: String)
    /// The folder holds those of studies.
    case severalSweeps(folder: String, names: [String])
    /// The folder holds a run of another configuration.
    case otherConfiguration(folder: String, difference: String)
    /// The folder holds a run that differs in what determines its result; `others` counts further runs of
    /// which the same is true.
    case otherIdentity(folder: String, differences: [RunIdentity.Difference], others: Int = 0)
    /// The folder does not say all that determines the result of its run.
    case unknownIdentity(folder: String, parts: [RunIdentity.Part], others: Int = 0)
    /// A later version of ballast wrote the file.
    case newerFormat(file: String, found: Int, known: Int)
    /// A file of the folder does not say what it should.
    case damaged(file: String, reason: String)
    /// The system refuses.
    case system(path: String, operation: String, reason: String)

    /// What the system refused of a file.
    init(_ error: FormatError) {
        guard case .system(let path, let operation, _, _) = error else {
            self = .damaged(file: error.path, reason: "\(error)")
            return
        }
        let reason = "\(error)".dropFirst("\(path): \(operation): ".count)
        self = .system(path: path, operation: operation, reason: String(reason))
    }

    /// A sentence for the reader, with the next step.
    public var description: String {
        switch self {
        case .busy(let folder):
            "\(folder): another process is training there; wait for it or choose another --out"
        case .notARun(let folder, let missing):
            "\(folder): not a folder of ballast (no \(missing)); give the folder that --out named"
        case .severalSweeps(let folder, let names):
            "\(folder): holds the folders of studies; give one of them: "
                + names.map { "\(folder)/\($0)" }.joined(separator: ", ")
        case .otherConfiguration(let folder, let difference):
            "\(folder): holds a run of another configuration (\(difference)); choose another --out"
        case .otherIdentity(let folder, let differences, let others):
            Self.text(folder, differences, others)
        case .unknownIdentity(let folder, let parts, let others):
            "\(folder): does not say \(Self.words(parts)) it was trained"
                + (others == 0
                    ? "" : others == 1 ? ", nor does 1 other run" : ", nor do \(others) other runs")
                + "; --accept-unknown takes it as equal, or choose another --out"
        case .newerFormat(let file, let found, let known):
            "\(file): has format \(found), and this ballast reads up to \(known); use the version "
                + "that wrote it"
        case .damaged(let file, let reason):
            "\(file): \(reason); restore it, or "
                + (["/manifest.json", "/sweep.json"].contains(where: file.hasSuffix)
                    ? "choose another --out"
                    : "move it away and run the same command again, which recreates it")
        case .system(let path, let operation, let reason): "\(path): \(operation): \(reason)"
        }
    }

    /// What a run differs in, most important part first, with the next step.
    private static func text(
        _ folder: String, _ differences: [RunIdentity.Difference], _ others: Int
    ) -> String {
        let part = differences.first?.part ?? .configuration
        let own = differences.filter { $0.part == part }
        let listed = own.prefix(4).map { "\($0.key): \($0.there) there, \($0.here) asked for" }
        let rest = own.count - listed.count
        let what =
            switch part {
            case .configuration: "another configuration"
            case .data: "other data"
            case .numerics: "another numerics version"
            case .engine: "another engine"
            }
        let next =
            switch part {
            case .configuration: "choose another --out"
            case .data: "restore the text, or choose another --out"
            case .numerics: "use the version of ballast that began it, or choose another --out"
            case .engine:
                "compute as it began, choose another --out, or go on with --accept-engine, which "
                    + "its manifest then says"
            }
        return "\(folder): holds a run of \(what) (\(listed.joined(separator: "; "))"
            + (rest > 0 ? "; and \(rest) more" : "") + ")"
            + (others == 0
                ? "" : ", and so \(others == 1 ? "does 1 other run" : "do \(others) other runs")")
            + "; \(next)"
    }

    /// `on which data, by which engine`.
    private static func words(_ parts: [RunIdentity.Part]) -> String {
        parts.map { part in
            switch part {
            case .configuration: "with which configuration"
            case .data: "on which data"
            case .numerics: "under which numerics version"
            case .engine: "by which engine"
            }
        }.joined(separator: ", ")
    }
}
