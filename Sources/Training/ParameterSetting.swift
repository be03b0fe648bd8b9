public import Modules
public import Optimizers
import OrderedCollections

/// What a configuration makes of one parameter: how it starts, and how far it moves in a step.
///
/// `ballast config` prints these and `ballast export` writes them as code.
public struct ParameterSetting: Sendable {
    /// The parameter, with its start as the parametrisation has it.
    public let specification: ParameterSpecification
    /// What the optimizer does with it.
    public let plan: UpdatePlan
    /// The parametrisation's factor on the learning rate.
    public let multiplier: Double
    /// The formula of its weight decay; `none` where its role is left out.
    public let decay: Decay.Form
    /// Adam's ε with the parametrisation's factor; nil where the rule has none.
    public let epsilon: Double?
    /// The part of it that weight decay takes in a step at the peak of the schedule.
    ///
    /// The parametrisation's factor on the learning rate is not in it: decay is by formula.
    public let decayShare: Double

    /// The factor on the peak learning rate, of the rule and of the parametrisation.
    public var rateFactor: Double { plan.rate * multiplier }
}

extension RunConfiguration {
    /// What becomes of each parameter, in the model's order.
    ///
    /// - Returns: A setting for each.
    /// - Throws: `ProgramError` when the configuration does not fit together.
    public func parameterSettings() throws -> [ParameterSetting] {
        let multipliers = try multipliers()
        let parameters = try ProxyTransformer(resolvedModel).parameters()
        let rule = rule
        let peak = StepSize(step: 1, peak: optimizer.learningRate, schedule: 1)
        return parameters.map { parameter in
            let factors = multipliers[parameter.path] ?? Multipliers()
            let scaled = parameter.scaled(factors)
            let plan = rule.plan(for: scaled, among: parameters.count)
            let isSpared = optimizer.weightDecay.exclude.contains(parameter.role)
            let form = isSpared ? Decay.Form.none : plan.decay
            return ParameterSetting(
                specification: scaled, plan: plan, multiplier: factors.learningRate, decay: form,
                epsilon: plan.epsilon.map { $0 * factors.epsilon },
                decayShare: Decay(form, rate: decay.rate).factor(at: peak))
        }
    }
}
