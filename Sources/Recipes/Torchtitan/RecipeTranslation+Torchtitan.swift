import Training

extension RecipeTranslation {
    /// Reads a configuration of torchtitan.
    static func torchtitan(_ path: String) throws(ConfigurationError) -> RecipeTranslation {
        var reader = FieldReader(
            path, try TOMLTable.values(of: SourceFile.text(at: path), source: path))
        let flavor = try reader.readFlavor()
        try reader.readTorchtitanTraining()
        try reader.readTorchtitanSchedule()
        reader.leaveRest(
            below: [
                "job", "profiling", "metrics", "checkpoint", "parallelism", "compile",
                "activation_checkpoint", "comm", "experimental", "validation", "debug",
            ])
        return try RecipeTranslation(
            "\(reader.name) of torchtitan", [reader],
            target: TargetModel(family: "llama", vocabulary: flavor.vocabulary))
    }
}

extension FieldReader {
    /// Reads the model by its name.
    fileprivate mutating func readFlavor() throws(ConfigurationError) -> TorchtitanFlavor {
        let name = try text("model.name") ?? ""
        guard name == "llama3" else {
            throw .malformed(
                source: path, key: "model.name",
                reason: "\(name.isEmpty ? "is missing" : name + " is not read"); there is llama3; "
                    + "for others give the config.json of the model")
        }
        let flavor = try text("model.flavor") ?? ""
        guard let (_, sizes) = TorchtitanFlavor.llama3.first(where: { $0.name == flavor }) else {
            let names = TorchtitanFlavor.llama3.map(\.name).joined(separator: ", ")
            throw .malformed(
                source: path, key: "model.flavor",
                reason: "the sizes of \(flavor.isEmpty ? "no flavor" : flavor) are not in the file "
                    + "and not known here; there are \(names); for others give the config.json")
        }
        take("model.name", note: "Meta's Llama 3")
        take(
            "model.flavor", ("model.width", "\(sizes.width)"), ("model.depth", "\(sizes.depth)"),
            ("model.head-dimension", "\(sizes.width / sizes.heads)"),
            ("model.query-group-size", "\(sizes.heads / sizes.keyHeads)"),
            ("model.mlp-ratio", "\(Double(sizes.hidden) / Double(sizes.width))"),
            note: "arXiv 2407.21783, table 3")
        for (key, value) in [
            ("model.mlp", "swiglu"), ("model.normalization", "rms-norm"),
            ("model.norm-epsilon", "1e-5"), ("model.rotary-base", "500000"),
            ("model.tied-head", "false"),
        ] {
            assume(key, value, "Llama 3's own")
        }
        assume("loss.z-loss", "0", "torchtitan has none")
        assume(
            "model.vocabulary", "256",
            "proxies read text as bytes; target.vocabulary is the model's")
        note(
            "starts",
            "by fan-in; torchtitan's are 0.02, over √(2 layers) where they write to the residual stream"
        )
        return sizes
    }

    fileprivate mutating func readTorchtitanTraining() throws(ConfigurationError) {
        let rule = try text("optimizer.name") ?? "AdamW"
        if rule == "AdamW" {
            take("optimizer.name", ("optimizer.rule", "adamw"))
        } else {
            leave("optimizer.name", why: "\(rule) is not supported; AdamW is kept")
        }
        let numbers: [(String, String, String)] = [
            ("optimizer.lr", "optimizer.learning-rate", "8e-4"),
            ("optimizer.beta1", "optimizer.beta1", "0.9"),
            ("optimizer.beta2", "optimizer.beta2", "0.95"),
            ("optimizer.eps", "optimizer.epsilon", "1e-8"),
            ("optimizer.weight_decay", "optimizer.weight-decay.rate", "0.1"),
            ("training.max_norm", "optimizer.clip", "1"),
        ]
        for (key, path, standard) in numbers {
            if let value = try number(key) {
                take(key, (path, "\(value)"))
            } else {
                assume(path, standard, "torchtitan's default")
            }
        }
        assume("optimizer.weight-decay.form", "decoupled", "PyTorch's AdamW")
        assume("optimizer.weight-decay.exclude", "[]", "torchtitan decays every parameter")
        if let context = try whole("training.seq_len", 1...1_048_576) {
            take("training.seq_len", ("model.context", "\(context)"))
        }
        let steps = try whole("training.steps") ?? 10_000
        if has("training.steps") {
            take("training.steps", ("steps", "\(steps)"))
        } else {
            assume("steps", "\(steps)", "torchtitan's default")
        }
        if let batch = try whole("training.global_batch_size", -1...134_217_728), batch > 0 {
            take("training.global_batch_size", ("data.batch", "\(batch)"))
            leave("training.local_batch_size", why: "global_batch_size counts")
        } else if let batch = try whole("training.local_batch_size", 1...134_217_728) {
            approximate(
                "training.local_batch_size", ("data.batch", "\(batch)"),
                how: "sequences a device; multiply data.batch by the devices that hold data")
            take("training.global_batch_size")
        }
    }

    fileprivate mutating func readTorchtitanSchedule() throws(ConfigurationError) {
        let steps = Double(try whole("training.steps") ?? 10_000)
        let warmup = try number("lr_scheduler.warmup_steps") ?? 200
        if has("lr_scheduler.warmup_steps") {
            take("lr_scheduler.warmup_steps", ("schedule.warmup", "\(warmup / steps)"))
        } else {
            assume("schedule.warmup", "\(warmup / steps)", "torchtitan's default of 200 steps")
        }
        let decay = try text("lr_scheduler.decay_type") ?? "linear"
        let ratio = try number("lr_scheduler.decay_ratio") ?? 1 - warmup / steps
        let isWhole = ratio >= 1 - warmup / steps
        let shape = isWhole ? decay : "warmup-stable-decay"
        switch (decay, isWhole) {
        case ("linear", _), ("cosine", true):
            take("lr_scheduler.decay_type", ("schedule.shape", shape))
        case ("sqrt", false):
            take(
                "lr_scheduler.decay_type", ("schedule.shape", shape),
                ("schedule.cooldown-shape", "sqrt"))
        default:
            approximate(
                "lr_scheduler.decay_type",
                ("schedule.shape", isWhole ? "linear" : "warmup-stable-decay"),
                how: "\(decay) over \(ratio) of the run; here linear")
        }
        if !has("lr_scheduler.decay_type") {
            assume("schedule.shape", shape, "torchtitan's default, linear")
        }
        if has("lr_scheduler.decay_ratio") {
            take("lr_scheduler.decay_ratio", ("schedule.cooldown", "\(min(max(ratio, 0), 1))"))
        }
        if let floor = try number("lr_scheduler.min_lr_factor") {
            take("lr_scheduler.min_lr_factor", ("schedule.floor", "\(floor)"))
        }
    }
}
