import CKernels
import Formats
import TensorFiles

/// The projections of one layer, as floats with a row an output.
struct HeadProjections: Sendable {
    let heads: Int
    let keyHeads: Int
    let headDimension: Int
    let width: Int
    let query: [Float]
    let key: [Float]
    let queryBias: [Float]?
    let keyBias: [Float]?
}

/// The rows of each part of a fused projection.
struct FusedRows: Sendable {
    let query: [Int]
    let key: [Int]
    let value: [Int]

    /// Divides rows among queries, keys and values; nil where their number does not fit the heads.
    init?(
        _ layout: ModelFamily.FusedLayout, rows: Int, heads: Int, keyHeads: Int, headDimension: Int
    ) {
        let (queries, keys) = (heads * headDimension, keyHeads * headDimension)
        guard rows == queries + 2 * keys else { return nil }
        switch layout {
        case .stacked:
            query = Array(0..<queries)
            key = Array(queries..<queries + keys)
            value = Array(queries + keys..<rows)
        case .interleaved:
            guard keyHeads > 0, heads % keyHeads == 0 else { return nil }
            let shared = heads / keyHeads
            func part(_ first: Int, _ count: Int) -> [Int] {
                (0..<keyHeads).flatMap { group in
                    let start = ((shared + 2) * group + first) * headDimension
                    return start..<start + count * headDimension
                }
            }
            (query, key, value) = (part(0, shared), part(shared, 1), part(shared + 1, 1))
        }
    }
}

extension HeadProjections {
    /// A bound on the attention logits of a layer.
    ///
    /// - Parameters:
    ///   - layer: The block.
    ///   - gains: The gains of the norm that is read, an offset included; nil where the input has no bound.
    ///   - shift: What that norm adds.
    ///   - queryGains: The gains of the norm of queries, of a head or of all heads.
    ///   - keyGains: Those of keys.
    ///   - facts: Scale, cap and clip.
    ///   - instructions: What runs the products.
    /// - Returns: Nil where neither weights nor gains bound anything.
    func bound(
        layer: Int, gains: [Float]?, shift: [Float]?, queryGains: [Float]?, keyGains: [Float]?,
        facts: ModelFacts, instructions: ck_isa
    ) -> AttentionLogitBound? {
        let scale = facts.attentionScale ?? 1 / Double(headDimension).squareRoot()
        var result = AttentionLogitBound(layer: layer, basis: .weights, bounds: [], typical: [])
        if let queryGains, let keyGains {
            result.basis = .queryKeyNorm
            for head in 0..<heads {
                let keyHead = head * keyHeads / heads
                guard let q = Self.part(queryGains, head, headDimension, of: heads),
                    let k = Self.part(keyGains, keyHead, headDimension, of: keyHeads)
                else { return nil }
                let size = { (gains: ArraySlice<Float>) in
                    Double(gains.map(\.magnitude).max() ?? 0)
                }
                let extents =
                    Double(queryGains.count).squareRoot() * Double(keyGains.count).squareRoot()
                result.bounds.append(scale * extents * size(q) * size(k))
                let squares = zip(q, k).reduce(0.0) { sum, pair in
                    let product = Double(pair.0) * Double(pair.1)
                    return sum + product * product
                }
                result.typical.append(scale * squares.squareRoot())
            }
        } else if let gains, gains.count == width {
            let queries = (0..<heads).map { side(query, queryBias, $0, gains, shift, instructions) }
            let keys = (0..<keyHeads).map { side(key, keyBias, $0, gains, shift, instructions) }
            let clip = facts.projectionClip.map { $0 * Double(headDimension).squareRoot() }
            for head in 0..<heads {
                let (q, k) = (queries[head], keys[head * keyHeads / heads])
                let sizes = [q.size, k.size].map { min($0, clip ?? .infinity) }
                result.bounds.append(scale * sizes[0] * sizes[1])
                result.typical.append(scale * Self.trace(q.gram, k.gram).squareRoot())
            }
        } else {
            return nil
        }
        if let cap = facts.attentionCap, result.largest > cap {
            result.bounds = result.bounds.map { min($0, cap) }
            result.basis = .cap
        }
        return result
    }

    /// The gains of a head, where all share them or each has its own.
    private static func part(_ gains: [Float], _ head: Int, _ extent: Int, of heads: Int)
        -> ArraySlice<Float>?
    {
        if gains.count == extent { return gains[...] }
        guard gains.count == heads * extent else { return nil }
        return gains[head * extent..<(head + 1) * extent]
    }

    /// The largest norm of a head's queries or keys, and the Gram matrix of its rows.
    private func side(
        _ matrix: [Float], _ bias: [Float]?, _ head: Int, _ gains: [Float], _ shift: [Float]?,
        _ instructions: ck_isa
    ) -> (size: Double, gram: [Float]) {
        var rows: [Float] = []
        rows.reserveCapacity(headDimension * width)
        var offsets = 0.0
        for row in head * headDimension..<(head + 1) * headDimension {
            let start = row * width
            var offset = Double(bias?[row] ?? 0)
            for column in 0..<width {
                let weight = matrix[start + column]
                rows.append(weight * gains[column])
                if let shift { offset += Double(weight) * Double(shift[column]) }
            }
            offsets += offset * offset
        }
        let n = headDimension
        var gram = [Float](repeating: 0, count: n * n)
        unsafe rows.withUnsafeBufferPointer { rows in
            guard let base = rows.baseAddress else { return }
            for i in 0..<n {
                for j in 0...i {
                    let dot = unsafe ck_dot_f32(
                        instructions, width, base + i * width, base + j * width)
                    gram[i * n + j] = dot
                    gram[j * n + i] = dot
                }
            }
        }
        let largest = Double(gram.map(\.magnitude).max() ?? 0)
        let square = SpectralNorm(
            of: MatrixRows(gram, rows: n, columns: n), largest: largest, instructions: instructions)
        let norm = (square.value * (1 + square.error)).squareRoot()
        return (norm * Double(width).squareRoot() + offsets.squareRoot(), gram)
    }

    /// The trace of a product of symmetric matrices.
    private static func trace(_ a: [Float], _ b: [Float]) -> Double {
        max(zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }, 0)
    }
}
