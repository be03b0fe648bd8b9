import Formats
import Foundation
import Modules
import Norms
import Optimizers
import Tensors
import Testing

/// Trajectories that PyTorch, Optax and NumPy computed; `Oracle/make_oracle.py` makes them.
private struct Oracle {
    static let steps = 20
    static let shapes: [(name: String, shape: Shape)] = [
        ("wide", [4, 7]), ("tall", [9, 5]), ("gain", [6]),
    ]
    static let matrices = shapes.prefix(2)

    let file: SafetensorsFile

    init() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Oracle/oracle.safetensors").path
        file = try SafetensorsFile(path: path)
    }

    func numbers(_ key: String) throws -> [Double] { try file.tensor(key).doubles }

    /// Part `index` of a tensor whose first axis is the step.
    func step(_ index: Int, _ key: String) throws -> [Double] {
        let all = try numbers(key)
        let count = all.count / Self.steps
        return Array(all[index * count..<(index + 1) * count])
    }

    /// The same walk by one of our rules.
    func walk(
        _ rule: any UpdateRule, peak: Double, _ arithmetic: Arithmetic = .double
    ) throws -> Walk {
        try Walk(
            rule,
            from: Self.shapes.map { name, shape in
                (
                    parameter(name, shape, shape.rank == 2 ? .hidden : .gain),
                    try numbers("start." + name)
                )
            },
            along: (0..<Self.steps).map { step in
                var gradients: [String: [Double]] = [:]
                for (name, _) in Self.shapes {
                    gradients[name] = try self.step(step, "gradient." + name)
                }
                return gradients
            }, arithmetic
        ) { StepSize(step: $0, peak: peak, schedule: 1 - Double($0 - 1) / Double(Self.steps)) }
    }
}

@Suite("trajectories of other libraries")
struct OracleTests {
    static let rules: [(rule: any UpdateRule, peak: Double)] = [
        (SGD(decay: Decay(.coupled, rate: 0.1)), 0.05),
        (AdamW(decay: Decay(.decoupled, rate: 0.1)), 0.05),
        (Lion(decay: Decay(.decoupled, rate: 0.1)), 0.05),
        (LARS(decay: Decay(.coupled, rate: 0.1)), 5),
        (LAMB(decay: Decay(.decoupled, rate: 0.1)), 0.05),
        (Fromage(), 0.05),
    ]

    private func worst(
        _ rule: any UpdateRule, peak: Double, _ arithmetic: Arithmetic
    ) throws -> Double {
        let oracle = try Oracle()
        let walk = try oracle.walk(rule, peak: peak, arithmetic)
        var worst = 0.0
        for (index, step) in walk.steps.enumerated() {
            for (name, _) in Oracle.shapes {
                let expected = try oracle.step(index, "\(type(of: rule).name).\(name)")
                worst = max(worst, distance(try #require(step.parameters[name]), expected))
            }
        }
        return worst
    }

    @Test("20 steps in double, as PyTorch's and Optax's", arguments: rules.indices)
    func inDouble(index: Int) throws {
        let (rule, peak) = Self.rules[index]
        // Twenty steps of at most fifty operations on numbers up to four, each off by 2⁻⁵³.
        let error = try worst(rule, peak: peak, .double)
        #expect(error < 20 * 50 * 4 * 0x1p-53, "\(type(of: rule).name): \(error)")
    }

    @Test("20 steps on the CPU engine", arguments: rules.indices)
    func inSingle(index: Int) throws {
        let (rule, peak) = Self.rules[index]
        let error = try worst(rule, peak: peak, .single)
        // As above, each off by 2⁻²⁴.
        #expect(error < 20 * 50 * 4 * 0x1p-24, "\(type(of: rule).name): \(error)")
    }

    @Test("the comparison can fail: a wrong constant of each rule is told apart")
    func negativeControl() throws {
        let broken: [(rule: any UpdateRule, peak: Double)] = [
            (SGD(momentum: 0.901, decay: Decay(.coupled, rate: 0.1)), 0.05),
            (AdamW(beta2: 0.951, decay: Decay(.decoupled, rate: 0.1)), 0.05),
            (Lion(decay: Decay(.coupled, rate: 0.1)), 0.05),
            (LARS(trustCoefficient: 0.00101, decay: Decay(.coupled, rate: 0.1)), 5),
            (LAMB(epsilon: 1e-2, decay: Decay(.decoupled, rate: 0.1)), 0.05),
            (Fromage(), 0.0501),
        ]
        for (rule, peak) in broken {
            #expect(try worst(rule, peak: peak, .double) > 20 * 50 * 4 * 0x1p-53)
        }
    }

    /// What rounding to single precision does to `steps` steps of Muon, at most: see the tests of
    /// orthogonalisation for the factors 485 and 15; an element of the rest is rounded four times.
    private func roundingOfMuon(steps: Int, scale: Muon.Scale, _ shape: Shape) -> Double {
        let factor = scale.factor(rows: shape[0], columns: shape[1])
        return Double(steps) * 0x1p-24 * (0.05 * factor * 485 * 15 + 4 * 4)
    }

    @Test("20 steps of Muon, as in NumPy", arguments: Muon.Scale.allCases)
    func muon(scale: Muon.Scale) throws {
        let oracle = try Oracle()
        let rule = Muon(scale: scale, decay: Decay(.decoupled, rate: 0.1))
        for arithmetic in [.double, try Arithmetic.single] {
            let walk = try oracle.walk(rule, peak: 0.05, arithmetic)
            for (index, step) in walk.steps.enumerated() {
                for (name, shape) in Oracle.matrices {
                    let key = "muon_numpy.\(scale.rawValue).\(name)"
                    let error = distance(
                        try #require(step.parameters[name]), try oracle.step(index, key))
                    #expect(error < roundingOfMuon(steps: index + 1, scale: scale, shape))
                }
            }
        }
    }

    @Test(
        "20 steps of Muon, as PyTorch's to the rounding of bfloat16", arguments: Muon.Scale.allCases
    )
    func muonOfPyTorch(scale: Muon.Scale) throws {
        let oracle = try Oracle()
        let rule = Muon(scale: scale, decay: Decay(.decoupled, rate: 0.1))
        let other = Muon(
            orthogonalization: .dion, scale: scale, decay: Decay(.decoupled, rate: 0.1))
        let walk = try oracle.walk(rule, peak: 0.05)
        let broken = try oracle.walk(other, peak: 0.05)
        for (index, (step, wrong)) in zip(walk.steps, broken.steps).enumerated() {
            for (name, shape) in Oracle.matrices {
                let expected = try oracle.step(index, "muon_torch.\(scale.rawValue).\(name)")
                // The script measures how far bfloat16 takes PyTorch from NumPy; we are as near to
                // NumPy as the test above says.
                let bound =
                    try oracle.step(index, "muon_error.\(scale.rawValue).\(name)")[0]
                    + roundingOfMuon(steps: index + 1, scale: scale, shape)
                #expect(distance(try #require(step.parameters[name]), expected) <= bound)
                // Another set of coefficients is told apart.
                #expect(distance(try #require(wrong.parameters[name]), expected) > bound)
            }
        }
    }

    @Test("20 steps of Muon by products in bfloat16, as in NumPy")
    func muonByRoundedProducts() throws {
        let oracle = try Oracle()
        func walk(_ type: ElementType) throws -> Walk {
            let decay = Decay(.decoupled, rate: 0.1)
            let rule = Muon(productType: type, scale: .original, decay: decay)
            return try oracle.walk(rule, peak: 0.05, try Arithmetic.single)
        }
        let (actual, plain) = (try walk(.bf16), try walk(.f32))
        for (name, _) in Oracle.matrices {
            // What the roundings do to the formula.
            var (effect, error) = (0.0, 0.0)
            for index in actual.steps.indices {
                let expected = try oracle.step(index, "muon_products.\(name)")
                let found = try #require(actual.steps[index].parameters[name])
                let unrounded = try #require(plain.steps[index].parameters[name])
                effect = max(effect, distance(unrounded, expected))
                error = max(error, distance(found, expected))
            }
            // Sums that differ in a last digit round a factor the other way now and then: one of the
            // hundreds of roundings of a step.
            #expect(error < effect / 10, "\(name): \(error) of \(effect)")
            #expect(effect > 1e-3)
        }
    }
}
