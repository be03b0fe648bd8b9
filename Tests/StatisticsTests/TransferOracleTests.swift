import Foundation
import Statistics
import Testing

/// Numbers that SciPy and NumPy computed; `Oracle/make_oracle.py` makes them.
private struct Oracle: Decodable {
    struct Quantile: Decodable {
        var freedom: Double
        var probability: Double
        var value: Double
    }
    struct Tail: Decodable {
        var numerator: Double
        var denominator: Double
        var ratio: Double
        var value: Double
    }
    struct Bowl: Decodable {
        var x: [Double]
        var y: [Double]
        var weights: [Double]?
        var vertex: Double
        var curvature: Double
        var influence: [Double]
    }
    struct Line: Decodable {
        var extents: [Double]
        var optima: [[Double]]
        var slope: Double
        var pooledError: Double
        var meansError: Double
        var spread: Double
        var lackOfFit: Double
    }
    var studentQuantiles: [Quantile]
    var fisherTails: [Tail]
    var parabolas: [Bowl]
    var lines: [Line]

    static func read() throws -> Oracle {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Oracle/oracle.json")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Oracle.self, from: Data(contentsOf: url))
    }
}

/// Two numbers agree but for a share of the second.
private func expectNear(
    _ actual: Double, _ expected: Double, within share: Double,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(
        (actual - expected).magnitude <= share * max(expected.magnitude, 1e-12),
        "\(actual), not \(expected)", sourceLocation: sourceLocation)
}

@Suite("statistics of transfer against SciPy and NumPy")
struct TransferOracleTests {
    // Both sides are good to about 1e-14; quantiles of one degree of freedom lose two digits.
    @Test("quantiles of Student's t")
    func student() throws {
        for entry in try Oracle.read().studentQuantiles {
            let t = StudentDistribution(degreesOfFreedom: entry.freedom)
            expectNear(t.quantile(entry.probability), entry.value, within: 1e-11)
            expectNear(t.probability(below: entry.value), entry.probability, within: 1e-11)
        }
    }

    @Test("tails of Fisher's F")
    func fisher() throws {
        for entry in try Oracle.read().fisherTails {
            expectNear(
                FisherDistribution(entry.numerator, entry.denominator).probability(
                    above: entry.ratio), entry.value, within: 1e-11)
        }
    }

    @Test("a parabola's vertex, curvature and the pull of each height")
    func parabola() throws {
        for entry in try Oracle.read().parabolas {
            let parabola = try #require(Parabola(entry.x, entry.y, weights: entry.weights))
            // polyfit solves an uncentred system: some five digits are lost there.
            expectNear(try #require(parabola.vertex), entry.vertex, within: 1e-9)
            expectNear(parabola.coefficients[2], entry.curvature, within: 1e-9)
            for (own, other) in zip(parabola.vertexInfluence, entry.influence) {
                // Central differences of 1e-6, of a vertex near 5.
                #expect((own - other).magnitude < 1e-4 * (1 + other.magnitude))
            }
        }
    }

    @Test("a line's slope, errors and lack of fit; the bent one takes the error of its sizes")
    func line() throws {
        var bent = 0
        for entry in try Oracle.read().lines {
            let fit = try #require(
                DriftFit(
                    zip(entry.extents, entry.optima).map { .init(extent: $0, optima: $1) }))
            expectNear(fit.slope, entry.slope, within: 1e-10)
            expectNear(fit.spread, entry.spread, within: 1e-10)
            expectNear(fit.lackOfFit, entry.lackOfFit, within: 1e-7)
            expectNear(
                fit.standardError, fit.isBent ? entry.meansError : entry.pooledError, within: 1e-9)
            bent += fit.isBent ? 1 : 0
        }
        // Both branches were compared.
        #expect(bent > 0 && bent < 3)
    }

    @Test("the comparison can fail")
    func negativeControl() {
        withKnownIssue { expectNear(1 + 1e-9, 1, within: 1e-11) }
        withKnownIssue { expectNear(.nan, 1, within: 1) }
    }
}
