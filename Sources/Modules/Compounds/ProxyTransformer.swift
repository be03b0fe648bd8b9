public import OrderedCollections
public import Programs
import Telemetry
public import Tensors

/// The small transformer that stands for a large one: decoder-only, normalised before each part unless
/// ``ModelConfiguration/blockNorm`` says otherwise, without biases (arXiv 2309.14322, section 2) unless
/// ``ModelConfiguration/biases`` says where.
///
/// ```
/// h = embedding(tokens)
/// h = h + attention(norm h),  h = h + mlp(norm h)       for each block
/// logits = head(norm h)
/// ```
public struct ProxyTransformer: Sendable {
    /// All choices.
    public var configuration: ModelConfiguration

    public init(_ configuration: ModelConfiguration) { self.configuration = configuration }

    /// The logits (batch, time, vocabulary) for tokens (batch, time), `i32`.
    public func logits(_ tokens: Value, _ scope: Scope) -> Value {
        let c = configuration
        let deviation =
            c.deviation(c.initGain.embedding)
            ?? c.initGain.embedding / Double(c.width).squareRoot()
        var h = Embedding(
            "embedding", vocabulary: c.vocabulary, width: c.width, deviation: deviation)(
                tokens, scope)
        if c.embeddingScale == .squareRootOfWidth { h = h * Double(c.width).squareRoot() }
        if c.embeddingNorm { h = norm("embedding_norm", h, scope) }
        scope.activation("embedded", h)
        for layer in 0..<c.depth {
            let block = scope["blocks"]["\(layer)"]
            let attended = c.blockNorm == .output ? h : norm("attention_norm", h, block)
            var mixture = Attention(c, layer: layer)(attended, block["attention"])
            block.activation("attention", mixture)
            if c.blockNorm != .pre { mixture = norm("attention_output_norm", mixture, block) }
            h = h + scaled(mixture)
            let mixed = c.blockNorm == .output ? h : norm("mlp_norm", h, block)
            var processed = MLP(
                width: c.width, hidden: c.hiddenWidth, kind: c.mlp, gain: c.initGain.hidden,
                deviation: c.deviation(c.initGain.hidden), gamma: c.gamma(.hidden),
                hasBias: c.biases.includes(.hidden))(mixed, block["mlp"])
            block.activation("mlp", processed)
            if c.blockNorm != .pre { processed = norm("mlp_output_norm", processed, block) }
            h = h + scaled(processed)
            block.activation("residual", h)
            scope.tap(.residual(layer), h.rootMeanSquare(), over: .rootMeanSquare)
        }
        let final = norm("norm", h, scope)
        var logits: Value
        if c.tiedHead, let table = scope.model.values["embedding"] {
            // Before the product, where the published code of muP has it, too.
            let read = c.readoutScale == 1 ? final : final * c.readoutScale
            logits = Linear.apply(table, to: read, scope.productType, isHead: true)
        } else {
            logits = Linear(
                "head", from: c.width, to: c.vocabulary, role: .head, gain: c.initGain.head,
                deviation: c.deviation(c.initGain.head), gamma: c.gamma(.all))(final, scope)
        }
        if c.outputSoftcap > 0 { logits = (logits / c.outputSoftcap).tanh() * c.outputSoftcap }
        scope.activation("logits", logits)
        return logits
    }

    /// The normalisation of the model.
    private func norm(_ name: String, _ x: Value, _ scope: Scope) -> Value {
        let c = configuration
        return Norm(
            name, c.normalization, epsilon: c.normEpsilon, hasUnitOffset: c.normUnitOffset,
            hasBias: c.biases.includes(.all))(x, scope)
    }

    /// The output of a branch times the configured factor.
    private func scaled(_ branch: Value) -> Value {
        configuration.branchScale == 1 ? branch : branch * configuration.branchScale
    }

    /// The mean cross-entropy in nats, and the mean of log² Z that the z-loss penalises.
    ///
    /// Watches the mean of log Z and the mean logit.
    public func losses(
        tokens: Value, targets: Value, _ scope: Scope
    ) -> (crossEntropy: Value, squaredLogZ: Value) {
        let logits = logits(tokens, scope)
        let results = logits.builder.apply(CrossEntropy(), [logits, targets])
        let (nll, logZ) = (results[0], results[1])
        scope.tap(.logZ, logZ.mean())
        scope.tap(.logitMean, logits.mean())
        return (nll.mean(), (logZ * logZ).mean())
    }

    /// The parameters, by building the model once.
    ///
    /// - Throws: `ProgramError` when the configuration does not fit together.
    public func parameters() throws -> [ParameterSpecification] {
        let builder = ProgramBuilder("parameters")
        let scope = Scope(builder)
        let tokens = builder.input("tokens", .i32, [1, configuration.context])
        builder.output("logits", logits(tokens, scope))
        _ = try builder.build()
        return scope.model.parameters
    }
}

extension [ParameterSpecification] {
    /// The starting values, each a function of the seed and its path alone, or of the start of a
    /// parameter before it.
    public func initialized(seed: UInt64) -> ParameterTree {
        let key = RandomKey(seed: seed).split("initialization")
        var tree = ParameterTree()
        for parameter in self {
            tree[parameter.path] = parameter.initialization.tensor(
                parameter.shape, key.split(parameter.path), beside: tree)
        }
        return tree
    }

    /// All elements.
    public var totalCount: Int { map(\.shape.count).reduce(0, +) }

    /// Elements of attention and MLP matrices: ``ModelConfiguration/matrixParameters``, counted.
    public var matrixCount: Int { filter { $0.role == .hidden }.totalCount }
}
