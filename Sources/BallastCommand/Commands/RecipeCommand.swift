import ArgumentParser
import Ballast
import Foundation
import Recipes

/// `ballast recipe`.
struct RecipeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recipe",
        abstract:
            "Turn another tool's configuration into a recipe, field by field.",
        usage: "ballast recipe <from> [<options>]",
        discussion: """
            Reads Hugging Face's config.json (Llama, Mistral, Qwen 2 and 3, OLMo 2, Gemma 2, GPT-2, \
            GPT-NeoX) with a Trainer's arguments beside it (training_args.json, trainer_state.json, or \
            --arguments), a configuration of nanoGPT, which is read and never executed, \
            or one of torchtitan (llama3).

            Each field is taken over, approximated (with the cost, where known) or has no counterpart. \
            The recipe keeps the model's own sizes except for the vocabulary: proxies read bytes, and \
            target.vocabulary keeps the model's. Next: ballast prescribe, or ballast export.
            """)

    @Argument(
        help:
            "A config.json, its folder, or a configuration of nanoGPT (.py) or torchtitan (.toml).")
    var from: String

    @Option(help: "The recipe to write.")
    var out: String?

    @Option(help: "A Trainer's arguments as JSON; without it those beside config.json.")
    var arguments: String?

    @Flag(help: "Also show fields that are unrelated to training.")
    var all = false

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let recipe = try RecipeTranslation.read(from, arguments: arguments)
        if let out { try AtomicFile.write(recipe.yaml, to: out) }
        if json { return Terminal.line(try RecipeText.json(recipe)) }
        Terminal.write(
            RecipeText.document(recipe, isWhole: all, out: out)
                .text(columns: Terminal.columns, usesColour: Terminal.usesColour))
    }
}
