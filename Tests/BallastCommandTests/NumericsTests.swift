import Formats
import Foundation
import Runs
import Testing

/// The numerics version is the word that earlier results still hold: it is raised when bits change.
@Suite("the numerics version")
struct NumericsTests {
    /// SHA-256 of a parameter after sixty steps, by numerics version.
    private static let known = [
        1: "22d0e07e0263014eac78e063333860827848cec414a3df8d0f0fbb046ca29940",
        2: "3f319e67b5c623d1931e9d511b329ad8b963c4739ce355d60b65a19f2ac83177",
        3: "196ed9b8358169e1ecdb5230a0e272f8e11ea512150925211c5600357cd063ee",
    ]

    @Test("is that of the bits: where these changed, raise it and add the new digest")
    func bits() throws {
        // The C library has other exponentials for processors without fused multiply-add.
        let flags = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        guard flags.contains(" fma ") else { return }
        let scratch = try Tool.Scratch()
        let config = try scratch.file(
            "config.yaml",
            """
            model: {width: 16, depth: 1, context: 16, head-dimension: 8}
            optimizer: {learning-rate: 1e-2}
            data: {text: [text.txt], batch: 2}
            steps: 60
            evaluation: {every: 0, batches: 1}
            """)
        let outcome = try Tool.run(
            ["train", config, "--out", scratch.path + "/run", "--quiet"], in: scratch,
            environment: ["BALLAST_ISA": "portable"])
        #expect(outcome.code == 0, "\(outcome.errors)")
        let file = try SafetensorsFile(path: RunFolder(scratch.path + "/run").checkpoint(60))
        #expect(
            file.metadata["sha256.parameter/head"] == Self.known[RunIdentity.numericsVersion],
            "bits changed: raise RunIdentity.numericsVersion")
    }
}
