import Formats
import Foundation
import Modules
import Norms
import Optimizers
import Tensors
import Testing

/// Trajectories that NumPy computed; `Oracle/make_variants.py` makes them.
private struct Variants {
    static let steps = 20
    static let parameters = [
        ParameterSpecification(
            path: "rows", shape: [6, 5], role: .hidden, initialization: .constant(0),
            heads: .rows(3)),
        ParameterSpecification(
            path: "columns", shape: [4, 9], role: .hidden, initialization: .constant(0),
            heads: .columns(3)),
        parameter("gain", [6], .gain),
    ]

    let file: SafetensorsFile

    init() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Oracle/variants.safetensors").path
        file = try SafetensorsFile(path: path)
    }

    /// The largest distance of any element after any step from that of the script.
    func worst(
        _ rule: any UpdateRule, as name: String, matrices: Bool, _ arithmetic: Arithmetic = .double,
        evaluated: Bool = false,
        schedule: (Int) -> Double = { 1 - Double($0 - 1) / Double(Self.steps) }
    ) throws -> Double {
        let parameters = Self.parameters.prefix(matrices ? 2 : 3)
        func step(_ index: Int, _ key: String) throws -> [Double] {
            let all = try file.tensor(key).doubles
            let count = all.count / Self.steps
            return Array(all[index * count..<(index + 1) * count])
        }
        let walk = try Walk(
            rule, from: parameters.map { ($0, try file.tensor("start." + $0.path).doubles) },
            along: (0..<Self.steps).map { index in
                var gradients: [String: [Double]] = [:]
                for parameter in parameters {
                    gradients[parameter.path] = try step(index, "gradient." + parameter.path)
                }
                return gradients
            }, arithmetic
        ) { StepSize(step: $0, peak: 0.05, schedule: schedule($0)) }
        var worst = 0.0
        for (index, state) in walk.steps.enumerated() {
            for parameter in parameters {
                let path = parameter.path
                var found = try #require(state.parameters[path])
                if evaluated, let (slot, factor) = rule.evaluationOffset(of: parameter) {
                    let slots = rule.slots(for: parameter).map(\.name)
                    let place = try #require(slots.firstIndex(of: slot))
                    let offset = try #require(state.state[path])[place].doubles
                    found = zip(found, offset).map { $0 + factor * $1 }
                }
                worst = max(worst, distance(found, try step(index, "\(name).\(path)")))
            }
        }
        return worst
    }
}

@Suite("variants of rules against the authors' formulas in NumPy")
struct VariantOracleTests {
    private static let decay = Decay(.decoupled, rate: 0.1)
    private static let cautious = Decay(.decoupled, rate: 0.1, isCautious: true)

    /// A rule, its twin with one thing wrong, and what the script calls it.
    struct Variant: Sendable, CustomTestStringConvertible {
        var name: String
        var rule: any UpdateRule
        var broken: any UpdateRule
        var isOrthogonal: Bool
        var testDescription: String { name }
    }

    static let variants =
        Muon.Scale.allCases.flatMap { scale -> [Variant] in
            [
                Variant(
                    name: "normuon.\(scale.rawValue)",
                    rule: NorMuon(Muon(scale: scale, decay: decay)),
                    broken: NorMuon(Muon(scale: scale, decay: decay), rowDecay: 0.94),
                    isOrthogonal: true),
                Variant(
                    name: "muon_heads.\(scale.rawValue)",
                    rule: Muon(scale: scale, splitsHeads: true, decay: decay),
                    broken: Muon(scale: scale, decay: decay), isOrthogonal: true),
            ]
        } + [
            Variant(
                name: "cadamw", rule: AdamW(decay: decay, isCautious: true),
                broken: AdamW(decay: decay), isOrthogonal: false),
            Variant(
                name: "clion", rule: Lion(decay: decay, isCautious: true),
                broken: Lion(decay: decay), isOrthogonal: false),
            Variant(
                name: "adamw_cwd", rule: AdamW(decay: cautious), broken: AdamW(decay: decay),
                isOrthogonal: false),
            Variant(
                name: "muon_cwd", rule: Muon(decay: cautious), broken: Muon(decay: decay),
                isOrthogonal: true),
        ]

    /// What rounding by 2⁻ᵖ does in twenty steps, at most: fifty operations on numbers up to four, and for
    /// orthogonalised steps the factors 485 and 15 of its tests on a step of up to 0.05 · √3 a step.
    private func bound(_ variant: Variant, _ rounding: Double) -> Double {
        20 * rounding * (variant.isOrthogonal ? 0.05 * 3.0.squareRoot() * 485 * 15 + 16 : 200)
    }

    @Test("20 steps in double and on the CPU engine", arguments: variants)
    func agree(_ variant: Variant) throws {
        let oracle = try Variants()
        for (arithmetic, rounding) in [(Arithmetic.double, 0x1p-53), (try .single, 0x1p-24)] {
            let error = try oracle.worst(
                variant.rule, as: variant.name, matrices: variant.isOrthogonal, arithmetic)
            #expect(error < bound(variant, rounding), "\(arithmetic.testDescription): \(error)")
        }
    }

    @Test(
        "the comparison can fail: the twin with one thing wrong is told apart", arguments: variants)
    func negativeControl(_ variant: Variant) throws {
        let error = try Variants().worst(
            variant.broken, as: variant.name, matrices: variant.isOrthogonal)
        #expect(error > 100 * bound(variant, 0x1p-53), "\(error)")
    }

    @Test("schedule-free steps and the average that is evaluated")
    func scheduleFree() throws {
        let oracle = try Variants()
        let schedule = { (step: Int) in min(Double(step) / 5, 1) }
        let rule = ScheduleFree(decay: Self.decay)
        for (arithmetic, rounding) in [(Arithmetic.double, 0x1p-53), (try .single, 0x1p-24)] {
            for (name, evaluated) in [("schedule_free", false), ("schedule_free_x", true)] {
                let error = try oracle.worst(
                    rule, as: name, matrices: false, arithmetic, evaluated: evaluated,
                    schedule: schedule)
                #expect(error < 20 * 200 * rounding, "\(name), \(arithmetic): \(error)")
            }
        }
        // What trains is not what is evaluated, and another β₁ is another walk.
        for (broken, name, evaluated) in [
            (rule, "schedule_free_x", false),
            (ScheduleFree(beta1: 0.91, decay: Self.decay), "schedule_free", false),
            (ScheduleFree(beta1: 0.91, decay: Self.decay), "schedule_free_x", true),
        ] {
            let error = try oracle.worst(
                broken, as: name, matrices: false, evaluated: evaluated, schedule: schedule)
            #expect(error > 1e-6, "\(name): \(error)")
        }
    }

    @Test("split heads need a matrix with heads, and say so")
    func noHeads() {
        let up = parameter("blocks.0.mlp.up", [8, 4])
        let error = #expect(throws: RuleError.self) {
            try Muon(splitsHeads: true).check([up])
        }
        #expect(
            error?.description
                == "split-heads: none of optimizer.matrices has heads; add attention to them, or "
                + "remove the key")
        #expect(throws: Never.self) {
            try Muon(splitsHeads: true).check([up, Variants.parameters[0]])
        }
    }
}
