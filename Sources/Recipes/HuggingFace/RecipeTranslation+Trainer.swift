import Training

extension RecipeTranslation {
    /// Reads a Trainer's arguments, or the state that it leaves beside a checkpoint.
    static func arguments(_ path: String) throws(ConfigurationError) -> FieldReader {
        var reader = FieldReader(path, try SourceFile.json(at: path))
        if reader.has("log_history") {
            try reader.readTrainerState()
        } else {
            try reader.readTrainerArguments()
        }
        return reader
    }
}

extension FieldReader {
    mutating func readTrainerArguments() throws(ConfigurationError) {
        guard has("learning_rate") || has("per_device_train_batch_size") else {
            throw .malformed(
                source: path, key: "learning_rate",
                reason: "is missing, so these are no Trainer's arguments; write them with "
                    + "TrainingArguments.to_json_string()")
        }
        try readRule()
        try readSteps()
        try readBatch()
        if try flag("bf16") == true { take("bf16", ("model.element-type", "bf16")) }
        if try flag("bf16") == false { take("bf16") }
        if try flag("fp16") == true {
            leave("fp16", why: "proxies compute in f32 or bf16; cost unknown")
        } else {
            take("fp16")
        }
        if let share = try number("label_smoothing_factor") {
            if share == 0 {
                take("label_smoothing_factor")
            } else {
                leave("label_smoothing_factor", why: "labels are not smoothed here")
            }
        }
        leave(
            "seed", "data_seed",
            why: "seeds another random generator, so that its value means nothing here")
        leaveRest([:].merging(Self.idleArguments) { $1 })
    }

    private mutating func readRule() throws(ConfigurationError) {
        let name = try text("optim") ?? "adamw_torch"
        if name.hasPrefix("adamw") {
            take("optim", ("optimizer.rule", "adamw"))
        } else {
            leave("optim", why: "\(name) is not supported; AdamW is kept")
        }
        take("learning_rate", ("optimizer.learning-rate", "\(try number("learning_rate") ?? 5e-5)"))
        let numbers: [(String, String, Double)] = [
            ("adam_beta1", "optimizer.beta1", 0.9), ("adam_beta2", "optimizer.beta2", 0.999),
            ("adam_epsilon", "optimizer.epsilon", 1e-8), ("max_grad_norm", "optimizer.clip", 1),
            ("weight_decay", "optimizer.weight-decay.rate", 0),
        ]
        for (key, path, standard) in numbers {
            if let value = try number(key) {
                take(key, (path, "\(value)"))
            } else {
                assume(path, "\(standard)", "the Trainer's default")
            }
        }
        assume("optimizer.weight-decay.form", "decoupled", "PyTorch's AdamW")
        assume(
            "optimizer.weight-decay.exclude", "[gain]",
            "the Trainer does not decay norms and biases")
    }

    private mutating func readSteps() throws(ConfigurationError) {
        let shape = try text("lr_scheduler_type") ?? "linear"
        switch shape {
        case "linear", "cosine": take("lr_scheduler_type", ("schedule.shape", shape))
        case "constant", "constant_with_warmup":
            take("lr_scheduler_type", ("schedule.shape", "constant"))
        case "cosine_with_min_lr", "warmup_stable_decay":
            approximate(
                "lr_scheduler_type",
                ("schedule.shape", shape.hasPrefix("cosine") ? "cosine" : "warmup-stable-decay"),
                how: "its floor and lengths are in lr_scheduler_kwargs: set schedule.floor and "
                    + "schedule.cooldown")
        default: leave("lr_scheduler_type", why: "\(shape) is not supported; a cosine is kept")
        }
        if !has("lr_scheduler_type") {
            assume("schedule.shape", "linear", "the Trainer's default")
        }
        let steps = try whole("max_steps", -1...1_000_000_000) ?? -1
        guard steps > 0 else {
            take("max_steps")
            leave(
                "num_train_epochs",
                why: "steps follow from the number of examples, which is not in the file: set steps"
            )
            note("steps", "ballast's default is kept: set the number of updates")
            let ratio = try number("warmup_ratio") ?? 0
            take("warmup_ratio", ("schedule.warmup", "\(ratio)"))
            if try number("warmup_steps") ?? 0 > 0 {
                leave(
                    "warmup_steps", why: "a part of steps, which are not known: set schedule.warmup"
                )
            }
            if ratio == 0, !has("warmup_ratio") {
                assume("schedule.warmup", "0", "the Trainer's default")
            }
            return
        }
        take("max_steps", ("steps", "\(steps)"))
        leave("num_train_epochs", why: "max_steps counts")
        let warmup = try number("warmup_steps") ?? 0
        if warmup > 0 {
            // Newer versions take a part of the run in the same field.
            let part = warmup < 1 ? warmup : warmup / Double(steps)
            take("warmup_steps", ("schedule.warmup", "\(part)"), note: "of \(steps)")
            leave("warmup_ratio", why: "warmup_steps counts")
        } else if let ratio = try number("warmup_ratio") {
            take("warmup_ratio", ("schedule.warmup", "\(ratio)"))
            take("warmup_steps")
        } else {
            assume("schedule.warmup", "0", "the Trainer's default")
            take("warmup_steps")
        }
    }

    private mutating func readBatch() throws(ConfigurationError) {
        let device = try whole("per_device_train_batch_size", 1...1_000_000) ?? 8
        let times = try whole("gradient_accumulation_steps", 1...1_000_000) ?? 1
        approximate(
            "per_device_train_batch_size", ("data.batch", "\(min(device * times, 134_217_728))"),
            how: "\(device) sequences a device times \(times); the number of devices is not in the "
                + "file: multiply data.batch by it")
        take("gradient_accumulation_steps", note: "in data.batch")
    }

    mutating func readTrainerState() throws(ConfigurationError) {
        if let steps = try whole("max_steps") { take("max_steps", ("steps", "\(steps)")) }
        if let batch = try whole("train_batch_size", 1...134_217_728) {
            approximate(
                "train_batch_size", ("data.batch", "\(batch)"),
                how: "sequences a device; multiply by devices and accumulation steps")
        }
        guard case .list(let records)? = value("log_history") else {
            throw .malformed(
                source: path, key: "log_history", reason: "is no list of records; correct it")
        }
        let rates = records.compactMap { record -> Double? in
            guard case .mapping(let entries) = record else { return nil }
            return entries["learning_rate"]?.double
        }
        if let peak = rates.max(), peak > 0 {
            approximate(
                "log_history", ("optimizer.learning-rate", "\(peak)"),
                how: "the largest of \(rates.count) logged learning rates; the peak may lie between"
            )
        }
        note(
            "optimizer.beta1, beta2, epsilon, weight-decay, clip, schedule",
            "ballast's defaults are kept: a state does not hold them; give --arguments FILE")
        leaveRest([:])
    }

    /// Arguments that have no bearing on how weights move.
    private static let idleArguments: [String: String] = Dictionary(
        uniqueKeysWithValues: [
            "output_dir", "overwrite_output_dir", "do_train", "do_eval", "do_predict",
            "eval_strategy", "evaluation_strategy", "prediction_loss_only",
            "per_device_eval_batch_size", "eval_accumulation_steps", "eval_delay", "log_level",
            "log_level_replica", "log_on_each_node", "logging_dir", "logging_strategy",
            "logging_first_step", "logging_steps", "logging_nan_inf_filter", "save_strategy",
            "save_steps", "save_total_limit", "save_safetensors", "save_on_each_node",
            "save_only_model", "eval_steps", "eval_on_start", "dataloader_num_workers",
            "dataloader_pin_memory", "dataloader_persistent_workers",
            "dataloader_prefetch_factor", "run_name", "disable_tqdm", "load_best_model_at_end",
            "metric_for_best_model", "greater_is_better", "report_to", "push_to_hub",
            "hub_model_id", "hub_strategy", "hub_token", "hub_private_repo",
            "resume_from_checkpoint", "use_cpu", "no_cuda", "tf32", "local_rank", "ddp_backend",
            "ddp_timeout", "past_index", "remove_unused_columns", "label_names",
            "skip_memory_metrics", "gradient_checkpointing", "gradient_checkpointing_kwargs",
            "torch_compile", "torch_compile_backend", "torch_compile_mode", "fsdp",
            "fsdp_config", "deepspeed", "accelerator_config", "jit_mode_eval", "use_ipex",
            "full_determinism", "tpu_num_cores", "tpu_metrics_debug", "debug", "mp_parameters",
        ].map { ($0, RecipeField.idle) })
}
