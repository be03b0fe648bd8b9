/// Merges the tokens of one word: again and again the pair of least rank, the leftmost of equals.
package struct WordMerger {
    /// Words of more tokens keep their pairs in a heap.
    private static let longestScan = 48

    private var ranks: [Int32] = []
    private var merged: [Int32] = []

    package init() {}

    /// Merges `tokens` in place.
    package mutating func merge(_ tokens: inout [Int32], _ table: MergeTable) {
        if tokens.count > Self.longestScan {
            mergeLong(&tokens, table)
        } else if tokens.count > 1 {
            scan(&tokens, table)
        }
    }

    /// Looks through all pairs for each merge.
    private mutating func scan(_ tokens: inout [Int32], _ table: MergeTable) {
        ranks.removeAll(keepingCapacity: true)
        merged.removeAll(keepingCapacity: true)
        func look(_ index: Int) -> MergeTable.Merge {
            table[tokens[index], tokens[index + 1]] ?? MergeTable.Merge(rank: .max, token: 0)
        }
        for index in 0..<tokens.count - 1 {
            let merge = look(index)
            ranks.append(merge.rank)
            merged.append(merge.token)
        }
        while true {
            var best = Int32.max
            var place = 0
            for index in ranks.indices where ranks[index] < best {
                best = ranks[index]
                place = index
            }
            guard best < .max else { return }
            tokens[place] = merged[place]
            tokens.remove(at: place + 1)
            ranks.remove(at: place)
            merged.remove(at: place)
            for index in [place - 1, place] where ranks.indices.contains(index) {
                let merge = look(index)
                ranks[index] = merge.rank
                merged[index] = merge.token
            }
        }
    }

    /// Keeps the pairs in a heap, so that time grows little faster than the word.
    private func mergeLong(_ tokens: inout [Int32], _ table: MergeTable) {
        let count = tokens.count
        // Neighbours of each token that is left; -1 and `count` beyond the ends.
        var before = (0..<count).map { $0 - 1 }
        var after = (0..<count).map { $0 + 1 }
        var heap = Heap()
        func push(_ place: Int) {
            guard place >= 0, after[place] < count,
                let merge = table[tokens[place], tokens[after[place]]]
            else { return }
            heap.push(Heap.Pair(rank: merge.rank, place: place, token: merge.token))
        }
        for place in 0..<count - 1 { push(place) }
        while let pair = heap.pop() {
            let place = pair.place
            guard tokens[place] >= 0, after[place] < count,
                // A pair that has changed since it was pushed was pushed again.
                table[tokens[place], tokens[after[place]]]?.rank == pair.rank
            else { continue }
            let second = after[place]
            tokens[place] = pair.token
            tokens[second] = -1
            after[place] = after[second]
            if after[place] < count { before[after[place]] = place }
            push(before[place])
            push(place)
        }
        tokens.removeAll { $0 < 0 }
    }
}

/// Pairs of a word, the least rank and then the leftmost first.
private struct Heap {
    struct Pair {
        var rank: Int32
        var place: Int
        var token: Int32

        func precedes(_ other: Pair) -> Bool { (rank, place) < (other.rank, other.place) }
    }

    private var pairs: [Pair] = []

    mutating func push(_ pair: Pair) {
        pairs.append(pair)
        var child = pairs.count - 1
        while child > 0, pairs[child].precedes(pairs[(child - 1) / 2]) {
            pairs.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func pop() -> Pair? {
        guard let first = pairs.first, let last = pairs.popLast() else { return nil }
        guard !pairs.isEmpty else { return first }
        pairs[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < pairs.count && pairs[child].precedes(pairs[least]) {
                least = child
            }
            if least == parent { return first }
            pairs.swapAt(parent, least)
            parent = least
        }
    }
}
