import Engines
import Norms
import Programs
import Tensors
import Testing

@Suite("orthogonalisation")
struct NewtonSchulzTests {
    @Test(
        "singular values end in the documented bands, which are no wider than need be",
        arguments: NewtonSchulz.allCases)
    func bands(set: NewtonSchulz) throws {
        let images = (0...200_000).map { set.image(of: 0.01 * (Double($0) / 200_000 * 99 + 1)) }
        let (low, high) = (try #require(images.min()), try #require(images.max()))
        #expect(set.band.contains(low) && set.band.contains(high), "\(low) ... \(high)")
        // The documentation rounds outwards in the fourth figure.
        #expect(low - set.band.lowerBound < 1e-3 && set.band.upperBound - high < 1e-3)
    }

    @Test(
        "values from a thousandth end where the documentation says",
        arguments: [
            (.modula, 0.866, 0.9994), (.muon, 0.470, 1.203), (.dion, 0.474, 1.146),
            (.cubic, 0.416, 1),
        ]
            as [(NewtonSchulz, Double, Double)])
    func widerBands(set: NewtonSchulz, low: Double, high: Double) {
        for index in 0...200_000 {
            let image = set.image(of: 0.001 * (Double(index) / 200_000 * 999 + 1))
            #expect(low <= image && image <= high)
        }
    }

    @Test("the slope at zero is the product of the first coefficients")
    func slope() {
        let expected: [NewtonSchulz: Double] = [.modula: 1137, .muon: 485, .dion: 493, .cubic: 438]
        for set in NewtonSchulz.allCases {
            #expect((set.image(of: 1e-9) / 1e-9).rounded() == expected[set])
        }
    }

    @Test(
        "each singular value goes where its polynomial says and the vectors stay",
        arguments: try Arithmetic.all, shapes)
    func matrices(arithmetic: Arithmetic, shape: Shape) throws {
        let matrix = matrix(shape)
        let singular = SingularValues(matrix)
        for set in NewtonSchulz.allCases {
            let actual = try arithmetic.apply(matrix) { set.orthogonalized($0) }
            let expected = singular.matrix { set.image(of: $0 / matrix.frobenius) }
            // A rounding of the matrix in one step is stretched by the slopes of the later ones, at
            // worst by the whole slope, and each step rounds three sums of at most 24 terms.
            let slope = set.image(of: 1e-9) / 1e-9
            let bound = arithmetic.rounding * slope * 3 * Double(set.steps.count)
            let error = distance(actual, expected)
            #expect(error < bound, "\(set): \(error)")
        }
    }

    @Test("the comparison can fail: the steps of another set are told apart")
    func negativeControl() throws {
        let matrix = matrix([8, 24])
        let actual = try Arithmetic.all[1].apply(matrix) { NewtonSchulz.muon.orthogonalized($0) }
        let expected = SingularValues(matrix).matrix {
            NewtonSchulz.dion.image(of: $0 / matrix.frobenius)
        }
        withKnownIssue { #expect(distance(actual, expected) < 0x1p-24 * 485 * 15) }
    }

    @Test(
        "zero gives zero, and so does what is too small to be told from it",
        arguments: try Arithmetic.all)
    func zeros(arithmetic: Arithmetic) throws {
        for set in NewtonSchulz.allCases {
            for scale: Float in [0, 1e-30, 1e-20] {
                let tiny = Tensor(matrix([4, 6]).floats.map { $0 * scale }, shape: [4, 6])
                let result = try arithmetic.apply(tiny) { set.orthogonalized($0) }
                #expect(result.doubles.allSatisfy { $0 == 0 })
            }
        }
    }

    @Test(
        "the scale of the matrix does not matter", arguments: [1e-12, 1e-6, 1e6, 1e15] as [Float])
    func scale(factor: Float) throws {
        let arithmetic = try Arithmetic.all[1]
        let plain = matrix([6, 10])
        let scaled = Tensor(plain.floats.map { $0 * factor }, shape: [6, 10])
        let expected = try arithmetic.apply(plain) { NewtonSchulz.modula.orthogonalized($0) }
        let actual = try arithmetic.apply(scaled) { NewtonSchulz.modula.orthogonalized($0) }
        // As above: the scaled elements are rounded once.
        #expect(distance(actual, expected) < 0x1p-24 * 1137 * 18)
    }

    @Test("a rank below the extents leaves a tail of zeros")
    func deficient() throws {
        let matrix = matrix([6, 5], singularValues: [3, 2, 0, 0, 0])
        let result = try Arithmetic.all[0].apply(matrix) { NewtonSchulz.cubic.orthogonalized($0) }
        let values = SingularValues(result).values
        #expect((values[1] - 1).magnitude < 1e-12 && values[2] < 1e-11)
    }
}
