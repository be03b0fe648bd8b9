import ArgumentParser
import Ballast
import Recipes

/// `ballast probe`.
struct ProbeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Print a Python file that logs the norms of a PyTorch or JAX run.",
        discussion: """
            ballast probe pytorch > ballast_probe.py

            The file depends on torch or jax alone. It measures weights, gradients and updates, the largest \
            attention logit of each head with its causes, activations and the output's log Z, and writes \
            JSON lines (and an event file, where tensorboard is installed) under Ballast's tags: \
            `ballast import` and `ballast doctor` read them. How to use it, and what it leaves out under \
            torch.compile, is explained at its top.
            """)

    @Argument(
        help: ArgumentHelp(
            "The framework: " + ProbeScript.allCases.map(\.rawValue).joined(separator: ", ") + "."))
    var framework: String

    @Option(help: "The file to write; without it the code is printed.")
    var out: String?

    func run() throws {
        guard let script = ProbeScript(rawValue: framework) else {
            throw ValidationError(
                "probe \(framework): there are "
                    + ProbeScript.allCases.map(\.rawValue).joined(separator: ", "))
        }
        guard let out else { return Terminal.write(script.text) }
        try AtomicFile.write(script.text, to: out)
        Terminal.line(
            "the probe for \(script.rawValue) in \(out); usage is at the top of the file")
    }
}
