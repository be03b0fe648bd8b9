import ArgumentParser
import Ballast
import Foundation
import Recipes

/// `ballast export`.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract:
            "Write a recipe or a prescription as code for PyTorch, Hugging Face, Optax or torchtitan.",
        discussion: """
            One module of Python: parameter groups by names with learning rate, decay, epsilon and start \
            as `ballast config` prints them at the model's sizes, the schedule, the loss, and each \
            mitigation as a named change with its source. A learning rate that no proxy validates says \
            so in the code. Every parameter is in exactly one group, or the code says which is not.
            """)

    @Argument(help: "A recipe (YAML), or the folder or prescription.yaml of ballast prescribe.")
    var from: String

    @Option(
        help: ArgumentHelp(
            "What to write: "
                + ExportFormat.allCases.map(\.rawValue).joined(separator: ", ") + "."))
    var format: String

    @Option(help: "The file to write; without it the code is printed.")
    var out: String?

    @Option(help: "Whose names parameters have, as llama, where the recipe does not say.")
    var family: String?

    @Option(name: .customLong("set"), help: "Override a key: optimizer.learning-rate=3e-3.")
    var overrides: [String] = []

    func run() throws {
        guard let format = ExportFormat(rawValue: format) else {
            throw ValidationError(
                "--format \(format): there are "
                    + ExportFormat.allCases.map(\.rawValue).joined(separator: ", "))
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
