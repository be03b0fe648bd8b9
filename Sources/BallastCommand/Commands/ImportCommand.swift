import ArgumentParser
import Ballast
import Foundation
import Import
import ImportedRuns
import Recipes

/// `ballast import`.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Import logs of any tool as a folder of runs that studies and reports read.",
        usage: "ballast import <paths> ... --out <folder> [<options>]",
        discussion: """
            Reads event files of TensorBoard, CSV, TSV (a row per step, or a row per run), JSON lines, \
            trainer_state.json, .wandb and the text that nanoGPT, build-nanogpt, llm.c, modded-nanogpt, Megatron, \
            torchtitan, OLMo-core and Hugging Face's Trainer print, other text by --pattern, with the configuration beside them (config.yaml, hparams.yaml, args.json and \
            their like) and names as `lr=1e-3_w=256`. Nothing is modified. What runs differ in, where that \
            was found, and what was not understood is printed and stands in OUT/import.json.

            A Hugging Face folder (config.json and safetensors: Llama, Qwen 3 or OLMo 2 over the 256 bytes, \
            as ballast export writes it) becomes a run folder with its weights, for `ballast evaluate`.

            Afterwards give OUT to `ballast sensitivity`, `transfer`, `forecast` or `report`.
            """)

    @Argument(help: "Logs, or folders that hold them.")
    var paths: [String]

    @Option(help: "The folder for the runs; it must not hold any yet.")
    var out: String

    @Option(
        help: """
            What a setting or column is called: width=model/width. Words: \
            \(SettingNames.words.joined(separator: ", ")), or any key path.
            """)
    var column: [String] = []

    @OptionGroup var logs: LogOptions

    @Option(
        help:
            "The loss to compare runs by; validation loss if all have it, else training loss."
    )
    var loss: String?

    @Option(help: "The loss before the first step, for logs that do not record it.")
    var initialLoss: Double?

    func validate() throws {
        for text in column where !text.contains("=") || text.hasPrefix("=") || text.hasSuffix("=") {
            throw ValidationError("--column \(text): write KEY=NAME, as width=model/width")
        }
        if let initialLoss, !(initialLoss > 0 && initialLoss.isFinite) {
            throw ValidationError("--initial-loss \(initialLoss): must be a number above 0")
        }
    }

    func run() throws {
        if let path = paths.first, HuggingFaceImport.isModel(path) { return try takeModel(path) }
        var options = RunImport.Options()
        options.loss = loss
        options.initialLoss = initialLoss
        options.columns = column.map { text in
            let key = String(text.prefix { $0 != "=" })
            return (SettingNames.key(of: key) ?? key, String(text.dropFirst(key.count + 1)))
        }
        let reading = try logs.read
        var runs: [LoggedRun] = []
        for path in paths { runs += try LogReader.runs(at: path, options: reading) }
        let table = try RunImport(runs, options: options)
        try table.write(to: out)
        Terminal.line(table.text)
        Terminal.line("written to \(out); next: ballast sensitivity, transfer, forecast or report")
    }

    /// Takes the weights of a model.
    private func takeModel(_ path: String) throws {
        guard paths.count == 1 else {
            throw ValidationError("\(path) is a model, of which one is imported at a time")
        }
        let model = try HuggingFaceImport(path)
        try model.write(to: RunFolder(out))
        Terminal.line(
            "\(model.family.rawValue) of \(path) in \(out): \(model.parameters.count) tensors as a "
                + "checkpoint of step 0; next: ballast evaluate \(out) --text FILE")
    }
}
