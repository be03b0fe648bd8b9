import ArgumentParser
import Ballast

/// `ballast program`.
struct ProgramCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "program", abstract: "Print the training step as text.",
        usage: "ballast program <config> [<options>]",
        discussion: """
            With --format stablehlo, repeated blocks are loops over stacked parameters; \
            --engine xla adds a loop over steps around the program.
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

    @Flag(help: "Inline composites: replace each by its body.")
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
