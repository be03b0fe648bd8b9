/// The tokens of words that were seen before, up to a size at which it begins anew.
struct WordCache {
    private struct Entry {
        var hash: UInt64
        var bytes: Int
        var length: Int
        var tokens: Int
        var count: Int
    }

    /// Longer words are not kept.
    static let longestWord = 64
    private static let mostWords = 1 << 17
    private static let mask = 1 << 18 - 1

    /// The number of an entry plus one; 0 for none.
    private var slots = [Int32](repeating: 0, count: 1 << 18)
    private var entries: [Entry] = []
    private var bytes: [UInt8] = []
    private var tokens: [Int32] = []

    /// The hash of a word.
    @inline(__always)
    static func hash(_ text: Span<UInt8>, _ word: Range<Int>) -> UInt64 {
        var hash = UInt64(word.count) &* 0x9e37_79b9_7f4a_7c15
        var place = word.lowerBound
        while place < word.upperBound {
            var piece: UInt64 = 0
            let end = min(place + 8, word.upperBound)
            if place + 8 <= text.count {
                piece = unsafe text.bytes.unsafeLoadUnaligned(
                    fromByteOffset: place, as: UInt64.self)
                // The bytes of the word alone, which come first in memory.
                piece = piece.littleEndian << UInt64(8 * (8 - (end - place)))
            } else {
                for index in place..<end { piece = piece << 8 | UInt64(text[index]) }
                piece = piece.byteSwapped
            }
            hash = (hash ^ piece) &* 0xff51_afd7_ed55_8ccd
            hash ^= hash >> 32
            place = end
        }
        return hash
    }

    /// Appends the tokens of a word; false where it is not known.
    @inline(__always)
    func append(
        _ text: Span<UInt8>, _ word: Range<Int>, _ hash: UInt64, to result: inout [Int32]
    ) -> Bool {
        var slot = Int(truncatingIfNeeded: hash) & Self.mask
        while slots[slot] != 0 {
            let entry = entries[Int(slots[slot]) - 1]
            if entry.hash == hash, entry.length == word.count, isEqual(entry, text, word) {
                for index in entry.tokens..<entry.tokens + entry.count {
                    result.append(tokens[index])
                }
                return true
            }
            slot = (slot + 1) & Self.mask
        }
        return false
    }

    @inline(__always)
    private func isEqual(_ entry: Entry, _ text: Span<UInt8>, _ word: Range<Int>) -> Bool {
        for index in 0..<entry.length
        where bytes[entry.bytes + index] != text[word.lowerBound + index] {
            return false
        }
        return true
    }

    /// Keeps the tokens of a word that is not known.
    mutating func insert(
        _ text: Span<UInt8>, _ word: Range<Int>, _ hash: UInt64, _ found: [Int32]
    ) {
        if entries.count == Self.mostWords {
            for slot in slots.indices { slots[slot] = 0 }
            entries.removeAll(keepingCapacity: true)
            bytes.removeAll(keepingCapacity: true)
            tokens.removeAll(keepingCapacity: true)
        }
        var slot = Int(truncatingIfNeeded: hash) & Self.mask
        while slots[slot] != 0 { slot = (slot + 1) & Self.mask }
        entries.append(
            Entry(
                hash: hash, bytes: bytes.count, length: word.count, tokens: tokens.count,
                count: found.count))
        slots[slot] = Int32(entries.count)
        for index in word { bytes.append(text[index]) }
        tokens += found
    }
}
