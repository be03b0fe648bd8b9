/// Every rule that ships, with its defaults, in the order that help prints them.
///
/// Configuration files name them, and the conformance suite tries each.
public enum OptimizerCatalog {
    /// The rules.
    public static let all: [any UpdateRule] = [AdamW(), SGD()]
}
