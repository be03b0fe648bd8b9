import Modules
import Norms
import Optimizers
import Tensors
import Testing

@Suite("every rule on both engines")
struct EngineTests {
    private static let parameters: [ParameterSpecification] = [
        parameter("embedding", [11, 8], .embedding),
        parameter("blocks.0.attention.query", [8, 8]),
        parameter("blocks.0.mlp.up", [24, 8]),
        parameter("blocks.0.mlp.down", [8, 24]),
        parameter("norm", [8], .gain),
        parameter("head", [11, 8], .head),
    ]

    private func walk(_ rule: any UpdateRule, _ arithmetic: Arithmetic) throws -> Walk {
        let start = Self.parameters.enumerated().map {
            ($1, noise($1.shape.count, UInt64($0)))
        }
        let gradients = (0..<6).map { step in
            var gradients: [String: [Double]] = [:]
            for (index, parameter) in Self.parameters.enumerated() {
                let seed = UInt64(100 + 10 * step + index)
                gradients[parameter.path] = noise(parameter.shape.count, seed)
            }
            return gradients
        }
        return try Walk(rule, from: start, along: gradients, arithmetic) {
            StepSize(step: $0, peak: 0.02, schedule: 1)
        }
    }

    @Test(
        "six steps on the CPU engine are those in double",
        arguments: OptimizerCatalog.all.map { Named(rule: $0) })
    func parity(named: Named) throws {
        let single = try walk(named.rule, .single)
        let double = try walk(named.rule, .double)
        for (s, d) in zip(single.steps, double.steps) {
            for parameter in Self.parameters {
                let path = parameter.path
                let (a, e) = (try #require(s.parameters[path]), try #require(d.parameters[path]))
                let start = noise(parameter.shape.count, UInt64(Self.index(path)))
                // The error is that of the movement so far, relative to it, and of the parameter.
                let moved = distance(e, start)
                let error = distance(a, e)
                #expect(
                    error < 0x1p-24 * (1137 * 18 * moved + 32 * 4), "\(path): \(error) of \(moved)")
            }
        }
    }

    private static func index(_ path: String) -> Int {
        parameters.firstIndex { $0.path == path } ?? 0
    }

    @Test(
        "the sum of squares is that of the change, of every tensor",
        arguments: OptimizerCatalog.all.map { Named(rule: $0) })
    func squares(named: Named) throws {
        let steps = try walk(named.rule, .double).steps
        for (before, after) in zip(steps, steps.dropFirst()) {
            for path in Self.parameters.map(\.path) {
                let change = zip(
                    try #require(after.parameters[path]), try #require(before.parameters[path])
                ).map { $0 - $1 }
                let squares = try #require(after.squaredUpdates[path])
                // The change is a difference of numbers up to four, each rounded.
                let error = (squares.squareRoot() - length(change)).magnitude
                #expect(error < 200 * 4 * 0x1p-53 + 1e-12 * length(change))
                #expect(squares > 0, "\(path) moves")
            }
        }
    }

    @Test(
        "names of slots are unique",
        arguments: OptimizerCatalog.all.map { Named(rule: $0) })
    func slots(named: Named) throws {
        for parameter in Self.parameters {
            let names = named.rule.slots(for: parameter).map(\.name)
            #expect(Set(names).count == names.count)
        }
    }

    /// A rule that a test's output shows by name.
    struct Named: Sendable, CustomTestStringConvertible {
        var rule: any ConfigurableRule
        var testDescription: String { type(of: rule).name }
    }
}
