package import Documents
import ForecastStudies
import Foundation
import Modules
import Optimizers
import Reports
import Sweeps
public import Training
import TransferStudies

/// How proxies follow from a recipe: what stays, what shrinks, and what carries the difference.
///
/// A row a person can argue with: the key, both values, the rule and where it is published, or that there is
/// none.
public struct ProxyFamily: Sendable {
    /// A key of the recipe.
    public struct Row: Sendable, Hashable {
        /// The key, or what is meant.
        public let key: String
        /// The recipe's value.
        public let recipe: String
        /// The proxies' value.
        public let proxies: String
        /// What carries the difference from the proxies to the target, with its source.
        public let rule: String
        /// Whether the proxies have the recipe's value.
        public var stays: Bool { recipe == proxies }
    }

    /// The rows, what shrinks first.
    public let rows: [Row]

    /// The family of a plan.
    ///
    /// - Parameters:
    ///   - recipe: What is prescribed for.
    ///   - plan: The design of the proxies.
    ///   - vocabulary: The tokens of the model; nil for those of the recipe.
    public init(_ recipe: RunConfiguration, _ plan: PrescriptionPlan, vocabulary: Int? = nil) {
        let proxy = plan.proxy(of: recipe, width: plan.widths[0])
        let kind = recipe.parametrization.kind
        let isDeep = kind == .completeP || kind == .unitScaledMuP
        var rows: [Row] = []
        func add(_ key: String, _ recipe: String, _ proxies: String, _ rule: String) {
            rows.append(
                Row(
                    key: key, recipe: recipe, proxies: proxies,
                    rule: recipe == proxies ? "stays" : rule))
        }
        add(
            "model.width", "\(recipe.model.width)",
            plan.widths.map(String.init).joined(separator: ", "), WidthRule(recipe).words)
        add(
            "model.depth", "\(recipe.model.depth)", "\(plan.depth)",
            isDeep
                ? "\(kind.rawValue): branches and rates by depth (arXiv "
                    + "\(kind == .completeP ? "2505.01618" : "2407.17465"))"
                : "no rule: sensitivity rises faster with depth than with width (arXiv 2309.14322, "
                    + "section 3.2.3)")
        add(
            "model.head-dimension", "\(recipe.model.headDimension)", "\(plan.headDimension)",
            "no rule: attention logits depend on it")
        add(
            "model.context", "\(recipe.model.context)", "\(proxy.model.context)",
            "no rule: attention reads fewer tokens")
        add(
            "vocabulary", "\(vocabulary ?? recipe.model.vocabulary)", "\(proxy.model.vocabulary)",
            "no rule: proxies read bytes")
        add(
            "data.batch", "\(recipe.data.batch)", "\(plan.batch)",
            "the sensitivity stays over batches at equal data (arXiv 2309.14322, appendix E.7); the "
                + "best rate's own rule is not applied")
        add(
            "steps", "\(recipe.steps)", "\(plan.steps)",
            "the sensitivity stays over lengths (arXiv 2309.14322, appendix E.9); warm-up and descent "
                + "stay parts of the run")
        let each = Double(plan.tokens(of: recipe)) / Double(proxy.model.matrixParameters)
        let own = Double(recipe.trainingTokens) / Double(recipe.model.matrixParameters)
        add(
            "tokens per parameter", PrescriptionWords.number(own),
            "\(PrescriptionWords.number(each)) at the least width",
            "no rule: norms and the best rate move with the horizon")
        func settings(_ c: RunConfiguration) -> [(String, String)] {
            let decay = c.optimizer.weightDecay
            return [
                ("model.mlp-ratio", PrescriptionWords.number(c.model.mlpRatio)),
                ("model.attention-ratio", PrescriptionWords.number(c.model.attentionRatio)),
                ("model.query-group-size", "\(c.model.queryGroupSize)"),
                ("model.tied-head", "\(c.model.tiedHead)"),
                ("optimizer.rule", c.optimizer.rule),
                (
                    "optimizer.weight-decay",
                    "\(decay.form.rawValue) \(PrescriptionWords.number(c.decay.rate))"
                ),
                ("schedule.warmup", PrescriptionWords.number(c.schedule.warmup)),
                ("parametrization.kind", c.parametrization.kind.rawValue),
            ]
        }
        for (mine, theirs) in zip(settings(recipe), settings(proxy)) {
            add(mine.0, mine.1, theirs.1, "scaled with the steps, as reference-steps says")
        }
        self.rows = rows.filter { !$0.stays } + rows.filter(\.stays)
    }
}

extension ProxyFamily {
    /// The family as a table.
    package var document: Document {
        var document = Document(kind: "proxies", title: "Proxies from the recipe")
        document.sections = [
            .init(
                "What is scaled down, and what is kept",
                [
                    .table(
                        Table(
                            [
                                .word("key"), .prose("recipe"), .prose("proxies"),
                                .prose("transfer rule"),
                            ],
                            rows.map { row in
                                [
                                    Table.Cell(row.key), Table.Cell(row.recipe),
                                    Table.Cell(row.proxies), Table.Cell(row.rule),
                                ]
                            }))
                ])
        ]
        return document
    }
}
