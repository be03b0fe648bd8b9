import Datasets
import Testing

private func source(_ reordering: BatchSource.Reordering?) throws -> BatchSource {
    try BatchSource(
        training: tokens(noise(2000)), validation: tokens(noise(1000)), context: 16, batch: 4,
        dataSeed: 3, reordering: reordering)
}

/// The places of the first `count` sequences.
private func starts(_ source: BatchSource, _ range: Range<Int>) -> [Int] {
    range.map { source.start(ofRow: $0 % 4, batch: $0 / 4) }
}

@Suite("another order of a run's sequences")
struct ReorderingTests {
    // 40 batches of 4: more than the 124 sequences of an epoch.
    private let run = 0..<160

    @Test("is of the same sequences, each as often, and leaves what follows alone")
    func multiset() throws {
        let plain = starts(try source(nil), run)
        for seed in UInt64(1)...3 {
            let other = try source(.init(seed: seed, sequences: 160))
            let order = starts(other, run)
            #expect(order != plain)
            #expect(order.sorted() == plain.sorted())
            #expect(starts(other, 160..<200) == starts(try source(nil), 160..<200))
        }
        // Another data seed, beside it, visits other sequences twice.
        let foreign = try BatchSource(
            training: tokens(noise(2000)), validation: tokens(noise(1000)), context: 16, batch: 4,
            dataSeed: 4)
        withKnownIssue { #expect(starts(foreign, run).sorted() == plain.sorted()) }
    }

    @Test("differs from seed to seed, and is the same at every call")
    func seeds() throws {
        let one = starts(try source(.init(seed: 1, sequences: 160)), run)
        #expect(one == starts(try source(.init(seed: 1, sequences: 160)), run))
        #expect(one != starts(try source(.init(seed: 2, sequences: 160)), run))
    }
}
