/// The words of texts as rows of tokens, and how often each pair stands in them.
struct PairCounts {
    /// A pair with the words where it may stand.
    struct Entry {
        var left: Int32
        var right: Int32
        var count: Int
        /// Numbers of words, rising.
        var words: [Int]

        func precedes(_ other: Entry) -> Bool {
            if count != other.count { return count > other.count }
            return (left, right) < (other.left, other.right)
        }
    }

    private struct Pair: Hashable {
        var left: Int32
        var right: Int32
    }

    private var words: [[Int32]]
    private var wordCounts: [Int]
    private var counts: [Pair: Int] = [:]
    private var heap: [Entry] = []

    init(_ words: [(word: [Int32], count: Int)]) {
        self.words = words.map(\.word)
        wordCounts = words.map(\.count)
        var places: [Pair: [Int]] = [:]
        for (index, word) in self.words.enumerated() where word.count > 1 {
            for (left, right) in zip(word, word.dropFirst()) {
                let pair = Pair(left: left, right: right)
                counts[pair, default: 0] += wordCounts[index]
                if places[pair]?.last != index { places[pair, default: []].append(index) }
            }
        }
        push(places)
    }

    private mutating func push(_ places: [Pair: [Int]]) {
        for (pair, words) in places {
            let count = counts[pair, default: 0]
            guard count > 0 else { continue }
            push(Entry(left: pair.left, right: pair.right, count: count, words: words))
        }
    }

    /// The pair that stands most often; nil where none does.
    mutating func popMostFrequent() -> Entry? {
        while var top = pop() {
            let count = counts[Pair(left: top.left, right: top.right), default: 0]
            // What was merged since took some of them.
            if count == top.count { return count > 0 ? top : nil }
            top.count = count
            push(top)
        }
        return nil
    }

    /// Puts `number` in the place of a pair, from left to right in each of its words.
    mutating func merge(_ entry: Entry, into number: Int32) {
        var places: [Pair: [Int]] = [:]
        for index in entry.words {
            let factor = wordCounts[index]
            func change(_ left: Int32, _ right: Int32, _ sign: Int) {
                let pair = Pair(left: left, right: right)
                counts[pair, default: 0] += sign * factor
                if sign > 0, places[pair]?.last != index {
                    places[pair, default: []].append(index)
                }
            }
            let word = words[index]
            var result: [Int32] = []
            result.reserveCapacity(word.count)
            var place = 0
            while place < word.count {
                guard word[place] == entry.left, place + 1 < word.count,
                    word[place + 1] == entry.right
                else {
                    result.append(word[place])
                    place += 1
                    continue
                }
                if let before = result.last {
                    change(before, entry.left, -1)
                    change(before, number, 1)
                }
                if place + 2 < word.count {
                    change(entry.right, word[place + 2], -1)
                    change(number, word[place + 2], 1)
                }
                result.append(number)
                place += 2
            }
            words[index] = result
        }
        push(places)
    }

    private mutating func push(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0, heap[child].precedes(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func pop() -> Entry? {
        guard !heap.isEmpty else { return nil }
        heap.swapAt(0, heap.count - 1)
        let first = heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].precedes(heap[least]) {
                least = child
            }
            if least == parent { return first }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
