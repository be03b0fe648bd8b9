/// What each pair of tokens becomes and how early: a table that is probed in order.
package struct MergeTable: Sendable {
    /// What a pair becomes.
    package struct Merge: Sendable {
        /// The place in the list of merges; the least goes first.
        package var rank: Int32
        package var token: Int32

        package init(rank: Int32, token: Int32) { (self.rank, self.token) = (rank, token) }
    }

    private var keys: [UInt64]
    private var values: [Merge]
    private let mask: Int
    private static let none = UInt64.max

    package init(capacity: Int) {
        var size = 16
        while size < 2 * capacity { size *= 2 }
        mask = size - 1
        keys = [UInt64](repeating: Self.none, count: size)
        values = [Merge](repeating: Merge(rank: 0, token: 0), count: size)
    }

    @inline(__always)
    private func slot(_ key: UInt64) -> Int {
        var place = Int(truncatingIfNeeded: (key &* 0x9e37_79b9_7f4a_7c15) >> 24) & mask
        while keys[place] != key, keys[place] != Self.none { place = (place + 1) & mask }
        return place
    }

    @inline(__always)
    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// Puts a merge in the place of an earlier one of the pair.
    ///
    /// - Precondition: No more than the capacity are put in.
    package mutating func insert(_ left: Int32, _ right: Int32, _ merge: Merge) {
        let key = Self.key(left, right)
        let place = slot(key)
        keys[place] = key
        values[place] = merge
    }

    /// The merge of a pair; nil for one that stays.
    @inline(__always)
    package subscript(left: Int32, right: Int32) -> Merge? {
        let place = slot(Self.key(left, right))
        return keys[place] == Self.none ? nil : values[place]
    }
}
