/// Every rule that ships, with its defaults, in the order that help prints them.
///
/// Configuration files name them, and the conformance suite tries each.
public enum OptimizerCatalog {
    /// The rules.
    public static let all: [any ConfigurableRule] = [
        AdamW(), AdamC(), AdamAtan2(), ScheduleFree(), SGD(), SGDC(), Lion(),
        LARS(), LAMB(), Fromage(), AGD(),
        Muon(), NorMuon(), Normalized(), Dualized(), Scion(),
        AdamH(), MuonH(), Hypersphere(), Orthogonal(), ForcedNormalization(), SpectralClip(),
    ]

    /// The names, in order.
    public static var names: [String] { all.map { Swift.type(of: $0).name } }

    /// The rule of this name.
    public static func type(named name: String) -> (any ConfigurableRule.Type)? {
        all.lazy.map { Swift.type(of: $0) }.first { $0.name == name }
    }
}
