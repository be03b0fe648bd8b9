/// Every intervention that ships, family by family.
///
/// To add one: a value in the file of its family beside this one; for a family, a line here.
public enum InterventionCatalog {
    /// The interventions.
    public static let all: [Intervention] =
        qkNorm + logits + norms + residuals + schedules + decays + optimizers + weights

    /// The intervention of this name.
    public static func named(_ name: String) -> Intervention? { all.first { $0.name == name } }
}
