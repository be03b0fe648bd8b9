import Formats

/// The contents of `decay.csv`: a row a matrix and window.
struct DecayTable {
    private let result: DecayResult
    static let columns = [
        "variant", "rule", "decay", "layer", "invariant", "step", "learning_rate",
        "time_constants", "ratio", "law", "weight_rms", "update_rms", "angle", "cosine",
        "gradient_norm", "loss", "judged",
    ]

    /// Describes a result.
    init(_ result: DecayResult) { self.result = result }

    var table: CSVTable {
        var table = CSVTable(columns: Self.columns)
        for variant in result.variants {
            for layer in variant.layers {
                for (index, window) in variant.windows.enumerated() {
                    table.append([
                        .text(variant.name), .text(variant.rule), .text(variant.decayForm),
                        .text(layer.path), .integer(layer.isInvariant ? 1 : 0),
                        .integer(window.step), .number(window.learningRate),
                        .number(window.timeConstants), .number(layer.ratio[index]),
                        .number(window.law), .number(layer.weight[index]),
                        .number(layer.update[index]), .number(layer.angle[index]),
                        .number(layer.cosine[index]), .number(window.gradientNorm),
                        .number(window.loss), .integer(window.isJudged ? 1 : 0),
                    ])
                }
            }
        }
        return table
    }
}
