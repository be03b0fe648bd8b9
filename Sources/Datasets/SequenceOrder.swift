package import Tensors

/// The order in which each epoch visits the training sequences, computed without a table.
///
/// Epoch `e` is a permutation of `0..<count` keyed by the data seed and `e`: a Feistel network of eight
/// rounds on the smallest even number of bits that holds `count` values, whose round function is the
/// Philox cipher of a ``RandomKey``. A value that falls outside `0..<count` is put through the network
/// again until it falls inside ("cycle walking", at most 4 times on average).
///
/// Source: Black and Rogaway, "Ciphers with Arbitrary Finite Domains", CT-RSA 2002.
package struct SequenceOrder: Sendable, Hashable {
    /// The number of sequences.
    package let count: Int
    private let key: RandomKey
    /// The bits of each half of the network's words.
    private let halfBits: Int

    /// Creates the orders of all epochs.
    ///
    /// - Precondition: `count` is positive and at most 2^62.
    package init(count: Int, dataSeed: UInt64) {
        self.init(count: count, key: RandomKey(seed: dataSeed).split("data order"))
    }

    /// Creates the orders of all epochs.
    ///
    /// - Parameters:
    ///   - count: The number of sequences.
    ///   - key: The randomness.
    /// - Precondition: `count` is positive and at most 2^62.
    package init(count: Int, key: RandomKey) {
        precondition(0 < count && count <= 1 << 62, "SequenceOrder: \(count) sequences")
        self.count = count
        self.key = key
        // 0 for a single sequence, whose order is no question.
        let bits = Int.bitWidth - (count - 1).leadingZeroBitCount
        halfBits = (bits + 1) / 2
    }

    /// The sequence that epoch `epoch` visits at `position`.
    ///
    /// - Precondition: `epoch` is not negative and `position` is in `0..<count`.
    package func sequence(epoch: Int, position: Int) -> Int {
        precondition(
            epoch >= 0 && 0..<count ~= position, "SequenceOrder: \(epoch), \(position) of \(count)")
        var value = UInt64(position)
        repeat { value = network(value, epoch: epoch) } while value >= UInt64(count)
        return Int(value)
    }

    /// A permutation of the words of `2 * halfBits` bits.
    private func network(_ value: UInt64, epoch: Int) -> UInt64 {
        let mask = UInt64(1) << UInt64(halfBits) - 1
        var left = value >> UInt64(halfBits)
        var right = value & mask
        // 32 bits for the half, 3 for the round, 29 for the epoch.
        let tweak = UInt64(truncatingIfNeeded: epoch) << 35
        for round in UInt64(0)..<8 {
            let word = key.words(at: right | round << 32 | tweak)[0]
            (left, right) = (right, left ^ UInt64(word) & mask)
        }
        return left << UInt64(halfBits) | right
    }
}
