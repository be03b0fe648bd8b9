import Ballast

/// What `ballast --version` prints: all that tells whether two machines' results are comparable.
enum VersionText {
    /// A line each for the tool, the formats of files, numerics, and what computes by default.
    static var text: String {
        let formats = FormatVersion.allCases.map { "\($0.rawValue) \($0.current)" }
        let set = (try? EngineChoice.instructionSet()) ?? .best
        return """
            ballast \(Run.version)
            formats: \(formats.joined(separator: ", "))
            numerics: \(RunIdentity.numericsVersion)
            engine: cpu, instruction set \(set.rawValue), oneDNN \(CPUEngine.oneDNNVersion)
            build: \(RunIdentity.build)
            commit: \(SourceCommit.ofThisProgram ?? "not known")
            """
    }
}
