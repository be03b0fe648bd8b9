public import Formats
import Foundation
public import TensorFiles
import Yams

/// What a model's configuration says that its tensors do not.
///
/// Read from `config.json` beside the tensors, or from the configuration in a checkpoint of Ballast. A key
/// that is absent or of another type is nil: nothing is guessed here.
public struct ModelFacts: Sendable, Hashable, Codable {
    /// `model_type`.
    public var modelType: String?
    /// Heads of attention.
    public var heads: Int?
    /// Heads that keys and values have, where they are fewer.
    public var keyHeads: Int?
    /// The width of a head.
    public var headDimension: Int?
    /// The width of the residual stream.
    public var width: Int?
    /// The factor on a product of query and key.
    public var attentionScale: Double?
    /// The bound of a cap on attention logits.
    public var attentionCap: Double?
    /// The largest magnitude of queries, keys and values where they are clipped.
    public var projectionClip: Double?
    /// What norms add to their stored gains, where the file says it.
    public var gainOffset: Double?
    /// The learning rate at its peak, where the file says it.
    public var learningRate: Double?
    /// The decay of AdamW in PyTorch's form, which is multiplied by the learning rate.
    public var weightDecay: Double?

    /// The longest configuration that is read, in bytes.
    private static let longest = 1 << 24

    /// No facts.
    public init() {}

    /// Reads what stands beside, or in, a checkpoint.
    ///
    /// - Throws: `FormatError` if there is a `config.json` that is no JSON.
    public init(of archive: TensorArchive) throws(FormatError) {
        self.init()
        if let yaml = archive.metadata["configuration"], yaml.utf8.count <= Self.longest,
            let tree = try? Yams.load(yaml: yaml) as? [String: Any]
        {
            readBallast(tree)
            return
        }
        let path = archive.folder + "/config.json"
        guard FileManager.default.fileExists(atPath: path) else {
            read(archive.metadata)
            return
        }
        guard
            let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int,
            size <= Self.longest,
            let data = try? Data(contentsOf: URL(fileURLWithPath: path)),
            let json = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
        else {
            throw .corrupt(
                path: path, place: "configuration", found: "not a JSON object of moderate size",
                advice: "correct it, or move it away: names of tensors are then all there is")
        }
        // The text model of a model of several kinds.
        read(json["text_config"] as? [String: Any] ?? json)
        modelType = modelType ?? json["model_type"] as? String
    }

    private mutating func read(_ json: [String: Any]) {
        func number(_ keys: String...) -> Double? {
            for key in keys {
                if let value = json[key] as? Double, value.isFinite { return value }
                if let text = json[key] as? String, let value = Double(text), value.isFinite {
                    return value
                }
            }
            return nil
        }
        func count(_ keys: String...) -> Int? {
            for key in keys {
                if let value = number(key), value >= 1, value <= 1e9 { return Int(value) }
            }
            return nil
        }
        modelType = json["model_type"] as? String
        heads = count("num_attention_heads", "n_head", "num_heads")
        keyHeads = count("num_key_value_heads")
        width = count("hidden_size", "n_embd", "d_model")
        headDimension = count("head_dim")
        if headDimension == nil, let width, let heads, width % heads == 0 {
            headDimension = width / heads
        }
        if let scalar = number("query_pre_attn_scalar"), scalar > 0 {
            attentionScale = 1 / scalar.squareRoot()
        }
        attentionCap = number("attn_logit_softcapping")
        projectionClip = number("clip_qkv")
        guard json["tensor_model_parallel_size"] != nil else { return }
        // Megatron's arguments, which stand in the checkpoint. Without groups it says one group.
        func flag(_ key: String) -> Bool {
            json[key] as? String == "true" || json[key] as? Bool == true
        }
        headDimension = count("kv_channels") ?? headDimension
        if flag("group_query_attention") { keyHeads = count("num_query_groups") ?? keyHeads }
        if flag("apply_layernorm_1p") { gainOffset = 1 }
        if json["optimizer"] as? String == "adam" {
            learningRate = number("lr")
            weightDecay = number("weight_decay")
        }
    }

    private mutating func readBallast(_ tree: [String: Any]) {
        modelType = "ballast"
        guard let model = tree["model"] as? [String: Any] else { return }
        width = model["width"] as? Int
        headDimension = model["head-dimension"] as? Int
        if let width, let headDimension, headDimension > 0 {
            let ratio = model["attention-ratio"] as? Double ?? 1
            let count = ratio * Double(width) / Double(headDimension)
            if count >= 1, count < 1e9 { heads = ratio == 1 ? Int(count) : Int(count.rounded()) }
        }
        if let heads, let group = model["query-group-size"] as? Int, group > 1 {
            keyHeads = heads / group
        }
        if let headDimension, headDimension > 0, model["attention-scale"] as? String == "inverse" {
            attentionScale = 1 / Double(headDimension)
        }
        if model["norm-unit-offset"] as? Bool == true { gainOffset = 1 }
        if let cap = model["attention-softcap"] as? Double, cap > 0 { attentionCap = cap }
        guard let optimizer = tree["optimizer"] as? [String: Any],
            optimizer["rule"] as? String == "adamw"
        else { return }
        learningRate = optimizer["learning-rate"] as? Double
        guard let decay = optimizer["weight-decay"] as? [String: Any],
            decay["form"] as? String == "decoupled", let rate = decay["rate"] as? Double,
            (decay["reference-steps"] as? Int ?? 0) == 0
        else { return }
        weightDecay = rate
    }
}
