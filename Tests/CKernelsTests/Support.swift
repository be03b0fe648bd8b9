import CKernels
import Foundation
import Testing

/// An instruction set that this machine runs; every kernel is tested on each.
struct InstructionSet: Sendable, CustomTestStringConvertible {
    let ck: ck_isa

    static let supported = (0...ck_isa_best().rawValue).map {
        InstructionSet(ck: ck_isa(rawValue: $0))
    }

    var testDescription: String { ["portable", "avx2", "avx512"][Int(ck.rawValue)] }
}

/// Half the spacing of floats at 1: the largest relative error of one rounding.
let unit = 0x1p-24

/// Lengths around the registers of 8 and 16 floats and the blocks of 4 and 8 registers.
let lengths = [
    0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 511, 512, 513, 1300,
]

/// Numbers where rules change.
let specials: [Float] = [
    0, -0.0, 1, -1, 0.5, -0.5, 3, -3, .pi, -.pi, 1e30, -1e30, 88.5, -88.5, 104, -104, .infinity,
    -.infinity, .nan, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude,
    .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 1e-20, -1e-20, 1.0000001, 0.99999994,
]

/// Repeatable numbers: SplitMix64.
struct Numbers {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Uniform in -range..<range.
    mutating func floats(_ count: Int, range: Float = 2) -> [Float] {
        (0..<count).map { _ in (Float(next() >> 40) * 0x1p-23 - 1) * range }
    }
}

/// An output between sentinels, off the alignment of registers.
final class Output {
    private static let sentinel: Float = -12345.678
    private static let margin = 64
    private let base: UnsafeMutablePointer<Float>
    let count: Int
    let pointer: UnsafeMutablePointer<Float>

    init(_ count: Int, offset: Int = 1) {
        self.count = count
        base = .allocate(capacity: count + 2 * Self.margin)
        base.initialize(repeating: Self.sentinel, count: count + 2 * Self.margin)
        pointer = base + Self.margin - 16 + offset
    }

    convenience init(_ values: [Float], offset: Int = 1) {
        self.init(values.count, offset: offset)
        pointer.update(from: values, count: values.count)
    }

    deinit { base.deallocate() }

    /// Calls `body` with the pointer, for memory that nobody asks after: else it may go with its last mention.
    func lend<Result>(_ body: (UnsafeMutablePointer<Float>) -> Result) -> Result {
        withExtendedLifetime(self) { body(pointer) }
    }

    /// What was written, after a look at what should not have been.
    var values: [Float] {
        let before = UnsafeBufferPointer(start: base, count: pointer - base)
        let end = pointer + count
        let after = UnsafeBufferPointer(start: end, count: base + count + 2 * Self.margin - end)
        if !before.allSatisfy({ $0 == Self.sentinel }) || !after.allSatisfy({ $0 == Self.sentinel })
        {
            Issue.record("written outside of \(count) elements")
        }
        return Array(UnsafeBufferPointer(start: pointer, count: count))
    }

    /// Whether row gaps of `gap` after each `width` elements are as they were.
    func keepsGaps(width: Int, stride: Int) -> Bool {
        (0..<count).allSatisfy { $0 % stride < width || pointer[$0] == Self.sentinel }
    }
}

/// Scratch of `count` floats, aligned to 64 bytes, filled with nan: no kernel may count on its
/// contents.
func withScratch(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * 4, alignment: 64)
    defer { memory.deallocate() }
    let floats = memory.bindMemory(to: Float.self, capacity: max(count, 1))
    floats.initialize(repeating: .nan, count: max(count, 1))
    body(floats)
}

/// Checks that elements agree to within `ulps` units in the last place of the expected value.
func expectClose(
    _ actual: [Float], to expected: [Double], ulps: Double, _ what: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let bounds = expected.map { value -> Double in
        let magnitude = max(Float(value).magnitude, .leastNormalMagnitude)
        return magnitude.isFinite ? ulps * Double(magnitude.ulp) : 0
    }
    expectNear(actual, to: expected, within: bounds, what, sourceLocation: sourceLocation)
}

/// Checks that each element is within its own bound; the issue names the one that is furthest off.
func expectNear(
    _ actual: [Float], to expected: [Double], within bounds: [Double], _ what: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard actual.count == expected.count, actual.count == bounds.count else {
        Issue.record(
            "\(what): \(actual.count) elements, not \(expected.count)",
            sourceLocation: sourceLocation)
        return
    }
    var worst = (index: -1, excess: 1.0)
    for (index, value) in actual.enumerated() {
        let wanted = expected[index]
        if Float(wanted) == value || (value.isNaN && wanted.isNaN) { continue }
        // The smallest number stands for results below the normal range.
        let bound = max(bounds[index], Double(Float.leastNonzeroMagnitude))
        let ratio = (Double(value) - wanted).magnitude / bound
        let excess = ratio.isNaN ? .infinity : ratio
        if excess > worst.excess { worst = (index, excess) }
    }
    guard worst.index >= 0 else { return }
    Issue.record(
        """
        \(what): element \(worst.index) is \(actual[worst.index]), not \(expected[worst.index]): \
        \(worst.excess) times the bound \(bounds[worst.index])
        """,
        sourceLocation: sourceLocation)
}

/// Checks that two results have the same bits.
func expectIdentical(
    _ actual: [Float], _ expected: [Float], _ what: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let different = zip(actual, expected).enumerated().first { $1.0.bitPattern != $1.1.bitPattern }
    if actual.count != expected.count {
        Issue.record(
            "\(what): \(actual.count) elements, not \(expected.count)",
            sourceLocation: sourceLocation)
    } else if let different {
        Issue.record(
            """
            \(what): element \(different.offset) is \(different.element.0), \
            not \(different.element.1)
            """,
            sourceLocation: sourceLocation)
    }
}

extension [Float] {
    var doubles: [Double] { map(Double.init) }
}

@Suite struct SupportTests {
    @Test func comparisonsReject() {
        withKnownIssue { expectClose([1], to: [1.001], ulps: 4) }
        withKnownIssue { expectClose([.nan], to: [1], ulps: 4) }
        withKnownIssue { expectClose([1], to: [.nan], ulps: 4) }
        withKnownIssue { expectClose([.infinity], to: [1e30], ulps: 4) }
        withKnownIssue { expectClose([1, 2], to: [1], ulps: 4) }
        withKnownIssue { expectIdentical([0], [-0.0]) }
    }

    @Test func sentinelsReject() {
        let output = Output(4)
        output.pointer[4] = 0
        withKnownIssue { _ = output.values }
    }
}
