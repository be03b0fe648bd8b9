import Foundation
public import Programs
import Tensors

/// Multi-head causal self-attention with rotary positions, and optionally with normalised queries
/// and keys.
///
/// The operand is (batch, time, width). The gains of qk-norm are of the head's width and shared by
/// the heads (arXiv 2309.14322, section 3.1.1). Watches `attn/LAYER/max_logit`: the signed maximum
/// of scale · q · k over the unmasked pairs of the batch, after norm and rotation.
public struct Attention: Module {
    /// The model's choices.
    public var configuration: ModelConfiguration
    /// The number of the block, for the tag.
    public var layer: Int

    /// Creates the module.
    public init(_ configuration: ModelConfiguration, layer: Int) {
        self.configuration = configuration
        self.layer = layer
    }

    // B batch, T time, H heads, D head width, W = H D width
    public func callAsFunction(_ xBTW: Value, _ scope: Scope) -> Value {
        let c = configuration
        let (batch, time) = (xBTW.shape[0], xBTW.shape[1])
        func heads(_ name: String) -> Value {
            Linear(name, from: c.width, to: c.width, gain: c.initGain.hidden)(xBTW, scope)
                .reshaped([batch, time, c.heads, c.headDimension])
        }
        var (qBTHD, kBTHD, vBTHD) = (heads("query"), heads("key"), heads("value"))
        scope.activation("query", qBTHD)
        scope.activation("key", kBTHD)
        scope.activation("value", vBTHD)
        if c.qkNorm {
            qBTHD = Norm("query_norm", c.normalization, epsilon: c.normEpsilon)(qBTHD, scope)
            kBTHD = Norm("key_norm", c.normalization, epsilon: c.normEpsilon)(kBTHD, scope)
        }
        let rotary = Rotary(base: c.rotaryBase)
        qBTHD = xBTW.builder.apply(rotary, [qBTHD])[0]
        kBTHD = xBTW.builder.apply(rotary, [kBTHD])[0]
        let attention = CausalAttention(scale: c.attentionScale.factor(c.headDimension))
        let results = xBTW.builder.apply(
            attention, [qBTHD, kBTHD, vBTHD].map { $0.converted(to: scope.productType) })
        scope.tap("attn/\(layer)/max_logit", results[2].maximum())
        return Linear("output", from: c.width, to: c.width, gain: c.initGain.hidden)(
            results[0].reshaped([batch, time, c.width]), scope)
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
