import ArgumentParser
import Ballast

/// `ballast config`.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Print the resolved configuration and its parameters.")

    @Argument(help: "A configuration in YAML; without one the defaults are printed.")
    var config: String?

    @Option(name: .customLong("set"), help: "Override a key: optimizer.learning-rate=3e-3.")
    var overrides: [String] = []

    func run() throws {
        let configuration =
            if let config {
                try ConfigurationFile.read(config, overrides: overrides)
            } else {
                try ConfigurationFile.configuration(
                    from: ConfigurationFile.yaml(of: "", source: "defaults"), source: "defaults",
                    overrides: overrides)
            }
        print(ConfigurationFile.text(of: configuration), terminator: "")
        let parameters = try ProxyTransformer(configuration.model).parameters()
        let decay = configuration.optimizer.weightDecay
        print(
            """
            # parameters: \(parameters.coreCount) without embedding and head, \
            \(parameters.totalCount) in all
            # weight decay: \(decay.rate) as published, \(configuration.decay.rate) a step here
            """)
        for parameter in parameters {
            let isDecayed = decay.form != .none && !decay.exclude.contains(parameter.role)
            print(
                "# \(parameter.path): \(parameter.role.rawValue) \(parameter.shape), fan-in "
                    + "\(parameter.fanIn), fan-out \(parameter.fanOut), init "
                    + "\(parameter.initialization), decay \(isDecayed ? decay.form.rawValue : "none")"
            )
        }
    }
}
