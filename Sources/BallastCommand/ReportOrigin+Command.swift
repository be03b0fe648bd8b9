import Ballast
import Slurm

extension ReportOrigin {
    /// The command that runs now, with what it trains.
    ///
    /// - Parameter configurations: The configurations, each with what the report calls it.
    /// - Returns: The command as one would type it, digests and version.
    static func ofThisCommand(_ configurations: [Configuration] = []) -> ReportOrigin {
        let words = CommandLine.arguments.dropFirst().map(ShellWord.quoted)
        return ReportOrigin(
            command: (["ballast"] + words).joined(separator: " "), configurations: configurations,
            version: Run.versionAndCommit)
    }

    /// The command that runs now, with the recipes that it trains.
    static func ofThisCommand(_ recipes: [Recipe]) -> ReportOrigin {
        ofThisCommand(
            recipes.map { Configuration(name: $0.name, digest: $0.configuration.digest) })
    }
}
