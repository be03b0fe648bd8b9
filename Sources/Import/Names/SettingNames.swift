/// What other tools call the settings that runs are compared by: the one table of aliases.
///
/// Names are compared without case and by their last part, with `-` as `_`: `optimizer.lr`, `train/LR` and
/// `lr` are one. What has two meanings in common use, as `d` or `params`, is not here: a person says it
/// with `--column`.
public enum SettingNames {
    /// Our key path, a short word for it, and the names that mean it.
    static let table: [(key: String, word: String, aliases: [String])] = [
        (
            "optimizer.learning-rate", "learning-rate",
            [
                "learning_rate", "lr", "peak_lr", "max_lr", "base_lr", "peak_learning_rate",
                "max_learning_rate",
            ]
        ),
        (
            "model.width", "width",
            [
                "width", "w", "d_model", "dmodel", "n_embd", "n_embed", "hidden_size", "model_dim",
                "embed_dim", "embedding_dim", "hidden_dim",
            ]
        ),
        (
            "model.depth", "depth",
            ["depth", "n_layer", "n_layers", "num_layers", "num_hidden_layers", "layers"]
        ),
        (
            "model.head-dimension", "head-dimension",
            ["head_dimension", "head_dim", "d_head", "dim_head"]
        ),
        ("seed", "seed", ["seed", "random_seed", "rng_seed"]),
        ("data.data-seed", "data-seed", ["data_seed"]),
        ("data.order-seed", "order-seed", ["order_seed", "shuffle_seed"]),
        (
            "steps", "steps",
            [
                "steps", "max_steps", "num_steps", "total_steps", "max_iters", "train_steps",
                "num_iterations", "train_iters",
            ]
        ),
        (
            "parameters", "parameters",
            [
                "non_embedding_parameters", "non_embedding_params", "n_params_non_embedding",
                "num_non_embedding_params", "matrix_parameters",
            ]
        ),
    ]

    /// The words that stand for our key paths.
    public static let words = table.map(\.word)

    /// Our key paths, in the order in which runs are compared.
    public static let keyPaths = table.map(\.key)

    /// The key path of a word, or a key path itself; nil for another.
    public static func key(of word: String) -> String? {
        table.first { $0.word == word || $0.key == word }?.key
    }

    private static let byAlias: [String: String] = {
        var names: [String: String] = [:]
        for (key, _, aliases) in table { for alias in aliases { names[alias] = key } }
        return names
    }()

    /// Our key path for a setting of another tool; nil where the table has none.
    public static func keyPath(of name: String) -> String? {
        let last = name.split { $0 == "." || $0 == "/" }.last.map(String.init) ?? name
        return byAlias[last.lowercased().replacing("-", with: "_")]
    }

    /// The settings that the name of a run or of its folder says: `lr=1e-3_w=256`, `width64/seed0`, `lr: 0.001`.
    ///
    /// - Parameter name: The name, with `/` between folders.
    /// - Returns: Names and texts in their order; what is no `key=value`, and no number right behind a word of
    ///   the table, is left out.
    public static func settings(in name: String) -> [(name: String, text: String)] {
        // W&B names the curves of a group `lr: 0.001`.
        name.replacing(": ", with: "=").split {
            $0 == "/" || $0 == "," || $0 == ";" || $0 == " "
        }.flatMap { part in
            var found: [(String, String)] = []
            var words: [Substring] = []
            for token in part.split(separator: "_") {
                if let equals = token.firstIndex(of: "="), equals > token.startIndex {
                    words.append(token[..<equals])
                    let text = String(token[token.index(after: equals)...])
                    if !text.isEmpty { found.append((key(words), text)) }
                    words = []
                } else if let (word, number) = joined(token) {
                    found.append((word, number))
                    words = []
                } else {
                    words.append(token)
                }
            }
            return found
        }
    }

    /// The longest end of words that the table knows, `lr` of `exp lr`; all of them where it knows none.
    private static func key(_ words: [Substring]) -> String {
        for start in words.indices {
            let name = words[start...].joined(separator: "_")
            if keyPath(of: name) != nil { return name }
        }
        return words.joined(separator: "_")
    }

    /// `width64` as a name and a number; single letters are no names.
    private static func joined(_ token: Substring) -> (String, String)? {
        let word = token.prefix { $0.isLetter }
        let rest = token.dropFirst(word.count)
        guard word.count > 1, byAlias[word.lowercased()] != nil, Double(rest) != nil else {
            return nil
        }
        return (String(word), String(rest))
    }
}
