import FindingStudies
import ForecastStudies
import Formats
import Foundation
import PrescriptionStudies
import Statistics
import Studies
import Sweeps

/// Made-up results of the laboratory's commands, with the numbers that a test gives them.
enum SampleResults {
    private static func read<Result: Decodable>(_ json: String) throws -> Result {
        try SnakeCaseJSON.read(Result.self, of: Data(json.utf8))
    }

    /// A text as a JSON string.
    private static func quoted(_ text: String) throws -> String {
        String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
    }

    /// A horizon study of a matrix and a gain, at four horizons.
    static func horizon(
        name: String = "recipe", exponent: Double = -0.25, isAsked: Bool = true
    ) throws -> HorizonResult {
        let horizons = [16, 32, 64, 128]
        func growth(_ exponent: Double, start: Double = 0.5) -> String {
            let values = horizons.map { start * pow(Double($0) / 16, exponent) }
            return """
                {"values": \(values), "by_seed": [\(exponent), \(exponent)], "exponent": \(exponent),
                 "low": \(exponent - 0.02), "high": \(exponent + 0.02), "bootstrap_low": null,
                 "bootstrap_high": null, "last_doubling": \(exponent)}
                """
        }
        func tensor(_ path: String, _ isMatrix: Bool, _ verdict: String) -> String {
            """
            {"path": "\(path)", "role": "hidden", "is_matrix": \(isMatrix), "verdict": \(verdict),
             "weight": \(growth(exponent)), "trunk_weight": \(growth(exponent)),
             "trunk_gradient": \(growth(0.1)), "trunk_update": \(growth(0))}
            """
        }
        let curves = horizons.map { horizon -> String in
            let points = (0..<7).map { place -> String in
                let rate = 1e-3 * exp2(Double(place))
                let z = Double(place - 3)
                return """
                    {"learning_rate": \(rate), "losses": [\(2 + 0.05 * z * z), \(2.01 + 0.05 * z * z)],
                     "mean": \(2.005 + 0.05 * z * z), "diverged": 0, "missing": 0}
                    """
            }
            return """
                {"extent": \(horizon), "points": [\(points.joined(separator: ","))], "reason": null,
                 "optimum": {"learning_rate": 0.008, "low": 0.0072, "high": 0.0088, "loss": 2.005,
                 "curvature": 0.05, "window": [0.004, 0.008, 0.016]}}
                """
        }
        let optimum =
            isAsked
            ? """
            {"is_asked": true, "verdict": "PASS", "reason": null,
             "curves": [\(curves.joined(separator: ","))], "drift": {"per_doubling": 1.01,
             "per_doubling_low": 0.99, "per_doubling_high": 1.03, "total": 1.03, "total_low": 0.97,
             "total_high": 1.09, "doublings": 3, "sizes": 4, "spread_octaves": 0.05,
             "degrees_of_freedom": 6, "lack_of_fit": 0.4, "bootstrap_low": null,
             "bootstrap_high": null}, "slopes": [0.01, 0.02], "detectable_before": null}
            """
            : """
            {"is_asked": false, "verdict": null, "reason": null, "curves": [], "drift": null,
             "slopes": [], "detectable_before": null}
            """
        return try read(
            """
            {"schema": "ballast.horizon/1", "verdict": "FAIL", "band": 0.1, "bound": 1.4,
             "confidence": 0.95, "horizons": \(horizons), "cooldown_steps": [3, 6, 13, 26],
             "seeds": [0, 1], "detectable_before": 0.03, "recipes": [{"name": \(quoted(name)),
             "verdict": "FAIL", "reason": null, "learning_rate": 0.01, "warmup_steps": 2,
             "decay_times": [0.1, 0.2, 0.4, 0.8], "norms": "FAIL",
             "tensors": [\(tensor("blocks.0.mlp.up", true, "\"FAIL\"")),
             \(tensor("blocks.0.mlp_norm", false, "null"))],
             "signals": [{"name": "validation-loss", "trunk": \(growth(-0.03, start: 3)),
             "cooled": \(growth(-0.04, start: 2.5))}], "optimum": \(optimum),
             "drifts": [{"group": "all", "verdict": "FAIL", "by_seed": [0.25, 0.25], "mean": 0.25,
             "low": 0.23, "high": 0.27, "difference": null, "difference_low": null,
             "difference_high": null, "finding": null}], "cautions": ["short & sweet"]}]}
            """)
    }

    /// A permutation study of two recipes, three orders and two seeds, one run of which diverged.
    static func permutation(
        name: String = "qk-norm=true", overOrders: Double = 0.0123
    ) throws -> PermutationResult {
        func spread(_ value: Double) -> String {
            """
            {"deviation": \(value), "low": \(value / 2), "high": \(value * 3), "is_clamped": false,
             "probability": null}
            """
        }
        func entry(_ name: String, _ over: Double, ratio: String) -> String {
            """
            {"name": \(name), "verdict": "INCONCLUSIVE", "reason": "give more --orders",
             "losses": [[2.1, 2.2], [2.11, null], [2.12, 2.21]], "mean": 2.15,
             "order": \(spread(0.005)), "seed": \(spread(0.04)), "interaction": \(spread(0.003)),
             "over_orders": \(spread(over)), "over_seeds": \(spread(0.041)),
             "evaluation_noise": 0.02, "paired_evaluation_noise": 0.002, "over_recipe": \(ratio),
             "distances": [{"differ": "order", "pairs": 6, "weights": {"hidden": 0.8, "head": 0.4},
             "predictions": 0.05}, {"differ": "both", "pairs": 6,
             "weights": {"hidden": 1.4142, "head": 1.1}, "predictions": 0.09}]}
            """
        }
        return try read(
            """
            {"schema": "ballast.permutation/1", "verdict": "INCONCLUSIVE", "bound": 0.01,
             "confidence": 0.95, "orders": [0, 1, 2], "seeds": [0, 1],
             "recipes": [\(entry("\"recipe\"", overOrders, ratio: "null")),
             \(entry(quoted(name), 0.03, ratio: "{\"value\": 2.4, \"low\": 1.1, \"high\": 5}"))]}
            """)
    }

    /// Three findings, one of each answer.
    static func findings(
        claim: String = "larger kappa, larger logits", estimate: Double = 98.7
    ) throws -> FindingResult {
        func entry(
            _ id: String, _ answer: String, _ numbers: String, _ reason: String, _ strata: String
        ) throws -> String {
            """
            {"id": "\(id)", "source": "arXiv 2309.14322, figure 1", "claim": \(try quoted(claim)),
             "study": "logits", "study_digest": "d", "kind": "ratio",
             "quantity": "the largest logit, \(id)", "unit": "",
             \(numbers), "expected": "above 3", "expected_low": 3, "expected_high": null, "runs": 8,
             "missing": 0, "answer": "\(answer)", "reason": \(reason), "strata": [\(strata)]}
            """
        }
        let numbers =
            "\"estimate\": \(estimate), \"low\": \(estimate / 2), \"high\": \(2 * estimate)"
        let strata = """
            {"label": "model.width=16", "values": [\(estimate), \(2 * estimate)]},
            {"label": "model.width=32", "values": [\(estimate / 2), \(estimate)]}
            """
        return try read(
            """
            {"schema": "ballast.findings/1", "confidence": 0.95, "agrees": 1, "disagrees": 1,
             "cannot_say": 1, "findings": [
             \(entry("larger", "agrees", numbers, "null", strata)),
             \(entry("smaller", "disagrees", numbers, "null", "{\"label\": \"\", \"values\": [1, 2]}")),
             \(entry("open", "cannot say", "\"estimate\": null, \"low\": null, \"high\": null",
                "\"8 of 8 runs have no result yet\"", ""))]}
            """)
    }

    /// A prescription with a cure kept, a warning of each kind and a gap.
    static func prescription(
        why: String = "lowers S", rate: Double = 0.0123
    ) throws -> PrescriptionResult {
        try read(
            """
            {"schema": "ballast.prescription/2", "verdict": "INCONCLUSIVE",
             "reason": "the target lies beyond the validated extrapolation", "target": "1.3B",
             "target_parameters": 1.3e9, "largest_parameters": 390000, "extrapolation_factor": 3333,
             "confidence": 0.95, "budget_seconds": 540, "spent_seconds": 301.5, "runs": 90,
             "missing": 0, "diverged": 2, "plan": {"schema": "ballast.prescription-plan/1",
             "recipe": "0123456789abcdef", "widths": [16, 32], "depth": 2, "head_dimension": 16,
             "learning_rates": [0.01, 0.1], "seeds": [0, 1], "steps": 100, "batch": 8},
             "proxy_changes": [{"key": "data.batch", "recipe": 32, "proxy": 8}],
             "target_width": 7360, "target_depth": 2,
             "recipe": [{"key": "model.qk-norm", "value": "true", "previous": "false",
             "why": \(quoted(why)), "evidence": ["e2"]}, {"key": "optimizer.rule",
             "value": "adamw", "previous": "adamw", "why": "not varied", "evidence": []}],
             "learning_rate": {"prescribed": \(rate), "basis": "rule",
             "status": "unvalidated (extrapolation 3,300x; validated 4x)", "low": null,
             "high": null, "is_validated": false, "extrapolation": 3333,
             "validated_extrapolation": 4, "largest_proxy": 0.02, "rule": "1/width",
             "rule_factor": 0.0173, "ruled": \(rate), "fitted": {"value": 0.001, "low": 1e-4,
             "high": 0.01}, "at_least": null, "at_most": null, "judged_at": 0.01,
             "direction": "falls",
             "reason": "the target is 3333 times the largest proxy", "drift": {"value": 0.9,
             "low": 0.8, "high": 1.01}, "optima": [{"parameters": 6144, "learning_rate": 0.03,
             "seeds": [0.028, 0.033], "loss": 2.1, "reason": null}, {"parameters": 390000,
             "learning_rate": 0.02, "seeds": [0.019, 0.022], "loss": 1.7, "reason": null}],
             "evidence": ["e1"]},
             "warnings": [{"certainty": "measured", "symptom": "attention-logit",
             "learning_rate": 0.1, "is_prescribed": false, "text": "attention-logit above 1e4",
             "settle": "keep the learning rate below", "evidence": ["e1"]},
             {"certainty": "literature", "symptom": "loss-spikes", "learning_rate": null,
             "is_prescribed": null, "text": "spikes at scale", "settle": "watch them",
             "evidence": []}],
             "trials": [{"cure": "qk-norm", "base": "recipe", "symptom": "attention-logit",
             "decision": "kept", "why": \(quoted(why)), "removes": true,
             "sensitivity": {"value": -0.105, "low": -0.15, "high": -0.06},
             "loss": {"value": 0.003, "low": -0.002, "high": 0.008}, "detectable": 0.01,
             "learning_rates": [0.01, 0.1], "source": "arXiv 2302.05442", "evidence": ["e2"]}],
             "sensitivities": [{"variant": "recipe", "parameters": 390000,
             "learning_rates": [0.01, 0.1], "value": 0.321, "seeds": [0.3, 0.342]}],
             "not_tested": [{"what": "depth", "detail": "proxies have 2 blocks"}],
             "evidence": [{"id": "e1", "claim": "optima by size", "runs": "recipe", "count": 72,
             "fit": "a line", "interval": "0.01 to 0.02", "held_out": ["0.02 beside 0.021"],
             "files": ["prescription.json", "../cells/1d75f1c18dec1a86"]},
             {"id": "e2", "claim": "qk-norm lowers S", "runs": "qk-norm", "count": 12, "fit": null,
             "interval": null, "held_out": [], "files": []}], "forecasts": ["recipe"]}
            """)
    }

    /// A number that is not carried to the target.
    private static let unknown = """
        {"value": null, "low": null, "high": null, "status": "unvalidated (extrapolation 4x; \
        none validated)", "extrapolation": 4, "validated_extrapolation": null,
        "direction": null, "reason": "cannot say: too few sizes",
        "sizes": [{"parameters": 12288, "values": [0.1]}]}
        """

    /// A forecast of one signal at one learning rate.
    static func forecast(
        meaning: String = "the largest attention logit", value: Double = 4321
    ) throws -> ForecastResult {
        try read(
            """
            {"schema": "ballast.forecast/1", "name": "small", "verdict": "INCONCLUSIVE",
             "reason": "attention-logit crosses its alarm within its interval", "target": "64x1",
             "target_parameters": 49152, "largest_parameters": 12288, "extrapolation_factor": 4,
             "confidence": 0.95, "runs": 10, "missing": 0, "diverged": 1,
             "judged": [{"intervention": "", "learning_rate": 0.01}],
             "stability": {"largest_attention_logit": 10000, "loss_above_best": 0.2},
             "at_target": [{"intervention": "", "basis": "none",
             "best_learning_rate": \(unknown), "loss": \(unknown), "cost_of_half": \(unknown),
             "cost_of_twice": \(unknown), "largest_stable_learning_rate": \(unknown),
             "stability": [{"parameters": 12288, "values": [0.1], "limits": ["loss"], "open": 0,
             "highest_stable": 0.05}],
             "probabilities": [{"learning_rate": 0.01, "probability": null}]}],
             "signals": [{"name": "attention-logit", "meaning": \(quoted(meaning)),
             "reading": "the last step", "reading_step": 24, "is_silent": false, "scaled_protocol": "the last step",
             "published_protocol": "step 100,000", "reading_reason": null,
             "thresholds": [{"name": "alarm", "value": 10000, "is_ceiling": true,
             "level": "alarm"}],
             "lines": [{"intervention": "", "learning_rate": 0.01, "points": [
             {"parameters": 768, "width": 8, "depth": 1, "values": [20, 22], "lost": 0},
             {"parameters": 12288, "width": 32, "depth": 1, "values": [180, 190], "lost": 0}],
             "model": "linear", "curve": [{"parameters": 768, "value": 21},
             {"parameters": 49152, "value": \(value)}], "value": \(value), "low": \(value / 4),
             "high": \(value * 4), "direction": "rises", "is_validated": true,
             "validated_factor": 4, "held_out": [{"extrapolation_factor": 4, "sizes": 4, "model": "linear",
             "value": 170, "low": 100, "high": 260, "truths": [180, 190], "covered": 2,
             "passes": true}], "verdict": "INCONCLUSIVE", "reason": "its interval crosses 1e4",
             "crossings": [{"threshold": "alarm", "level": "alarm", "is_certain": false}],
             "step_exponent": null}],
             "coverage": []}]}
            """)
    }
}
