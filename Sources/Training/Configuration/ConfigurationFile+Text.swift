import Yams

extension ConfigurationFile {
    /// The configuration as YAML, every key with its value; numbers read back to the same bits.
    public static func text(of configuration: RunConfiguration) -> String {
        guard let table = KeyTable.shared(configuration.optimizer.rule) else {
            preconditionFailure("no optimizer is called \(configuration.optimizer.rule)")
        }
        return serialize(table.tree(of: configuration))
    }

    /// A tree as YAML.
    static func serialize(_ node: Node) -> String {
        do {
            return try Yams.serialize(node: node)
        } catch {
            // Every tree has one: what is missing is memory, without which no file would be whole.
            fatalError("a configuration cannot be written as YAML (\(error)); is memory left?")
        }
    }
}
