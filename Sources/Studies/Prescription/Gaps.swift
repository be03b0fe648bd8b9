import Documents
import ForecastStudies
import Foundation
import Modules
import Reports
import Sweeps
import Tensors
import Training
import TransferStudies

/// What the target has and the proxies had not.
struct Gaps {
    let recipe: RunConfiguration
    let plan: PrescriptionPlan
    let target: ForecastTarget
    let largest: Double

    private func count(_ value: Double) -> String { NumberText.parameters(value) }

    /// The gaps, what weighs most first.
    var all: [PrescriptionResult.Gap] {
        var gaps: [PrescriptionResult.Gap] = []
        func add(_ what: String, _ detail: String) {
            gaps.append(PrescriptionResult.Gap(what: what, detail: detail))
        }
        let tokens = Double(plan.tokens(of: recipe))
        if largest > 0 {
            add(
                "size",
                "the target has \(count(target.parameters / largest)) times the parameters of the "
                    + "largest proxy, \(count(largest)); width grew, depth did not")
        }
        let depth = target.shape.map { "the target has \($0.depth)" } ?? "the target's is not known"
        if target.shape?.depth != plan.depth {
            add(
                "depth",
                "proxies have \(plan.depth) blocks, \(depth); the sensitivity to the learning rate "
                    + "rises faster with depth than with width (arXiv 2309.14322, section 3.2.3)")
        }
        let own = Double(recipe.trainingTokens)
        add(
            "token horizon",
            "proxies train on \(count(tokens)) tokens, \(count(tokens / max(largest, 1))) for each "
                + "parameter of the largest"
                + (own > tokens ? "; the recipe on \(count(own))" : "")
                + "; norms and the best learning rate may move with the horizon")
        add(
            "batch",
            "proxies take \(plan.batch) sequences per step"
                + (recipe.data.batch == plan.batch ? "" : ", the recipe \(recipe.data.batch)")
                + "; the best learning rate moves with the batch")
        let context = plan.context ?? recipe.model.context
        add(
            "context",
            "proxies train on \(context) tokens"
                + (context == recipe.model.context ? "" : ", the recipe \(recipe.model.context)"))
        add(
            "data",
            "proxies read \(recipe.data.text.joined(separator: ", ")) with a vocabulary of "
                + "\(recipe.model.vocabulary)")
        if plan.headDimension != recipe.model.headDimension {
            add(
                "width of heads",
                "proxies have heads of \(plan.headDimension), the recipe of "
                    + "\(recipe.model.headDimension); attention logits depend on it")
        }
        add(
            "number format",
            "products in \(recipe.model.elementType.rawValue), sums, weights and optimizer state in f32; "
                + "no 8-bit format, no state of lower precision")
        add("parallelism", "one process per run: no sharded sums, no restart on other hardware")
        return gaps
    }
}
