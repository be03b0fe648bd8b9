import EngineCPU
import Testing

@Suite("memory plans")
struct MemoryPlanTests {
    /// Checks that values that live at the same time stand apart, aligned, inside the arena.
    private func check(_ intervals: [MemoryPlan.Interval], _ offsets: [Int: Int], _ size: Int) {
        for (index, a) in intervals.enumerated() {
            guard let start = offsets[a.value] else {
                Issue.record("value \(a.value) has no place")
                continue
            }
            #expect(start % 64 == 0 && start >= 0 && start + a.byteCount <= size)
            for b in intervals[(index + 1)...] where a.first <= b.last && b.first <= a.last {
                let other = offsets[b.value] ?? 0
                let apart = start + a.byteCount <= other || other + b.byteCount <= start
                #expect(apart, "\(a) at \(start) and \(b) at \(other)")
            }
        }
    }

    private func intervals(seed: UInt64) -> [MemoryPlan.Interval] {
        var random = SmallRandom(state: seed)
        return (0..<60).map { value in
            let first = random.next(40)
            return MemoryPlan.Interval(
                value: value, byteCount: random.next(5) == 0 ? 0 : random.next(2000), first: first,
                last: first + random.next(12))
        }
    }

    @Test("values that live together do not overlap", arguments: 1...50)
    func noOverlap(seed: UInt64) {
        let intervals = intervals(seed: seed)
        let plan = MemoryPlan(intervals)
        check(intervals, plan.offsets, plan.byteCount)
    }

    @Test("the order of the intervals does not matter", arguments: 1...5)
    func deterministic(seed: UInt64) {
        let intervals = intervals(seed: seed)
        #expect(MemoryPlan(intervals).offsets == MemoryPlan(intervals.reversed()).offsets)
    }

    @Test("memory is used again")
    func reuse() {
        let plan = MemoryPlan(
            (0..<10).map { .init(value: $0, byteCount: 64, first: $0, last: $0 + 1) })
        #expect(plan.byteCount == 128)
    }

    @Test("the check can fail: values at one place are caught")
    func negativeControl() {
        let intervals = intervals(seed: 1)
        let offsets = Dictionary(uniqueKeysWithValues: intervals.map { ($0.value, 0) })
        withKnownIssue { check(intervals, offsets, 1 << 20) }
    }
}

/// Marsaglia's xorshift, for choices in tests.
struct SmallRandom {
    var state: UInt64

    mutating func next(_ limit: Int) -> Int {
        if state < 1 << 32 { state = state &* 0x9E37_79B9_7F4A_7C15 | 1 }
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(limit))
    }
}
