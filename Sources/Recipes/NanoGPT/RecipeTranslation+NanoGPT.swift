import Training

extension RecipeTranslation {
    /// Reads a configuration of nanoGPT: what its `train.py` would set, over that script's defaults.
    static func nanoGPT(_ path: String) throws(ConfigurationError) -> RecipeTranslation {
        let values = try PythonAssignments.values(
            of: SourceFile.text(at: path), source: path)
        var reader = FieldReader(path, values)
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            guard case .expression(let text) = value, NanoGPTKeys.read.contains(key) else {
                continue
            }
            throw .malformed(
                source: path, key: key,
                reason: "\(SourceValue.expression(text).shown) is no number, and nothing is "
                    + "executed; write its value")
        }
        try reader.readNanoGPT()
        reader.leaveRest(NanoGPTKeys.idle)
        return try RecipeTranslation(
            "\(reader.name) of nanoGPT", [reader],
            target: TargetModel(
                family: "nanogpt",
                vocabulary: try reader.whole("vocab_size", 1...1_048_576) ?? 50_304))
    }
}

/// The keys of nanoGPT's `train.py`.
enum NanoGPTKeys {
    /// Those that a recipe follows.
    static let read: Set = [
        "n_layer", "n_head", "n_embd", "block_size", "batch_size", "gradient_accumulation_steps",
        "dropout", "bias", "learning_rate", "max_iters", "weight_decay", "beta1", "beta2",
        "grad_clip", "decay_lr", "warmup_iters", "lr_decay_iters", "min_lr", "dtype",
        "eval_interval", "eval_iters", "log_interval", "vocab_size",
    ]

    /// Those that say nothing about training.
    static let idle: [String: String] = Dictionary(
        uniqueKeysWithValues: [
            "out_dir", "eval_only", "always_save_checkpoint", "wandb_log", "wandb_project",
            "wandb_run_name", "dataset", "backend", "device", "compile",
        ].map { ($0, RecipeField.idle) })
}

extension FieldReader {
    mutating func readNanoGPT() throws(ConfigurationError) {
        let standard = "nanoGPT's default"
        func whole(_ key: String, _ other: Int) throws(ConfigurationError) -> Int {
            try self.whole(key, 0...1_000_000_000) ?? other
        }
        func number(_ key: String, _ other: Double) throws(ConfigurationError) -> Double {
            try self.number(key) ?? other
        }
        let width = try whole("n_embd", 768)
        let heads = max(try whole("n_head", 12), 1)
        let batch = try whole("batch_size", 12)
        let times = try whole("gradient_accumulation_steps", 40)
        let (sequences, overflows) = batch.multipliedReportingOverflow(by: times)
        guard !overflows, width > 0 else {
            throw .malformed(
                source: path, key: overflows ? "batch_size" : "n_embd",
                reason: "is out of range; correct it")
        }
        let steps = max(try whole("max_iters", 600_000), 1)
        let rate = try number("learning_rate", 6e-4)
        /// Takes a field, or assumes what nanoGPT has in its place.
        func set(_ key: String, _ path: String, _ value: String) {
            if has(key) { take(key, (path, value)) } else { assume(path, value, standard) }
        }
        set("n_embd", "model.width", "\(width)")
        set("n_layer", "model.depth", "\(try whole("n_layer", 12))")
        set("n_head", "model.head-dimension", "\(width / heads)")
        set("block_size", "model.context", "\(try whole("block_size", 1024))")
        set("batch_size", "data.batch", "\(sequences)")
        take("gradient_accumulation_steps", note: "in data.batch")
        set("max_iters", "steps", "\(steps)")
        set("learning_rate", "optimizer.learning-rate", "\(rate)")
        set("weight_decay", "optimizer.weight-decay.rate", "\(try number("weight_decay", 0.1))")
        set("beta1", "optimizer.beta1", "\(try number("beta1", 0.9))")
        set("beta2", "optimizer.beta2", "\(try number("beta2", 0.95))")
        set("grad_clip", "optimizer.clip", "\(try number("grad_clip", 1))")
        set("eval_interval", "evaluation.every", "\(try whole("eval_interval", 2000))")
        set("eval_iters", "evaluation.batches", "\(max(try whole("eval_iters", 200), 1))")
        set("log_interval", "telemetry.every", "\(max(try whole("log_interval", 1), 1))")
        try readNanoGPTSchedule(steps: steps, rate: rate)
        try readNanoGPTModel()
    }

    private mutating func readNanoGPTSchedule(
        steps: Int, rate: Double
    ) throws(ConfigurationError) {
        guard try flag("decay_lr") ?? true else {
            take("decay_lr", ("schedule.shape", "constant"), ("schedule.warmup", "0"))
            leave("warmup_iters", "lr_decay_iters", "min_lr", why: "decay_lr is False")
            return
        }
        take("decay_lr", ("schedule.shape", "cosine"))
        if !has("decay_lr") { assume("schedule.shape", "cosine", "nanoGPT's default") }
        let warmup = try number("warmup_iters") ?? 2000
        let part = warmup / Double(steps)
        if has("warmup_iters") {
            take("warmup_iters", ("schedule.warmup", "\(part)"), note: "of \(steps)")
        } else {
            assume("schedule.warmup", "\(part)", "nanoGPT's default of 2000 iterations")
        }
        let decay = try whole("lr_decay_iters") ?? 600_000
        let how = "the learning rate falls over \(decay) iterations; here over all \(steps)"
        if decay == steps {
            take("lr_decay_iters")
        } else if has("lr_decay_iters") {
            approximate("lr_decay_iters", how: how)
        } else {
            note("lr_decay_iters", how)
        }
        let floor = try number("min_lr") ?? 6e-5
        let share = rate > 0 ? floor / rate : 0
        if has("min_lr") {
            take("min_lr", ("schedule.floor", "\(share)"))
        } else {
            assume("schedule.floor", "\(share)", "nanoGPT's default of 6e-5")
        }
    }

    private mutating func readNanoGPTModel() throws(ConfigurationError) {
        assume("model.normalization", "layer-norm", "nanoGPT's own")
        assume("model.norm-epsilon", "1e-5", "nanoGPT's own")
        assume(
            "model.mlp", "gelu",
            "nanoGPT's own, by the error function; here in its tanh form, "
                + "which differs by at most 4.8e-4")
        assume("model.mlp-ratio", "4", "nanoGPT's own")
        assume("model.tied-head", "true", "nanoGPT's own")
        assume(
            "model.init-deviation", "0.02",
            "nanoGPT's own; there what writes to the stream starts at 0.02/√(2 depth)")
        assume("optimizer.rule", "adamw", "nanoGPT's own")
        assume("optimizer.epsilon", "1e-8", "PyTorch's default")
        assume("optimizer.weight-decay.form", "decoupled", "PyTorch's AdamW")
        assume("optimizer.weight-decay.exclude", "[gain]", "nanoGPT spares vectors")
        assume("loss.z-loss", "0", "nanoGPT has none")
        assume(
            "model.vocabulary", "256",
            "proxies read text as bytes; target.vocabulary is the model's")
        note("learned positions", "proxies have rotary ones; cost unknown")
        if try flag("bias") ?? false {
            take("bias", ("model.biases", "all"))
        } else {
            take("bias", note: "no biases")
        }
        if try number("dropout") ?? 0 > 0 {
            leave("dropout", why: "proxies have no dropout; cost unknown")
        } else {
            take("dropout", note: "no dropout")
        }
        switch try text("dtype") {
        case "float32"?: take("dtype", ("model.element-type", "f32"))
        case "bfloat16"?: take("dtype", ("model.element-type", "bf16"))
        case let other?: leave("dtype", why: "\(other) is not read; proxies compute in f32")
        case nil: break
        }
    }
}
