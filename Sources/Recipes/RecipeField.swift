/// What became of one field of a file of another tool.
package struct RecipeField: Sendable, Hashable {
    /// How much of it a recipe keeps.
    package enum Fate: Sendable, Hashable {
        /// All.
        case taken
        /// Something near it; what that costs, or `unknown`.
        case approximated(cost: String)
        /// Nothing: no key says it.
        case withoutCounterpart

        /// The fate in a word or two.
        package var name: String {
            switch self {
            case .taken: "taken"
            case .approximated: "approximated"
            case .withoutCounterpart: "without counterpart"
            }
        }
    }

    /// The file, without its folder.
    package var file: String
    /// The key in it.
    package var source: String
    /// Its value there.
    package var value: String
    /// What became of it.
    package var fate: Fate
    /// The recipe's settings that say it, as `model.width: 2048`.
    package var settings: [String]
    /// What a reader has to know beside that; empty where nothing.
    package var note: String
}

/// A setting of a recipe that its source does not say.
package struct RecipeAssumption: Sendable, Hashable {
    /// The key, with the value that stands.
    package var setting: String
    /// Why it stands.
    package var reason: String
}
