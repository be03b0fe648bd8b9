import Foundation
import Inspection
import Training

extension RecipeTranslation {
    /// Reads a `config.json` and the Trainer's arguments.
    ///
    /// - Parameters:
    ///   - path: The file, or its folder.
    ///   - arguments: The arguments as JSON; nil for `training_args.json`, or else `trainer_state.json`,
    ///     beside the configuration.
    /// - Returns: The recipe.
    /// - Throws: ``Training/ConfigurationError``.
    static func huggingFace(
        _ path: String, arguments: String?
    ) throws(ConfigurationError) -> RecipeTranslation {
        var isFolder: ObjCBool = false
        let exists = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        let file = exists && isFolder.boolValue ? path + "/config.json" : path
        var model = FieldReader(file, try SourceFile.json(at: file))
        guard let type = try model.text("model_type") else {
            throw .malformed(
                source: file, key: "model_type",
                reason: "is missing, so this is no model's config.json; supported are "
                    + HuggingFaceKeys.modelTypes.joined(separator: ", "))
        }
        guard let keys = HuggingFaceKeys.of(modelType: type) else {
            throw .malformed(
                source: file, key: "model_type",
                reason: "\(type) is not supported; supported are "
                    + HuggingFaceKeys.modelTypes.joined(separator: ", "))
        }
        let family = FamilyCatalog.all.first { $0.modelTypes.contains(type) }
        let vocabulary = try model.needed("vocab_size", 1...1_048_576)
        try model.readModel(type, keys, isRotary: family?.isRotary ?? true)
        model.leaveRest(RecipeField.idleKeys)
        var readers = [model]
        if let arguments = arguments ?? Self.arguments(beside: file) {
            readers.append(try Self.arguments(arguments))
        } else {
            readers[0].noteDefaults(
                file: file,
                advice: "give --arguments FILE, a Trainer's arguments as JSON")
        }
        return try RecipeTranslation(
            "\(model.name) of \(family?.name ?? type)", readers,
            target: TargetModel(family: type, vocabulary: vocabulary))
    }

    /// The file of a Trainer's arguments beside a configuration; nil where there is none.
    private static func arguments(beside file: String) -> String? {
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent().path
        return ["training_args.json", "trainer_state.json"].map { folder + "/" + $0 }
            .first { FileManager.default.fileExists(atPath: $0) }
    }
}

extension FieldReader {
    /// Says which settings of the optimizer stand because no file has them.
    mutating func noteDefaults(file: String, advice: String) {
        let beside = URL(fileURLWithPath: file).deletingLastPathComponent()
            .appendingPathComponent("training_args.bin").path
        let pickle =
            FileManager.default.fileExists(atPath: beside)
            ? "; training_args.bin is a pickle, which is not opened: write it as JSON with "
                + "python -c 'import torch, sys; print(torch.load(sys.argv[1], "
                + "weights_only=False).to_json_string())' training_args.bin > training_args.json"
            : ""
        note(
            "optimizer, schedule, steps, data.batch",
            "ballast's defaults are kept, which are not this model's; \(advice)\(pickle)")
    }

    /// Reads the model.
    mutating func readModel(
        _ type: String, _ keys: HuggingFaceKeys, isRotary: Bool
    ) throws(ConfigurationError) {
        let width = try needed(keys.width, 1...65_536)
        let heads = try needed(keys.heads, 1...65_536)
        take(keys.width, ("model.width", "\(width)"))
        take(keys.depth, ("model.depth", "\(try needed(keys.depth, 1...1_024))"))
        readHeads(width: width, heads: heads, own: try whole("head_dim", 1...65_536), keys)
        try readKeyHeads(heads: heads, keys)
        try readMLP(type, width: width, keys)
        try readContext(keys)
        try readNorms(type, keys)
        try readPositions(isRotary: isRotary)
        try readHead(keys)
        try readStart(type)
        try readFamily(type, keys)
        assume("loss.z-loss", "0", "the family is trained without it")
        approximate(
            "vocab_size", ("model.vocabulary", "256"),
            how: "proxies read text as bytes; the model's own number is in target.vocabulary")
    }

    private mutating func readHeads(
        width: Int, heads: Int, own: Int?, _ keys: HuggingFaceKeys
    ) {
        let (dimension, rest) = (own ?? width / heads, width % heads)
        if own == nil, rest != 0 {
            approximate(
                keys.heads, ("model.head-dimension", "\(dimension)"),
                how: "\(width) is no multiple of \(heads)")
            return
        }
        take(keys.heads, ("model.head-dimension", "\(dimension)"), note: "\(heads) heads")
        guard dimension * heads != width else { return take("head_dim") }
        let ratio = Double(dimension * heads) / Double(width)
        take(
            "head_dim", ("model.attention-ratio", "\(ratio)"),
            note: "\(heads) heads of \(dimension) in a stream of \(width)")
    }

    private mutating func readKeyHeads(
        heads: Int, _ keys: HuggingFaceKeys
    ) throws(ConfigurationError) {
        guard let key = keys.keyHeads, let keyHeads = try whole(key, 1...65_536) else { return }
        if heads % keyHeads == 0 {
            take(
                key, ("model.query-group-size", "\(heads / keyHeads)"), note: "of \(heads) heads")
        } else {
            approximate(
                key,
                how: "\(heads) heads do not divide by \(keyHeads); each has its own keys here")
        }
    }

    private mutating func readMLP(
        _ type: String, width: Int, _ keys: HuggingFaceKeys
    ) throws(ConfigurationError) {
        let isGated = type != "gpt2" && type != "gpt_neox"
        let key = value("hidden_activation") == nil ? keys.activation : "hidden_activation"
        let activation = try text(key)
        if key != keys.activation { leave(keys.activation, why: "hidden_activation counts") }
        switch (activation ?? (isGated ? "silu" : "gelu"), isGated) {
        case ("silu", true), ("swish", true): take(key, ("model.mlp", "swiglu"))
        case ("gelu_new", true), ("gelu_pytorch_tanh", true): take(key, ("model.mlp", "geglu"))
        case ("gelu", true):
            approximate(
                key, ("model.mlp", "geglu"),
                how: "GELU by the error function; here in its tanh form", cost: Self.geluCost)
        case ("gelu_new", false), ("gelu_pytorch_tanh", false), ("gelu_fast", false):
            take(key, ("model.mlp", "gelu"))
        case ("gelu", false):
            approximate(
                key, ("model.mlp", "gelu"),
                how: "GELU by the error function; here in its tanh form",
                cost: Self.geluCost)
        case ("relu", false): take(key, ("model.mlp", "relu"))
        case ("relu2", false): take(key, ("model.mlp", "relu-squared"))
        case (let other, true):
            approximate(
                key, ("model.mlp", "swiglu"), how: "a gate through \(other); here through SiLU")
        case (let other, false):
            approximate(key, ("model.mlp", "gelu"), how: "\(other); here GELU")
        }
        guard let hidden = try whole(keys.hidden, 1...4_194_304) else {
            if !isGated { assume("model.mlp-ratio", "4", "\(type)'s own where the file has none") }
            return
        }
        take(
            keys.hidden, ("model.mlp-ratio", "\(Double(hidden) / Double(width))"),
            note: "\(hidden)")
    }

    /// What GELU in its tanh form is off by.
    private static let geluCost = "values differ by at most 4.8e-4"

    /// The longest context that a configuration is taken to be trained at.
    private static let longestContext = 8192

    private mutating func readContext(_ keys: HuggingFaceKeys) throws(ConfigurationError) {
        guard let context = try whole(keys.context) else { return }
        if context <= Self.longestContext {
            take(keys.context, ("model.context", "\(context)"))
        } else {
            approximate(
                keys.context, ("model.context", "\(Self.longestContext)"),
                how: "the longest context that it supports; that of training is not in the file")
        }
    }

    private mutating func readNorms(
        _ type: String, _ keys: HuggingFaceKeys
    ) throws(ConfigurationError) {
        let isLayerNorm = type == "gpt2" || type == "gpt_neox"
        assume(
            "model.normalization", isLayerNorm ? "layer-norm" : "rms-norm", "the family's own")
        if let epsilon = try number(keys.normEpsilon) {
            take(keys.normEpsilon, ("model.norm-epsilon", "\(epsilon)"))
        } else {
            assume(
                "model.norm-epsilon", isLayerNorm ? "1e-5" : "1e-6",
                "Hugging Face's default for the family")
        }
    }

    private mutating func readPositions(isRotary: Bool) throws(ConfigurationError) {
        guard isRotary else {
            note(
                "learned positions",
                "proxies have rotary ones, as model.rotary-base says; cost unknown")
            return
        }
        for key in ["rope_theta", "rotary_emb_base"] {
            if let base = try number(key) { take(key, ("model.rotary-base", "\(base)")) }
        }
        if case .mapping(let rope)? = value("rope_parameters") { readRope(rope, "rope_parameters") }
        if case .mapping(let rope)? = value("rope_scaling") {
            readRope(rope, "rope_scaling")
        } else if value("rope_scaling") != nil {
            leave("rope_scaling", why: "is not a mapping of rope_type and factor")
        }
        for key in ["rotary_pct", "partial_rotary_factor"] {
            guard let part = try number(key) else { continue }
            if part == 1 {
                take(key)
            } else {
                approximate(key, how: "rotates \(part) of each head; proxies rotate all of it")
            }
        }
    }

    /// Rotary positions: their base, where it stands here, and how wavelengths are stretched.
    private mutating func readRope(_ rope: [String: SourceValue], _ key: String) {
        var settings: [(String, String)] = []
        if let base = rope["rope_theta"]?.double {
            settings.append(("model.rotary-base", "\(base)"))
        }
        guard let kind = RopeKind(rope) else {
            let shown = (rope["rope_type"] ?? rope["type"] ?? .text("")).shown
            approximate(
                key, settings, how: "wavelengths scaled as \(shown); here as the base says")
            return
        }
        settings += kind.settings
        let part = rope["partial_rotary_factor"]?.double ?? 1
        if part != 1 {
            approximate(
                key, settings, how: "rotates \(part) of each head; proxies rotate all of it")
        } else if kind.name == "dynamic" {
            approximate(
                key, settings,
                how: "wavelengths stretched beyond the context of training; here not at all",
                cost: "none within it")
        } else {
            take(key, settings)
        }
    }

    private mutating func readHead(_ keys: HuggingFaceKeys) throws(ConfigurationError) {
        if let isTied = try flag("tie_word_embeddings") {
            take("tie_word_embeddings", ("model.tied-head", "\(isTied)"))
        } else {
            assume("model.tied-head", "\(keys.isTied)", "Hugging Face's default for the family")
        }
    }

    private mutating func readStart(_ type: String) throws(ConfigurationError) {
        guard let deviation = try number("initializer_range") else { return }
        var how =
            "normal initialisation; here that of matrices is truncated at two standard deviations"
        if type == "gpt2" {
            how +=
                ", and what writes to the residual stream starts with it, not with it over √(2 depth)"
        }
        approximate(
            "initializer_range", ("model.init-deviation", "\(deviation)"), how: how)
    }
}
