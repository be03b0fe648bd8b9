import ArgumentParser
import Ballast

/// `ballast program`.
struct ProgramCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "program", abstract: "Print the training step as text.",
        discussion: """
            In the text of --format stablehlo repeated blocks are loops, with their parameters in \
            stacks; training on --engine xla puts a loop over steps around it.
            """)

    /// The languages of `--format`.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case text
        case stablehlo
    }

    @Argument(help: "A configuration in YAML.")
    var config: String

    @Option(name: .customLong("set"), help: "Override a key: model.width=32.")
    var overrides: [String] = []

    @Option(help: "The language: Ballast's own, or StableHLO.")
    var format = Format.text

    @Flag(help: "Replace composites by their bodies.")
    var inlined = false

    func validate() throws {
        if inlined, format == .stablehlo {
            throw ValidationError("--inlined is for --format text; StableHLO has no composites")
        }
    }

    func run() throws {
        let configuration = try ConfigurationFile.read(config, overrides: overrides)
        let step = try TrainingProgram(configuration)
        switch format {
        case .text:
            let program = inlined ? try step.program.inlined { _ in true } : step.program
            print(program, terminator: "")
        case .stablehlo:
            print(try StableHLOModule(step.program, donations: step.donations).text, terminator: "")
        }
    }
}
