import Statistics
import Testing

/// Facts that every quantile function holds to.
private func checkQuantile(
    _ quantile: (Double, [Double]) -> Double?, sourceLocation: SourceLocation = #_sourceLocation
) {
    let sample: [Double] = [7, 1, 3, 9]
    #expect(quantile(0, sample) == 1, sourceLocation: sourceLocation)
    #expect(quantile(1, sample) == 9, sourceLocation: sourceLocation)
    #expect(quantile(0.5, sample) == 5, sourceLocation: sourceLocation)
    #expect(quantile(0.25, [1, 2, 3, 4]) == 1.75, sourceLocation: sourceLocation)
}

@Suite("descriptive statistics")
struct DescriptiveTests {
    @Test("the quantile of a few small samples, as NumPy gives them")
    func quantile() {
        checkQuantile { Descriptive.quantile($0, of: $1) }
        #expect(Descriptive.quantile(0.3, of: [4]) == 4)
    }

    @Test("the check can fail: a quantile that forgets to sort, and one that does not interpolate")
    func negativeControl() {
        withKnownIssue { checkQuantile { $1[Int($0 * Double($1.count - 1))] } }
        withKnownIssue { checkQuantile { $1.sorted()[Int($0 * Double($1.count - 1))] } }
    }

    @Test("mean, median and standard deviation of a sample with known values")
    func known() throws {
        let sample: [Double] = [2, 4, 4, 4, 5, 5, 7, 9]
        #expect(Descriptive.mean(of: sample) == 5)
        #expect(Descriptive.median(of: sample) == 4.5)
        let deviation = try #require(Descriptive.standardDeviation(of: sample))
        // The squares sum to 32 exactly; a division and a root, each rounded once.
        #expect(abs(deviation - (32.0 / 7).squareRoot()) <= deviation.ulp)
    }

    @Test("a small spread about a large mean keeps its digits")
    func cancellation() {
        #expect(Descriptive.standardDeviation(of: [1e9 + 1, 1e9 + 2, 1e9 + 3]) == 1)
    }

    @Test("too small a sample has no answer, and one with nan has nan")
    func empty() throws {
        #expect(Descriptive.mean(of: []) == nil)
        #expect(Descriptive.median(of: []) == nil)
        #expect(Descriptive.standardDeviation(of: [1]) == nil)
        #expect(try #require(Descriptive.median(of: [1, .nan])).isNaN)
    }
}
