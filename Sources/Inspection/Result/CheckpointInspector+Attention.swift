import Formats
import TensorFiles
import Tensors

extension CheckpointInspector {
    /// The bound on each layer's attention logits.
    func attention(
        _ measured: [MeasuredTensor], _ family: ModelFamily?, _ measurer: TensorMeasurer,
        _ notes: inout [String]
    ) throws(FormatError) -> [AttentionLogitBound] {
        guard let family, depth != .normsOnly else { return [] }
        var layers: [Int: [String: MeasuredTensor]] = [:]
        for item in measured {
            guard let role = item.role, let layer = role.layer, role.expert == nil else { continue }
            layers[layer, default: [:]][role.kind.rawValue + (role.isBias ? ".bias" : "")] = item
        }
        let order = layers.keys.sorted()
        let first = order.first.flatMap { layers[$0] } ?? [:]
        guard first["query"] != nil || first["query_key_value"] != nil else { return [] }
        guard let shape = headShape(first) else {
            notes.append(
                "bounds on attention logits need the number of heads: put config.json next to the "
                    + "checkpoint")
            return []
        }
        let parts = layers
        let found = try measurer.concurrently(order.count) { place, _ throws(FormatError) in
            try bound(layer: order[place], parts[order[place]] ?? [:], family, shape)
        }
        let bounds = found.compactMap { $0 }
        if bounds.isEmpty {
            notes.append(
                "attention logits have no bound by weights alone: what \(family.name)'s attention reads "
                    + "is not normalised, or holds NaN")
        }
        return bounds
    }

    /// Heads, heads of keys, and their width.
    private func headShape(_ parts: [String: MeasuredTensor]) -> (Int, Int, Int)? {
        let queries = parts["query"]?.view.rows
        if let heads = facts.heads, let extent = facts.headDimension ?? queries.map({ $0 / heads })
        {
            return (heads, facts.keyHeads ?? heads, extent)
        }
        // A norm of queries that all heads share has the width of one.
        guard let queries, let keys = parts["key"]?.view.rows,
            let extent = parts["query_norm"]?.tensor.shape.count, extent > 0, extent < queries,
            queries % extent == 0, keys % extent == 0
        else { return nil }
        return (queries / extent, keys / extent, extent)
    }

    private func bound(
        layer: Int, _ parts: [String: MeasuredTensor], _ family: ModelFamily,
        _ shape: (heads: Int, keyHeads: Int, headDimension: Int)
    ) throws(FormatError) -> AttentionLogitBound? {
        let (heads, keyHeads, extent) = shape
        func vector(_ name: String, plus offset: Double = 0) throws(FormatError) -> [Float]? {
            guard let item = parts[name] else { return nil }
            return try archive.floats(of: item.tensor).map { $0 + Float(offset) }
        }
        let projections = [parts["query"], parts["key"], parts["query_key_value"]].compactMap { $0 }
        guard projections.allSatisfy({ $0.statistics?.nonFinite == 0 }) else { return nil }
        var (query, key, width): ([Float], [Float], Int) = ([], [], 0)
        var (queryBias, keyBias) = (try vector("query.bias"), try vector("key.bias"))
        if let q = parts["query"], let k = parts["key"] {
            (query, _, width) = try projection(q)
            key = try projection(k).floats
        } else if let fused = parts["query_key_value"] {
            let (floats, rows, columns) = try projection(fused)
            guard
                let division = FusedRows(
                    family.fused, rows: rows, heads: heads, keyHeads: keyHeads,
                    headDimension: extent)
            else { return nil }
            width = columns
            query = division.query.flatMap { floats[$0 * columns..<($0 + 1) * columns] }
            key = division.key.flatMap { floats[$0 * columns..<($0 + 1) * columns] }
            if let bias = try vector("query_key_value.bias"), bias.count == rows {
                queryBias = division.query.map { bias[$0] }
                keyBias = division.key.map { bias[$0] }
            }
        }
        guard heads % keyHeads == 0, query.count == heads * extent * width,
            key.count == keyHeads * extent * width,
            queryBias.map({ $0.count == heads * extent }) ?? true,
            keyBias.map({ $0.count == keyHeads * extent }) ?? true
        else { return nil }
        let gains: [Float]? =
            switch family.attentionInput {
            case .normalized:
                try vector("attention_norm", plus: facts.gainOffset ?? family.gainOffset)
            case .unitNormalized: Array(repeating: 1, count: width)
            case .residual: nil
            }
        return HeadProjections(
            heads: heads, keyHeads: keyHeads, headDimension: extent, width: width, query: query,
            key: key, queryBias: queryBias, keyBias: keyBias
        ).bound(
            layer: layer, gains: gains, shift: try vector("attention_norm.bias"),
            queryGains: try vector("query_norm", plus: facts.gainOffset ?? family.gainOffset),
            keyGains: try vector("key_norm", plus: facts.gainOffset ?? family.gainOffset),
            facts: facts,
            instructions: instructions)
    }
}
