import Foundation
public import Programs
import Telemetry
import Tensors

/// Multi-head causal self-attention with rotary positions, and optionally with normalised queries
/// and keys.
///
/// The operand is (batch, time, width). The gains of qk-norm are of the head's width and shared by
/// the heads (arXiv 2309.14322, section 3.1.1). Watches the largest attention logit: the signed maximum
/// of scale · q · k over the unmasked pairs of the batch, after norm and rotation and before a soft cap.
///
/// A soft cap takes `CappedCausalAttention`, and a window shorter than the context
/// `WindowedCausalAttention`, whose scores are made all at once: they are slower and take more memory than
/// attention without.
///
/// A gate multiplies what each head has mixed, before the output matrix, by the logistic of a product of the
/// operand: one number a head, or one an element (arXiv 2505.06708, section 2.2).
public struct Attention: Layer {
    /// The model's choices.
    public var configuration: ModelConfiguration
    /// The number of the block, for the tag.
    public var layer: Int

    public init(_ configuration: ModelConfiguration, layer: Int) {
        self.configuration = configuration
        self.layer = layer
    }

    // B batch, T time, H heads, K heads of keys, D head width, W width
    public func callAsFunction(_ xBTW: Value, _ scope: Scope) -> Value {
        let c = configuration
        let (batch, time) = (xBTW.shape[0], xBTW.shape[1])
        func heads(_ name: String, _ count: Int, _ width: Int) -> Value {
            linear(
                name, from: c.width, to: width, .rows(count),
                hasBias: c.biases.includes(.queryKeyValue))(xBTW, scope)
                .reshaped([batch, time, count, c.headDimension])
        }
        var qBTHD = heads("query", c.heads, c.attentionWidth)
        var kBTKD = heads("key", c.keyHeads, c.keyWidth)
        let vBTKD = heads("value", c.keyHeads, c.keyWidth)
        scope.activation("query", qBTHD)
        scope.activation("key", kBTKD)
        scope.activation("value", vBTKD)
        if c.qkNorm {
            qBTHD = normalized(qBTHD, "query_norm", scope)
            kBTKD = normalized(kBTKD, "key_norm", scope)
        }
        if c.forcedLogits > 0 { (qBTHD, kBTKD) = (forced(qBTHD, scope), forced(kBTKD, scope)) }
        let rotary = Rotary(base: c.rotaryBase, scaling: c.rotaryScaling)
        qBTHD = xBTW.builder.apply(rotary, [qBTHD])[0]
        kBTKD = xBTW.builder.apply(rotary, [kBTKD])[0]
        let (kBTHD, vBTHD) = (shared(kBTKD), shared(vBTKD))
        let scale = c.attentionScale.factor(c.headDimension)
        let window = c.window(of: layer, over: time)
        let attention: any Composite =
            if let window {
                WindowedCausalAttention(scale: scale, window: window, cap: c.attentionSoftcap)
            } else if c.attentionSoftcap > 0 {
                CappedCausalAttention(scale: scale, cap: c.attentionSoftcap)
            } else {
                CausalAttention(scale: scale)
            }
        let operands = [qBTHD, kBTHD, vBTHD].map { $0.converted(to: scope.productType) }
        let results = xBTW.builder.apply(attention, operands)
        scope.tap(.maxAttentionLogit(layer), results[2].maximum(), over: .maximum)
        scope.attention(
            AttentionOperands(
                path: scope.path, queries: operands[0], keys: operands[1], peaks: results[2],
                scale: scale, cap: c.attentionSoftcap, window: window))
        let mixed = gated(results[0], by: xBTW, scope).reshaped([batch, time, c.attentionWidth])
        return linear(
            "output", from: c.attentionWidth, to: c.width, .columns(c.heads),
            hasBias: c.biases.includes(.attention))(mixed, scope)
    }

    private func linear(
        _ name: String, from inputs: Int, to outputs: Int, _ heads: HeadSplit, hasBias: Bool
    ) -> Linear {
        let c = configuration
        return Linear(
            name, from: inputs, to: outputs, gain: c.initGain.hidden,
            deviation: c.deviation(c.initGain.hidden), gamma: c.gamma(.attention), heads: heads,
            hasBias: hasBias)
    }

    /// What the heads have mixed times the gate, where there is one.
    private func gated(_ yBTHD: Value, by xBTW: Value, _ scope: Scope) -> Value {
        let c = configuration
        guard c.attentionGate != .none else { return yBTHD }
        let product = Linear(
            "gate", from: c.width, to: c.gateWidth, gain: c.initGain.hidden,
            deviation: c.deviation(c.initGain.hidden),
            heads: c.attentionGate == .element ? .rows(c.heads) : nil)(xBTW, scope)
        scope.activation("gate", product)
        let gate = product.logistic()
        let shape = yBTHD.shape
        let gateBTHD =
            c.attentionGate == .element
            ? gate.reshaped(shape) : gate.broadcast(to: shape, axes: [0, 1, 2])
        return yBTHD.converted(to: .f32) * gateBTHD
    }

    /// Keys or values for each head of queries, of which some share them.
    private func shared(_ xBTKD: Value) -> Value {
        let group = configuration.queryGroupSize
        guard group > 1 else { return xBTKD }
        let s = xBTKD.shape
        return xBTKD.broadcast(to: [s[0], s[1], s[2], group, s[3]], axes: [0, 1, 2, 4])
            .reshaped([s[0], s[1], s[2] * group, s[3]])
    }

    /// Queries or keys through the configured norm.
    private func normalized(_ xBTHD: Value, _ name: String, _ scope: Scope) -> Value {
        let c = configuration
        let norm = Norm(
            name, c.queryKeyNormalization, epsilon: c.normEpsilon, gain: c.qkNormGain,
            hasUnitOffset: c.normUnitOffset)
        if c.qkNormSpan == .head { return norm(xBTHD, scope) }
        let shape = xBTHD.shape
        let flat = xBTHD.reshaped([shape[0], shape[1], shape[2] * shape[3]])
        return norm(flat, scope).reshaped(xBTHD.shape)
    }

    /// `g(z) = √κ z / √(mean z²)`, the mean over a head.
    private func forced(_ xBTHD: Value, _ scope: Scope) -> Value {
        let c = configuration
        let unit = Norm("forced", .rmsNorm, epsilon: c.normEpsilon, gain: .fixed)(xBTHD, scope)
        return unit * c.forcedLogits.squareRoot()
    }
}

extension AttentionScale {
    /// The factor on the product of a query and a key.
    public func factor(_ headDimension: Int) -> Double {
        switch self {
        case .inverseSquareRoot: 1 / Double(headDimension).squareRoot()
        case .inverse: 1 / Double(headDimension)
        }
    }
}
