import ArgumentParser

/// `ballast verify`.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Put an invariance of a recipe to the test: PASS, FAIL or INCONCLUSIVE.",
        subcommands: [
            VerifyDeterminismCommand.self, VerifyPermutationCommand.self, VerifyHorizonCommand.self,
        ])
}
