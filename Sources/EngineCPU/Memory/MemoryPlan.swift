/// Offsets in one arena for values that do not live at the same time.
///
/// Values are placed in the order of their definition, each in the smallest gap that holds it, so
/// the plan is a function of the program alone.
package struct MemoryPlan {
    /// A value from the step that defines it to the last step that reads it.
    package struct Interval {
        package var value: Int
        package var byteCount: Int
        package var first: Int
        package var last: Int

        package init(value: Int, byteCount: Int, first: Int, last: Int) {
            self.value = value
            self.byteCount = byteCount
            self.first = first
            self.last = last
        }
    }

    /// The offset of each value in bytes, a multiple of 64.
    package private(set) var offsets: [Int: Int] = [:]
    /// The size of the arena in bytes.
    package private(set) var byteCount = 0

    /// Lays out the values.
    package init(_ intervals: [Interval]) {
        var placed: [(interval: Interval, offset: Int, size: Int)] = []
        for interval in intervals.sorted(by: { ($0.first, $0.value) < ($1.first, $1.value) }) {
            let size = (interval.byteCount + 63) / 64 * 64
            placed.removeAll { $0.interval.last < interval.first }
            let offset = Self.smallestGap(of: size, among: placed.map { ($0.offset, $0.size) })
            offsets[interval.value] = offset
            byteCount = max(byteCount, offset + size)
            placed.append((interval, offset, size))
        }
    }

    /// Lets a value stand where another stands.
    mutating func alias(_ value: Int, to other: Int) { offsets[value] = offsets[other] }

    /// The start of the smallest gap of at least `size` between blocks, or else their end.
    private static func smallestGap(
        of size: Int, among blocks: [(offset: Int, size: Int)]
    ) -> Int {
        var end = 0
        var best: (offset: Int, gap: Int)?
        for block in blocks.sorted(by: { $0.offset < $1.offset }) {
            let gap = block.offset - end
            if gap >= size, gap < best?.gap ?? .max { best = (end, gap) }
            end = max(end, block.offset + block.size)
        }
        return best?.offset ?? end
    }
}
