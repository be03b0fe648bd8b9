import Foundation
import Modules
import Optimizers
import OrderedCollections
import Programs
import Statistics
import Telemetry
import Tensors

extension ProbeSite {
    /// For each parameter what its step is beside the weight and beside epsilon, with the lines that
    /// theory draws.
    ///
    /// With W the weight, W' the weight after the step, and s what the step adds without weight decay:
    ///
    /// | tag | number | line |
    /// |---|---|---|
    /// | `gradient_over_epsilon` | RMS of the gradient after clipping over Adam's epsilon | 1 |
    /// | `gradient_over_weight` | ‖g‖/‖W‖, before clipping | `GradientRatio.steadyState` |
    /// | `update_rms` | RMS of s over the learning rate | √((1 − β₁)/(1 + β₁)) for AdamW |
    /// | `update_over_weight` | ‖s‖/‖W‖ | `Equilibrium.updateOverWeight` |
    /// | `angle` | between W and W' | `Equilibrium.angle` |
    /// | `cosine` | of W and −s | `Equilibrium.cosine` |
    /// | `weight_rms` | RMS of W | `Equilibrium.weight` |
    ///
    /// Lines are recorded as `TAG_line` where they are known: for AdamW and AdamC, and of the gradient
    /// for SGD and SGDC.
    func ratios() {
        for (index, parameter) in graph.parameters.enumerated() {
            let weight = graph.values[index]
            let isCoupled = configuration.decay.form == .coupled
            let step =
                isCoupled || !graph.isDecayed(index)
                ? changes[index] : graph.update(index, isDecayed: false).parameter - weight
            let change = changes[index]
            func sum(_ a: Value, _ b: Value) -> Value { (a * b).sum() }
            let lines = EquilibriumLines(configuration, graph, index)
            let epsilon = lines.epsilon
            let count = Double(parameter.shape.count)
            add([
                sum(weight, weight), graph.squares[index], graph.scale, sum(step, step),
                sum(weight, step), sum(change, change), sum(weight, change),
            ]) { tensors, size in
                let n = tensors.map { Double($0.floats[0]) }
                let (weight, gradient) = (n[0].squareRoot(), n[1].squareRoot())
                let stepNorm = n[3].squareRoot()
                var values: [ProbeValue] = []
                func put(_ quantity: RatioQuantity, _ value: Double, _ line: Double?) {
                    func keep(_ family: MetricFamily, _ value: Double) {
                        values.append(ProbeValue(metric: family(parameter.path), value: value))
                    }
                    keep(.ratios(quantity), value)
                    if let line { keep(.ratios(quantity, isLine: true), line) }
                }
                let rate = lines.rate(size)
                let equilibrium = lines.equilibrium(size)
                if let epsilon {
                    let seen = (n[1] / count).squareRoot() * n[2]
                    put(.gradientOverEpsilon, seen / epsilon, nil)
                }
                put(.gradientOverWeight, gradient / weight, lines.gradientOverWeight(size))
                put(.updateRMS, (n[3] / count).squareRoot() / rate, lines.updateRMS)
                put(.updateOverWeight, stepNorm / weight, equilibrium?.updateOverWeight)
                let along = n[6] / weight
                let across = max(n[5] - along * along, 0).squareRoot()
                put(.angle, atan2(across, weight + along), equilibrium?.angle)
                put(.cosine, -n[4] / (weight * stepNorm), equilibrium?.cosine)
                put(.weightRMS, (n[0] / count).squareRoot(), equilibrium?.weight)
                // A step of nothing, or a weight of nothing, has no direction.
                return values.filter { $0.value.isFinite }
            }
        }
    }
}

/// The lines of one parameter.
private struct EquilibriumLines: Sendable {
    /// Adam's epsilon of the parameter, where its rule has one above zero.
    let epsilon: Double?
    /// The root mean square of a step of noise per unit of learning rate, where it is known.
    let updateRMS: Double?
    private let beta1: Double?
    private let momentum: Double?
    private let decay: Decay
    private let coupledRate: Double
    private let factor: Double
    private let peakFactor: Double

    init(_ configuration: RunConfiguration, _ graph: TrainingGraph, _ index: Int) {
        let parameter = graph.parameters[index]
        let plan = graph.rule.plan(for: parameter, among: graph.parameters.count)
        let multipliers = graph.multipliers[parameter.path] ?? Multipliers()
        epsilon = plan.epsilon.map { $0 * multipliers.epsilon }.flatMap { $0 > 0 ? $0 : nil }
        switch plan.momentum {
        case .adam(let beta1):
            self.beta1 = configuration.optimizer.relativeRate ? nil : beta1
            momentum = nil
        case .heavyBall(let momentum):
            beta1 = nil
            self.momentum = momentum
        case nil: (beta1, momentum) = (nil, nil)
        }
        updateRMS = beta1.map { Equilibrium.directionRootMeanSquare(beta1: $0) }
        decay = Decay(
            graph.isDecayed(index) ? plan.decay : .none, rate: configuration.decay.rate)
        coupledRate = decay.gradientRate
        factor = multipliers.learningRate
        peakFactor = plan.rate
    }

    /// η of the parameter.
    func rate(_ size: StepSize) -> Double { size.learningRate * factor * peakFactor }

    /// Where AdamW's weight would come to rest; nil without decay and for other rules.
    func equilibrium(_ size: StepSize) -> Equilibrium? {
        guard let beta1 else { return nil }
        var size = size
        size.peak *= peakFactor
        return Equilibrium(
            rate: size.learningRate * factor, decay: decay.factor(at: size), beta1: beta1)
    }

    /// Where the ratio of SGD would come to rest.
    func gradientOverWeight(_ size: StepSize) -> Double? {
        let rate = rate(size)
        guard let momentum, rate > 0 else { return nil }
        let form: GradientRatio = coupledRate > 0 ? .heavyBallCoupled : .heavyBall
        let strength = coupledRate > 0 ? coupledRate : decay.factor(at: size) / rate
        guard strength > 0 else { return nil }
        return form.steadyState(learningRate: rate, decay: strength, momentum: momentum)
    }
}
