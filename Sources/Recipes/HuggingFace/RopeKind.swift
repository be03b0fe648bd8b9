/// How a `rope_scaling`, or a newer `rope_parameters`, stretches rotary wavelengths.
struct RopeKind {
    /// `rope_type`, or `type` as it was called.
    let name: String
    /// The recipe's settings that say it.
    let settings: [(String, String)]

    /// Reads a mapping; nil for a kind that no setting says.
    init?(_ rope: [String: SourceValue]) {
        guard case .text(let name) = rope["rope_type"] ?? rope["type"] ?? .text("default") else {
            return nil
        }
        self.name = name
        func setting(_ key: String, _ field: String) -> (String, String)? {
            rope[field]?.double.map { ("model.rotary-scaling.\(key)", "\($0)") }
        }
        let common: [(String, String)?] = [
            ("model.rotary-scaling.kind", name), setting("factor", "factor"),
        ]
        let context: (String, String)? =
            rope["original_max_position_embeddings"]?.double.flatMap(Int.init(exactly:)).map {
                ("model.rotary-scaling.original-context", "\($0)")
            }
        let own: [(String, String)?]
        switch name {
        case "default", "dynamic": own = []
        case "linear": own = common
        case "llama3":
            own =
                common + [
                    context, setting("low-frequency-factor", "low_freq_factor"),
                    setting("high-frequency-factor", "high_freq_factor"),
                ]
        case "yarn":
            own =
                common + [
                    context, setting("beta-fast", "beta_fast"), setting("beta-slow", "beta_slow"),
                    setting("attention-factor", "attention_factor"),
                ]
        default: return nil
        }
        settings = own.compactMap(\.self)
    }
}
