import ArgumentParser
import Ballast
import Foundation
import Recipes

/// `ballast export`.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract:
            "Export a recipe as code, a run's weights for Hugging Face, or its log as a table.",
        usage: "ballast export <from> --format <format> [<options>]",
        discussion: """
            From a run: --format huggingface writes a folder that transformers loads, with the same logits \
            (Llama, Qwen 3 or OLMo 2, whichever has the model's features; if none has, the error names the \
            feature); csv and jsonl write its log, one row for each step and metric.

            From a recipe or a prescription: a Python module with parameter groups by name (learning rate, \
            decay, epsilon and initialization as `ballast config` prints them, at the model's sizes), the \
            schedule, the loss, and each mitigation as a named change with its source. A learning rate that \
            no proxy validates says so in the code. Every parameter is in exactly one group, or the code \
            names those that are not.
            """)

    @Argument(
        help:
            "A recipe (YAML), the folder or prescription.yaml of ballast prescribe, or a run's folder."
    )
    var from: String

    @Option(
        help: ArgumentHelp(
            "What to write: " + ExportCommand.formats + "."))
    var format: String

    @Option(
        help: "The file to write, or the folder for huggingface; printed if left out.")
    var out: String?

    @Option(help: "The family whose parameter names to use, as llama, if the recipe does not say.")
    var family: String?

    @Option(help: "The step of the checkpoint to export; by default the newest.")
    var checkpoint: Int?

    @Option(name: .customLong("set"), help: "Override a key: optimizer.learning-rate=3e-3.")
    var overrides: [String] = []

    /// All formats, of recipes and of runs.
    private static let formats =
        (ExportFormat.allCases.map(\.rawValue) + RunExportFormat.allCases.map(\.rawValue))
        .joined(separator: ", ")

    func run() throws {
        if let format = RunExportFormat(rawValue: format) { return try exportRun(format) }
        guard let format = ExportFormat(rawValue: format) else {
            throw ValidationError("--format \(format): there are \(Self.formats)")
        }
        let source = try ExportSource(from, overrides: overrides)
        guard
            let target = family.map({
                TargetModel(
                    family: $0,
                    vocabulary: source.target?.vocabulary ?? source.configuration.model.vocabulary)
            }) ?? source.target
        else {
            throw ConfigurationError.malformed(
                source: from, key: "target.family",
                reason:
                    "is missing: give --family, as llama, or make the recipe with ballast recipe")
        }
        let plan = try ExportPlan(
            source.configuration, target: target, family: format.family, status: source.status,
            isValidated: source.isValidated)
        let command = "ballast export \(from) --format \(format.rawValue)"
        let text = format.text(plan, command: command)
        guard let out else { return Terminal.write(text) }
        try AtomicFile.write(text, to: out)
        Terminal.line(
            "\(format.rawValue) for \(plan.family.name) in \(out): \(plan.groups.count) groups; "
                + (plan.isValidated ? "learning rate: " : "UNVALIDATED learning rate: ")
                + plan.status)
        for change in plan.changes {
            Terminal.line("  \(change.name) (\(change.source)): \(change.form.words)")
        }
    }
}

extension ModelChange.Form {
    /// Where a change is made, for people.
    fileprivate var words: String {
        switch self {
        case .included: "in the code"
        case .python: "by apply_changes(model)"
        case .byHand: "to be made by hand"
        }
    }
}
