import ArgumentParser
import Ballast

/// `ballast program`.
struct ProgramCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "program", abstract: "Print the training step as program text.")

    @Argument(help: "A configuration in YAML.")
    var config: String

    @Option(name: .customLong("set"), help: "Override a key: model.width=32.")
    var overrides: [String] = []

    @Flag(help: "Replace composites by their bodies.")
    var inlined = false

    func run() throws {
        let configuration = try ConfigurationFile.read(config, overrides: overrides)
        let program = try TrainingProgram(configuration).program
        print(inlined ? try program.inlined { _ in true } : program, terminator: "")
    }
}
