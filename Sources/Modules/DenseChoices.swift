/// Which products and normalisations add a bias.
public enum Biases: String, Sendable, Hashable, Codable, CaseIterable {
    /// None.
    case none
    /// Queries, keys and values, as Qwen 2's.
    case queryKeyValue = "query-key-value"
    /// These and the output of attention.
    case attention
    /// These and the matrices of MLPs: all between activations.
    case hidden
    /// These and the normalisations of blocks and of the last activations, as GPT-2's.
    case all

    /// Whether `part` is among them, as every part before it then is.
    public func includes(_ part: Biases) -> Bool {
        let order = Self.allCases
        guard let own = order.firstIndex(of: self), let other = order.firstIndex(of: part) else {
            return false
        }
        return own >= other
    }
}

/// The factor on embedded tokens.
public enum EmbeddingScale: String, Sendable, Hashable, Codable, CaseIterable {
    /// 1.
    case none
    /// √width, as Gemma's (arXiv 1706.03762, section 3.4).
    case squareRootOfWidth = "sqrt-width"
}

/// What multiplies the outputs of heads before the output matrix (arXiv 2505.06708).
public enum AttentionGate: String, Sendable, Hashable, Codable, CaseIterable {
    /// Nothing.
    case none
    /// A logistic of the block's input for each head.
    case head
    /// A logistic of the block's input for each element.
    case element
}

extension ModelConfiguration {
    /// The outputs of the gate's matrix.
    public var gateWidth: Int {
        switch attentionGate {
        case .none: 0
        case .head: heads
        case .element: attentionWidth
        }
    }

    /// The latest positions that queries of a block attend to; nil where that is all of them.
    ///
    /// - Parameters:
    ///   - layer: The number of the block, from 0.
    ///   - time: The positions of a sequence.
    /// - Returns: Positions, the query's own among them.
    public func window(of layer: Int, over time: Int) -> Int? {
        guard attentionWindow > 0, attentionWindow < time else { return nil }
        return globalEvery > 0 && (layer + 1) % globalEvery == 0 ? nil : attentionWindow
    }
}
