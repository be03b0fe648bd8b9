import ArgumentParser

/// `ballast verify`.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Test an invariance of a recipe: PASS, FAIL or INCONCLUSIVE.",
        subcommands: [
            VerifyDeterminismCommand.self, VerifyPermutationCommand.self, VerifyHorizonCommand.self,
        ])
}
