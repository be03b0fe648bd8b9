import Engines
import Foundation
import Modules
import Norms
import Optimizers
import Programs
import Tensors
import Testing

@Suite("what single steps do")
struct FormulaTests {
    private func size(_ rate: Double) -> (Int) -> StepSize {
        { StepSize(step: $0, peak: rate, schedule: 1) }
    }

    /// One tensor along given gradients.
    private func walk(
        _ rule: any UpdateRule, _ specification: ParameterSpecification, from start: [Double],
        along gradients: [[Double]], rate: Double, _ arithmetic: Arithmetic = .double
    ) throws -> [[Double]] {
        try Walk(
            rule, from: [(specification, start)],
            along: gradients.map { [specification.path: $0] }, arithmetic, size: size(rate)
        ).steps.map { try #require($0.parameters[specification.path]) }
    }

    private func singularValues(_ values: [Double], _ shape: Shape) -> [Double] {
        SingularValues(Tensor(doubles: values, shape: shape)).values
    }

    private func rows(_ values: [Double], of count: Int) -> [[Double]] {
        stride(from: 0, to: values.count, by: count).map { Array(values[$0..<$0 + count]) }
    }

    // MARK: Relative rules

    @Test(
        "AGD's step is log((1 + √(1 + 4G)) / 2), down to the smallest gradients",
        arguments: [
            (0, 0), (2, log(2)), (6, log(3)), (1e-6, 9.999985000033333e-7),
            (1e-12, 9.999999999985e-13),
        ]
            as [(Double, Double)])
    func agd(summary: Double, expected: Double) throws {
        // One element, one tensor: G is the gradient and the step is η.
        for arithmetic in [.double, try Arithmetic.single] {
            let end = try walk(
                AGD(), query([1, 1]), from: [0], along: [[summary]], rate: 1, arithmetic)
            // Six operations.
            let rounding = arithmetic.elementType == .f64 ? 0x1p-53 : 0x1p-24
            #expect((-end[0][0] - expected).magnitude <= expected * 6 * rounding)
        }
    }

    @Test("AGD sums over all tensors and gives each its scale")
    func agdOverTensors() throws {
        let (a, b) = (parameter("a", [4, 1]), parameter("b", [1, 4]))
        // Scales 2 and 1/2, norms 3 and 8: G = (6 + 4) / 2 = 5.
        let walk = try Walk(
            AGD(gain: 0.5), from: [(a, [0, 0, 0, 0]), (b, [0, 0, 0, 0])],
            along: [["a": [3, 0, 0, 0], "b": [0, 0, 8, 0]]], size: size(1))
        let step = 0.5 * log((1 + 21.0.squareRoot()) / 2) / 2
        let end = walk.steps[0].parameters
        #expect(distance(try #require(end["a"]), [-2 * step, 0, 0, 0]) < 1e-15)
        #expect(distance(try #require(end["b"]), [0, 0, -step / 2, 0]) < 1e-15)
    }

    @Test("Fromage keeps the norm when the gradient is orthogonal, and rests without a gradient")
    func fromage() throws {
        let (start, orthogonal) = ([3.0, 4, 0, 0], [4.0, -3, 2, 1])
        let end = try walk(
            Fromage(), query([2, 2]), from: start, along: [orthogonal, [0, 0, 0, 0]], rate: 0.5)
        #expect((length(end[0]) - 5).magnitude < 1e-14)
        #expect(end[1] == end[0])
    }

    // MARK: Element-wise rules

    @Test("AdamC and SGDC correct the decay of hidden matrices alone", arguments: Role.allCases)
    func corrected(role: Role) throws {
        let specification = parameter("p", role == .gain ? [4] : [2, 2], role)
        let start = [1.0, -2, 3, 0.5]
        // η_max = 0.5, s = 0.25, λ = 0.4: η²/η_max λ = 0.0125 and ηλ = 0.05.
        let factor = role == .hidden ? 0.0125 : 0.05
        for rule in [AdamC(rate: 0.4), SGDC(rate: 0.4)] as [any UpdateRule] {
            let steps = try Walk(
                rule, from: [(specification, start)], along: [["p": [0, 0, 0, 0]]]
            ) { StepSize(step: $0, peak: 0.5, schedule: 0.25) }.steps
            let expected = start.map { $0 - factor * $0 }
            #expect(distance(try #require(steps[0].parameters["p"]), expected) < 1e-15)
        }
    }

    @Test("the arc tangent of Adam's quotient, from tiny to huge quotients")
    func arcTangent() throws {
        // After one step mean and root are the gradient and its magnitude: the angle is that of
        // (±1, b). Wide ranges of b show all angles.
        for (arithmetic, rounding) in [(Arithmetic.double, 0x1p-53), (try .single, 0x1p-24)] {
            for damping in [1e-6, 1e-3, 0.1, 0.5, 0.9, 1, 1.1, 2, 10, 1e3, 1e6] {
                let rule = AdamAtan2(scale: 1, damping: damping)
                let end = try walk(
                    rule, query([2, 2]), from: [0, 0, 0, 0], along: [[2, -3, 0, 1e-9]], rate: 1,
                    arithmetic)[0]
                let angle = atan2(1, damping)
                // Thirty operations, most on smaller numbers.
                for (actual, expected) in zip(end, [-angle, angle, 0, -angle]) {
                    #expect((actual - expected).magnitude <= 30 * rounding * angle)
                }
            }
        }
    }

    @Test("the arc tangent does not see the scale of all gradients")
    func scaleInvariance() throws {
        let gradients = (0..<5).map { noise(4, UInt64($0)) }
        let ends = try [1, 0x1p-60].map { factor in
            try walk(
                AdamAtan2(), query([2, 2]), from: [0, 0, 0, 0],
                along: gradients.map { $0.map { $0 * factor } }, rate: 0.1)
        }
        // Powers of two scale without rounding.
        #expect(ends[0] == ends[1])
    }

    // MARK: Spectral rules

    @Test("Muon's scales make the Frobenius norm √rows, the RMS 0.2, the RMS-to-RMS norm one")
    func muonScales() throws {
        for shape in [[8, 8], [6, 18], [18, 6]] as [Shape] {
            let (rows, columns) = (Double(shape[0]), Double(shape[1]))
            let gradient = SingularValues(Tensor(doubles: noise(shape.count, 1), shape: shape))
                .matrix { 1 + $0 / 10 }.doubles
            func step(_ scale: Muon.Scale) throws -> [Double] {
                let rule = Muon(orthogonalization: .cubic, scale: scale)
                return try walk(
                    rule, query(shape), from: [Double](repeating: 0, count: shape.count),
                    along: [gradient], rate: 1)[0]
            }
            // Fifteen cubic steps are exact for singular values this close together.
            let frobenius = length(try step(.original))
            #expect((frobenius - rows.squareRoot()).magnitude < 1e-10)
            let rms = length(try step(.matchAdamW)) / (rows * columns).squareRoot()
            #expect((rms - 0.2).magnitude < 1e-10)
            let largest = singularValues(try step(.spectral), shape)[0]
            #expect(((columns / rows).squareRoot() * largest - 1).magnitude < 1e-10)
        }
    }

    @Test("matrix rules move what they leave out as AdamW does, at the auxiliary rate")
    func auxiliary() throws {
        let decay = Decay(.decoupled, rate: 0.1)
        let parameterSplit = ParameterSplit(auxiliary: AdamW(decay: decay), auxiliaryRate: 0.25)
        let rules: [any MatrixRule] = [
            Muon(decay: decay, parameterSplit: parameterSplit),
            AdamH(parameterSplit: parameterSplit),
            MuonH(parameterSplit: parameterSplit), Hypersphere(parameterSplit: parameterSplit),
            ForcedNormalization(parameterSplit: parameterSplit),
            SpectralClip(parameterSplit: parameterSplit),
        ]
        for role in [Role.embedding, .head, .gain] {
            let specification = parameter("p", role == .gain ? [6] : [3, 2], role)
            let gradients = (0..<4).map { noise(6, UInt64($0)) }
            let expected = try walk(
                AdamW(decay: decay), specification, from: noise(6, 9), along: gradients, rate: 0.02)
            for rule in rules {
                let actual = try walk(
                    rule, specification, from: noise(6, 9), along: gradients, rate: 0.08)
                #expect(actual == expected, "\(type(of: rule).name) of \(role.rawValue)")
            }
        }
    }

    @Test("a dualised step has the size of its share in the norm of its role")
    func dualized() throws {
        let parameters = [
            parameter("m", [6, 10]), parameter("t", [5, 4], .embedding), parameter("g", [7], .gain),
        ]
        let steps = try Walk(
            Dualized(),
            from: parameters.map { ($0, [Double](repeating: 0, count: $0.shape.count)) },
            along: [
                Dictionary(
                    uniqueKeysWithValues: parameters.map { ($0.path, noise($0.shape.count, 3)) })
            ], size: size(0.3)
        ).steps
        let step = steps[0].parameters
        // A share of a third of 0.3.
        let matrix = singularValues(try #require(step["m"]), [6, 10])
        let norms = matrix.map { $0 * (10.0 / 6).squareRoot() / 0.1 }
        #expect(norms.allSatisfy { NewtonSchulz.modula.band.contains($0) })
        for row in rows(try #require(step["t"]), of: 4) {
            #expect((length(row) / 2 - 0.1).magnitude < 1e-15)
        }
        #expect((length(try #require(step["g"])) / 7.0.squareRoot() - 0.1).magnitude < 1e-15)
    }

    @Test("a normalised step comes to unit size in the spectral norm and keeps Adam's direction")
    func normalized() throws {
        // The same gradient again and again: Adam's direction stays its sign.
        let gradient = noise(24, 2)
        let ends = try walk(
            Normalized(), query([4, 6]), from: [Double](repeating: 0, count: 24),
            along: [[Double]](repeating: gradient, count: 60), rate: 0.1)
        let step = zip(ends[59], ends[58]).map { $0 - $1 }
        let norm = singularValues(step, [4, 6])[0] * (6.0 / 4).squareRoot()
        // Sixty iterations; the power iteration ends below the norm, and the step above its size.
        #expect((norm / 0.1 - 1).magnitude < 1e-6)
        let sign = gradient.map { $0 > 0 ? -1.0 : 1 }
        #expect(1 - inner(step, sign) / length(step) / length(sign) < 1e-12)
    }

    @Test("Scion stays in its balls", arguments: [Role.hidden, .embedding, .head])
    func scion(role: Role) throws {
        let specification = parameter("p", [6, 4], role)
        let rule = Scion(radius: 3, embeddingRadius: 3, headRadius: 3, orthogonalization: .modula)
        let ends = try walk(
            rule, specification, from: noise(24, 8).map { $0 * 10 },
            along: (0..<80).map { noise(24, UInt64($0)) }, rate: 0.1)
        // The first steps are on their way in: 0.9⁸⁰ of an excess below 20 is left.
        let end = ends[79]
        let norm =
            switch role {
            case .hidden: singularValues(end, [6, 4])[0] * (4.0 / 6).squareRoot()
            case .embedding:
                rows(end, of: 4).map { length($0) / 2 }.max() ?? 0
            case .head, .gain: 4 * (end.map(\.magnitude).max() ?? 0)
            }
        #expect(norm <= 3 + 20 * pow(0.9, 80))
    }

    // MARK: Constrained rules

    @Test("AdamH turns by atan η along a tangent step and keeps the norm")
    func hyperball() throws {
        // The sign of the gradient, Adam's first direction, is orthogonal to the matrix.
        let (start, gradient) = ([1.0, 1, 1, 1], [2.0, -1, 3, -0.5])
        let end = try walk(
            AdamH(adam: AdamW(epsilon: 0)), query([2, 2]), from: start, along: [gradient],
            rate: 0.01)[0]
        #expect((length(end) - 2).magnitude < 1e-15)
        let angle = acos(inner(start, end) / 4)
        // acos near one loses half of the digits of 0.01: 2⁻⁵³ / 0.01.
        #expect((angle - atan(0.01)).magnitude < 1e-13)
    }

    @Test("the norms of MuonH and of the hypersphere stay for a thousand steps")
    func norms() throws {
        let gradients = (0..<1000).map { noise(12, UInt64($0)) }
        let start = noise(12, 5)
        for rule in [MuonH(), AdamH(), Hypersphere()] as [any UpdateRule] {
            let end = try walk(
                rule, query([3, 4]), from: start, along: gradients, rate: 0.05, .single)[999]
            // A thousand roundings of the norm by at most three units each.
            #expect((length(end) / length(start) - 1).magnitude < 3 * 1000 * 0x1p-24)
        }
    }

    @Test("the hypersphere turns by atan η whatever the gradient")
    func hypersphere() throws {
        let start = noise(12, 5)
        let end = try walk(
            Hypersphere(momentum: 0), query([3, 4]), from: start, along: [noise(12, 6)],
            rate: 0.3)[0]
        let cosine = inner(start, end) / length(start) / length(end)
        #expect((cosine - cos(atan(0.3))).magnitude < 1e-15)
    }

    @Test("the orthogonal manifold is not left, in even and odd dimensions", arguments: [4, 5])
    func orthogonal(extent: Int) throws {
        let count = extent * extent
        let ends = try walk(
            Orthogonal(), query([extent, extent]), from: noise(count, 5),
            along: (0..<30).map { noise(count, UInt64($0)) }, rate: 0.2)
        for end in ends {
            for value in singularValues(end, [extent, extent]) {
                #expect((value - 1).magnitude < 1e-6)
            }
        }
    }

    @Test("forced normalisation keeps the length of each row")
    func forcedNormalization() throws {
        let end = try walk(
            ForcedNormalization(radius: 2), query([3, 4]), from: noise(12, 5),
            along: (0..<10).map { noise(12, UInt64($0)) }, rate: 0.1)[9]
        for row in rows(end, of: 4) { #expect((length(row) - 2).magnitude < 1e-15) }
    }

    @Test("spectral clip brings the norm below its bound and leaves what is below alone")
    func spectralClip() throws {
        let zeros = [[Double]](repeating: [Double](repeating: 0, count: 24), count: 200)
        let start = noise(24, 5).map { $0 * 3 }
        let end = try walk(
            SpectralClip(bound: 1.5), query([4, 6]), from: start, along: zeros, rate: 0.1)[199]
        let bound = 1.5 * (4.0 / 6).squareRoot()
        // Two hundred iterations over four singular values.
        #expect(singularValues(end, [4, 6])[0] <= bound * (1 + 1e-3))
        #expect(singularValues(start, [4, 6])[2] > bound, "three had to be cut")
        let small = start.map { $0 / 100 }
        let same = try walk(
            SpectralClip(bound: 1.5), query([4, 6]), from: small, along: zeros, rate: 0.1)[199]
        #expect(same == small)
    }

    @Test("Muon on an embedding, a word without a matrix, a manifold of oblong matrices")
    func refusals() {
        let parameters = [
            parameter("embedding", [11, 8], .embedding),
            parameter("blocks.0.attention.query", [8, 8]),
            parameter("blocks.0.mlp.up", [32, 8]), parameter("norm", [8], .gain),
        ]
        func message(_ rule: any MatrixRule) -> String {
            do throws(RuleError) {
                try rule.check(parameters)
                return ""
            } catch { return error.description }
        }
        #expect(message(Muon()) == "")
        #expect(
            message(Muon(parameterSplit: ParameterSplit(["hidden", "embedding"])))
                == "matrices: embedding is a table of rows, which muon cannot move; leave it out, so "
                + "that AdamW moves it, or use rule: dualized, which has a norm for every role")
        #expect(
            message(Muon(parameterSplit: ParameterSplit(["gain"]))).contains("norm is no matrix"))
        #expect(
            message(Muon(parameterSplit: ParameterSplit(["querry"]))).contains("querry is no role"))
        #expect(message(Orthogonal(parameterSplit: ParameterSplit(["query"]))) == "")
        #expect(
            message(Orthogonal(parameterSplit: ParameterSplit(["hidden"]))).contains(
                "blocks.0.mlp.up is [32,8], and the orthogonal manifold is of square matrices"))
    }
}
