import Foundation
public import Modules
import Optimizers

extension RunConfiguration {
    /// What trains and can hardly be meant, a sentence each with the next step.
    public var warnings: [String] {
        guard let parameters = try? ProxyTransformer(resolvedModel).parameters(),
            isDecayed(parameters)
        else { return [] }
        let share = decay.factor(
            at: StepSize(step: 1, peak: optimizer.learningRate, schedule: 1))
        guard share > 0.05 else { return [] }
        let weightDecay = optimizer.weightDecay
        let next =
            weightDecay.referenceSteps > 0
            ? "its rate is scaled from \(weightDecay.referenceSteps) to \(steps) steps: set "
                + "optimizer.weight-decay.reference-steps: 0, or train longer"
            : "lower optimizer.weight-decay.rate"
        return [
            "weight decay is \(String(format: "%.3g", 100 * share))% of each weight per step at the peak; \(next)"
        ]
    }

    /// Whether weight decay moves any of the parameters.
    ///
    /// - Parameter parameters: Those of the model.
    /// - Returns: False where the rule has no decay, its rate is zero, or all roles are left out.
    public func isDecayed(_ parameters: [ParameterSpecification]) -> Bool {
        decay.rate > 0
            && parameters.contains { parameter in
                !optimizer.weightDecay.exclude.contains(parameter.role)
                    && rule.plan(for: parameter, among: parameters.count).decay != .none
            }
    }
}
