import Conformance
import Engines
import Modules
import Optimizers
import Programs
import Tensors
import Testing

@Suite("updates by their formulas")
struct ClosedFormTests {
    private let parameter: [Double] = [1, -2, 0.5, 0.25]
    private let gradients: [[Double]] = [[0.5, -1, 2, 0], [0.25, 1, -2, 0], [1, 1, 1, 1]]

    /// Runs a rule over the gradients and returns the parameter, the state and Σ u² after each step.
    private func run(
        _ rule: some UpdateRule, scale: Double = 1, isDecayed: Bool = true
    ) throws -> [[[Double]]] {
        let builder = ProgramBuilder("update")
        let p = builder.input("p", .f64, [4])
        let g = builder.input("g", .f64, [4])
        let clip = builder.input("clip", .f64, [])
        let gain = ParameterSpecification(
            path: "norm", shape: [4], role: .gain, initialization: .constant(0))
        let slots = rule.slots(for: gain).map(\.name)
        let state = slots.map { builder.input($0, .f64, [4]) }
        var scalars: [StepScalar: Value] = [:]
        for scalar in rule.stepScalars { scalars[scalar] = builder.input(scalar.input, .f64, []) }
        let results = rule.update(
            UpdateOperands(
                parameter: p, gradient: g, gradientScale: clip, state: state, scalars: scalars,
                isDecayed: isDecayed))
        builder.output("p", results.parameter)
        for (slot, value) in zip(slots, results.state) { builder.output(slot, value) }
        builder.output("squares", results.squaredUpdate)
        let program = try builder.build()
        var inputs = ["p": Tensor(doubles: parameter, shape: [4])]
        for slot in slots { inputs[slot] = .zeros([4], .f64) }
        inputs["clip"] = Tensor(doubles: [scale], shape: [])
        var history: [[[Double]]] = []
        for (index, gradient) in gradients.enumerated() {
            inputs["g"] = Tensor(doubles: gradient, shape: [4])
            for (scalar, value) in rule.scalars(at: Self.step(index + 1)) {
                inputs[scalar.input] = Tensor(doubles: [value], shape: [])
            }
            let outputs = try ReferenceEngine().run(program, inputs)
            inputs.merge(outputs.filter { $0.key != "squares" }) { $1 }
            history.append(
                try (["p"] + slots + ["squares"]).map { try #require(outputs[$0]).doubles })
        }
        return history
    }

    private static func step(_ index: Int) -> StepSize {
        StepSize(step: index, peak: 0.1, schedule: 1 - 0.25 * Double(index))
    }

    /// The same by a scalar function of parameter, gradient and state.
    private func check(
        _ history: [[[Double]]], slots: Int,
        _ update: (_ p: Double, _ g: Double, _ state: inout [Double], StepSize) -> Double
    ) {
        var p = parameter
        var state = p.map { _ in [Double](repeating: 0, count: slots) }
        for (index, results) in history.enumerated() {
            var squares = 0.0
            for i in p.indices {
                let u = update(p[i], gradients[index][i], &state[i], Self.step(index + 1))
                p[i] += u
                squares += u * u
            }
            // Some ten operations in double, in another order.
            func expectNear(_ actual: [Double], _ expected: [Double]) {
                for (a, e) in zip(actual, expected) {
                    #expect((a - e).magnitude <= 1e-14 * max(1, e.magnitude))
                }
            }
            expectNear(results[0], p)
            for slot in 0..<slots { expectNear(results[1 + slot], state.map { $0[slot] }) }
            expectNear(results[1 + slots], [squares])
        }
    }

    @Test("AdamW with each form of decay", arguments: Decay.Form.allCases)
    func adamW(form: Decay.Form) throws {
        let decay = Decay(form, rate: 0.3)
        let rule = AdamW(beta1: 0.8, beta2: 0.9, epsilon: 1e-3, decay: decay)
        for (scale, isDecayed) in [(1, true), (0.5, true), (0.5, false)] {
            check(try run(rule, scale: scale, isDecayed: isDecayed), slots: 2) {
                p, g, state, step in
                let coupled = isDecayed && form == .coupled
                let g = g * scale + (coupled ? 0.3 * p : 0)
                state[0] = 0.8 * state[0] + 0.2 * g
                state[1] = 0.9 * state[1] + 0.1 * g * g
                var (power1, power2) = (1.0, 1.0)
                for _ in 0..<step.step { (power1, power2) = (power1 * 0.8, power2 * 0.9) }
                let mean = state[0] / (1 - power1)
                let size = (state[1] / (1 - power2)).squareRoot() + 1e-3
                return -step.learningRate * mean / size
                    - (isDecayed ? decay.factor(at: step) * p : 0)
            }
        }
    }

    @Test("SGD with each form of decay", arguments: Decay.Form.allCases)
    func sgd(form: Decay.Form) throws {
        let decay = Decay(form, rate: 0.3)
        for (scale, isDecayed) in [(1, true), (0.5, true), (0.5, false)] {
            let history = try run(
                SGD(momentum: 0.7, decay: decay), scale: scale, isDecayed: isDecayed)
            check(history, slots: 1) { p, g, state, step in
                let coupled = isDecayed && form == .coupled
                state[0] = 0.7 * state[0] + g * scale + (coupled ? 0.3 * p : 0)
                return -step.learningRate * state[0]
                    - (isDecayed ? decay.factor(at: step) * p : 0)
            }
        }
    }

    @Test("the first step of Adam is the sign of the gradient, whatever its size")
    func firstStep() throws {
        let first = try run(AdamW(epsilon: 0x1p-1000))[0]
        let expected = zip(parameter, gradients[0]).map {
            $0 - 0.075 * ($1 > 0 ? 1 : $1 < 0 ? -1 : 0)
        }
        for (a, e) in zip(first[0], expected) { #expect((a - e).magnitude < 1e-15) }
    }
}
