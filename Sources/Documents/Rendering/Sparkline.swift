import Foundation

/// A curve in a word of text, for terminals: `█▇▅▃▂▂▁▁`, a block for some points each.
package enum Sparkline {
    private static let blocks = Array("▁▂▃▄▅▆▇█")

    /// A curve.
    ///
    /// Each block is the mean of its points, on a scale from the least to the largest block; the scale is logarithmic
    /// where all numbers are positive and the largest is 30 times the least or more. `×` stands where a number is not
    /// finite.
    ///
    /// - Parameters:
    ///   - values: The numbers, in order.
    ///   - width: Blocks, at most.
    /// - Returns: The word; empty for no numbers.
    package static func text(_ values: [Double], width: Int = 24) -> String {
        let count = min(width, values.count)
        guard count > 0 else { return "" }
        let means = (0..<count).map { block -> Double? in
            let part = values[(block * values.count / count)..<((block + 1) * values.count / count)]
            guard part.allSatisfy(\.isFinite) else { return nil }
            // Each share by itself: a sum of finite numbers may overflow.
            return part.reduce(0) { $0 + $1 / Double(part.count) }
        }
        let finite = means.compactMap(\.self)
        guard let low = finite.min(), let high = finite.max() else {
            return String(repeating: "×", count: count)
        }
        let isLogarithmic = low > 0 && high / low >= 30
        func place(_ value: Double) -> Double {
            if isLogarithmic { return (log(value) - log(low)) / (log(high) - log(low)) }
            // Halves first: the difference of finite numbers may overflow.
            let span = high / 2 - low / 2
            return span > 0 ? (value / 2 - low / 2) / span : 0
        }
        let words = means.map { value -> Character in
            guard let value else { return "×" }
            let step = (place(value) * Double(blocks.count - 1)).rounded()
            return blocks[min(max(Int(step), 0), blocks.count - 1)]
        }
        return String(words)
    }
}
