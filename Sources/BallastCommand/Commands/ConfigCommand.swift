import ArgumentParser
import Ballast
import Foundation
import Modular

/// `ballast config`.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Print the resolved configuration and its parameters.",
        usage: "ballast config [<config>] [<options>]")

    @Argument(help: "A configuration in YAML; by default the defaults are printed.")
    var config: String?

    @Option(name: .customLong("set"), help: "Override a key: optimizer.learning-rate=3e-3.")
    var overrides: [String] = []

    @Flag(help: "List all keys: type, range, default, unit, meaning.")
    var keys = false

    @Flag(help: "List all interventions.")
    var interventions = false

    @OptionGroup var layout: TextOptions

    @Flag(help: "With --keys or --interventions, print JSON.")
    var json = false

    func validate() throws {
        if json, !interventions, !keys {
            throw ValidationError("--json goes with --keys or --interventions")
        }
        if keys, interventions { throw ValidationError("--keys and --interventions: give one") }
        if keys, config != nil || !overrides.isEmpty {
            throw ValidationError("--keys lists all keys and takes no configuration")
        }
        if interventions, config != nil || !overrides.isEmpty {
            throw ValidationError("--interventions lists the catalog and takes no configuration")
        }
    }

    func run() throws {
        if interventions { return try printInterventions() }
        if keys { return print(json ? try KeyListing.json() : KeyListing.text()) }
        let configuration =
            if let config {
                try ConfigurationFile.read(config, overrides: overrides)
            } else {
                try ConfigurationFile.configuration(
                    from: ConfigurationFile.yaml(of: "", source: "defaults"), source: "defaults",
                    overrides: overrides)
            }
        for line in configuration.warnings { Terminal.printError("warning: " + line) }
        print(ConfigurationFile.text(of: configuration), terminator: "")
        let settings = try configuration.parameterSettings()
        let parameters = settings.map(\.specification)
        print(
            """
            # parameters: \(parameters.matrixCount) without embedding and head, \
            \(parameters.totalCount) in all
            """)
        let decay = decayLine(configuration, parameters)
        for line in Lines.wrapped(decay, to: max(layout.columns - 2, 20)) { print("# " + line) }
        print("# at the peak learning rate, and for gradients that are noise:")
        for line in table(of: settings, configuration) { print("# " + line) }
        if let algebra = configuration.algebra() {
            print("# the norm of the whole, of which a step has the learning rate:")
            for line in algebra.table.split(separator: "\n") { print("# " + line) }
        }
    }

    /// The decay of a step, where any parameter decays.
    private func decayLine(
        _ configuration: RunConfiguration, _ parameters: [ParameterSpecification]
    ) -> String {
        guard configuration.isDecayed(parameters) else { return "weight decay: none" }
        let decay = configuration.decay
        let rate = "weight decay: \(decay.form.rawValue), rate \(Terminal.number(decay.rate))"
        if decay.form == .coupled { return rate + ", times each weight in its gradient" }
        let share = decay.factor(
            at: StepSize(step: 1, peak: configuration.optimizer.learningRate, schedule: 1))
        return rate + "; \(Terminal.number(share)) of each weight per step at the peak"
    }

    /// The catalog of interventions.
    private func printInterventions() throws {
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(InterventionCatalog.all), as: UTF8.self))
            return
        }
        func show(_ text: String) {
            let indent = text.prefix { $0 == " " }.count
            Terminal.line(Lines.indented(text, by: indent, to: max(layout.columns, 20)))
        }
        for intervention in InterventionCatalog.all {
            show("\(intervention.name): \(intervention.summary)")
            let settings = intervention.settings.map { setting in
                let value = setting.key == intervention.valueKey ? " (default of =VALUE)" : ""
                return "\(setting.key)=\(setting.value)\(value)"
            }
            show("    sets \(settings.joined(separator: ", "))")
            if intervention.changesLearningRate {
                show("    changes what a learning rate means: do not compare LR sensitivities")
            }
            show("    \(intervention.source)")
        }
    }

    /// The parameters, a line each under the names of the columns.
    private func table(
        of settings: [ParameterSetting], _ configuration: RunConfiguration
    ) -> [String] {
        let header = [
            "parameter", "role", "shape", "fan-in", "fan-out", "init", "rule", "LR x", "decay",
            "update", "rms", "spectral",
        ]
        let peak = configuration.optimizer.learningRate
        let rows = settings.map { setting in
            let (parameter, plan) = (setting.specification, setting.plan)
            func number(_ value: Double?) -> String {
                value.map { Terminal.number($0 * peak * setting.multiplier) } ?? "-"
            }
            return [
                parameter.path, parameter.role.rawValue, parameter.shape.description,
                "\(parameter.fanIn)", "\(parameter.fanOut)", parameter.initialization.text,
                plan.rule, Terminal.number(setting.rateFactor), setting.decay.rawValue,
                plan.convention, number(plan.rootMeanSquare), number(plan.spectralNorm),
            ]
        }
        // What a person looks for stays longest: the path, the shape, the rate's factor, the update's size.
        let priorities = [0, 3, 1, 6, 6, 2, 5, 0, 4, 7, 0, 1]
        let columns = zip(header, priorities).map { Table.Column.word($0, priority: $1) }
        return Table(columns, rows.map { $0.map { Table.Cell($0) } })
            .text(columns: max(layout.columns - 2, 40)).split(separator: "\n").map(String.init)
    }
}

extension Initialization {
    /// The distribution and its scale.
    fileprivate var text: String {
        switch self {
        case .constant(let value): "constant \(Terminal.number(Double(value)))"
        case .normal(let deviation): "normal \(Terminal.number(deviation))"
        case .truncatedNormal(let deviation): "truncated \(Terminal.number(deviation))"
        case .orthogonal(let scale): "orthogonal \(Terminal.number(scale))"
        case .unitRows: "rows of rms 1"
        case .spectralNorm(let path, _): "norm of \(path)"
        }
    }
}
