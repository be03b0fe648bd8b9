import Yams

extension ConfigurationFile {
    /// The configuration as YAML, every key with its value; numbers read back to the same bits.
    public static func text(of configuration: RunConfiguration) -> String {
        guard let table = KeyTable.shared(configuration.optimizer.rule) else {
            preconditionFailure("no optimizer is called \(configuration.optimizer.rule)")
        }
        guard let text = try? Yams.serialize(node: table.tree(of: configuration)) else {
            preconditionFailure("a configuration has no YAML: \(configuration)")
        }
        return text
    }
}
