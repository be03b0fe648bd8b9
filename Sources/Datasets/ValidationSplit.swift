import Digests

/// Cuts a text into what is trained on and what is kept for measuring.
///
/// The text is cut into blocks of 64 KiB. A block is kept for validation if the first 8 bytes of its own
/// SHA-256, read as a fraction, are below 1/20. A text of fewer than 20 blocks, or one of whose parts
/// would be empty, gives up its end instead: a twentieth, but at least the smaller of 2,048 bytes and a
/// quarter.
///
/// The cut depends on the bytes alone, on no seed and no context length: losses of different runs on one
/// text are losses on the same bytes. Equal blocks fall on the same side, and text that is added at the
/// end moves no whole block from one side to the other.
package enum ValidationSplit {
    /// The bytes of a block.
    package static let blockSize = 1 << 16
    /// One in so many blocks is kept, on average.
    package static let oneIn = 20

    /// The parts of `text` that are kept for validation, in order.
    ///
    /// - Parameters:
    ///   - text: The text, or tokens of `unit` bytes each.
    ///   - unit: What no cut goes through: a divisor of a block.
    /// - Returns: Ranges of bytes.
    package static func validationRanges(of text: [UInt8], unit: Int = 1) -> [Range<Int>] {
        let blocks = stride(from: 0, to: text.count, by: blockSize).map {
            $0..<min($0 + blockSize, text.count)
        }
        let kept = blocks.filter { isKept(text[$0]) }
        if blocks.count >= oneIn && !kept.isEmpty && kept.count < blocks.count { return kept }
        var end = max(text.count / oneIn, min(2048, text.count / 4))
        end -= end % unit
        return end == 0 ? [] : [text.count - end..<text.count]
    }

    private static func isKept(_ block: ArraySlice<UInt8>) -> Bool {
        let fraction = SHA256.digest(of: unsafe block.span.bytes).bytes.prefix(8)
            .reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return fraction < UInt64.max / UInt64(oneIn)
    }

    /// Both parts, each joined to one row.
    package static func cut(
        _ text: [UInt8], unit: Int = 1
    ) -> (training: [UInt8], validation: [UInt8]) {
        let ranges = validationRanges(of: text, unit: unit)
        let count = ranges.reduce(0) { $0 + $1.count }
        var training: [UInt8] = []
        var validation: [UInt8] = []
        training.reserveCapacity(text.count - count)
        validation.reserveCapacity(count)
        var position = 0
        for range in ranges {
            training += text[position..<range.lowerBound]
            validation += text[range]
            position = range.upperBound
        }
        training += text[position...]
        return (training, validation)
    }
}
