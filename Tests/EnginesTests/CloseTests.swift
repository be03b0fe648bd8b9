import Conformance
import Foundation
import Testing

@Suite("the comparison of numbers")
struct CloseTests {
    static let different: [([Float], [Double], Double)] = [
        ([1], [1, 2], 10),
        ([1], [.nan], 1e9),
        ([.nan], [1], 1e9),
        ([.infinity], [-.infinity], 1e9),
        ([.greatestFiniteMagnitude], [.infinity], 1e9),
        ([1], [-1], 1000),
        ([1], [1 + 0x1p-23], 0.5),
        ([1], [1 + 0x1p-25], 0),
        ([1, 1, 1], [1, 1, 1.1], 1000),
        ([.leastNonzeroMagnitude], [0], 0.5),
        ([.infinity], [3e38], 1e6),
    ]

    @Test("what is off is caught", arguments: different.indices)
    func catches(index: Int) {
        let (actual, expected, ulps) = Self.different[index]
        withKnownIssue { expectClose(actual, to: expected, ulps: ulps) }
    }

    @Test("what is close passes")
    func passes() {
        expectClose([1, -2, 0.1], to: [1, -2, 0.1], ulps: 0.5)
        expectClose([.infinity, -.infinity], to: [.infinity, -1e39], ulps: 0)
        expectClose([.nan], to: [-.nan], ulps: 0)
        expectClose([0, -0.0], to: [-0.0, 0], ulps: 0)
        expectClose([1], to: [1 + 0x1p-22], ulps: 2)
        expectClose([.leastNonzeroMagnitude], to: [0], ulps: 1)
        expectClose([.infinity], to: [Double(Float.greatestFiniteMagnitude)], ulps: 1)
        expectClose([], to: [], ulps: 0)
    }

    @Test("the message names the worst element and what it should be")
    func message() {
        withKnownIssue {
            expectClose([1, 2, 3], to: [1 + 0x1p-22, 2.5, 3], ulps: 1, "halves")
        } matching: { issue in
            issue.description.contains("halves: element 1 is 2.0, not 2.5: 2097152.0 ulp > 1.0")
        }
    }

    @Test("sums are measured by their terms")
    func sums() {
        // 1e6 + 1 - 1e6 in single precision may be off by an ulp of 1e6.
        expectClose([1.0625], to: [1], epsilons: 1, of: [2e6])
        expectClose([0], to: [0], epsilons: 0, of: [0])
        expectClose([.infinity], to: [.infinity], epsilons: 0, of: [.infinity])
        withKnownIssue { expectClose([1.5], to: [1], epsilons: 1, of: [2e6]) }
        withKnownIssue { expectClose([1], to: [1.5], epsilons: 1e6, of: [.infinity]) }
        withKnownIssue { expectClose([1], to: [1], epsilons: 1, of: []) }
        withKnownIssue { expectClose([.nan], to: [1], epsilons: 1, of: [1]) }
    }
}
