/// What other tools call the metrics that Ballast knows: the one table of aliases.
///
/// Names are compared without case. `{}` stands for a run of characters, which takes the place of `{}` in
/// our tag: a parameter's path, or a layer.
public enum MetricNames {
    /// Our tag, and the names that mean it.
    static let table: [(tag: String, aliases: [String])] = [
        (
            "train/loss",
            [
                "train/loss", "train_loss", "train/CE loss", "loss_metrics/global_avg_loss",
                "lm_loss", "train/lm_loss", "lm loss", "loss/out", "loss", "training_loss",
                "train/train_loss", "trainer/loss", "train/loss_step", "train_loss_step",
                "train/CrossEntropyLoss", "lm-loss", "epoch_loss",
            ]
        ),
        (
            "val/loss",
            [
                "val/loss", "val_loss", "eval/loss", "eval_loss", "validation_metrics/loss",
                "valid/loss", "valid_loss", "validation/loss", "validation_loss",
                "val/loss_epoch", "lm loss validation", "epoch_val_loss", "validation/ctc_loss",
            ]
        ),
        (
            "val/bits_per_byte",
            ["val/bits_per_byte", "val_bpb", "val/bpb", "eval/bpb", "validation bpb"]
        ),
        (
            "optim/grad_norm",
            [
                "optim/grad_norm", "grad_norm", "train/grad_norm", "optim/total grad norm",
                "grad-norm", "grad/norm/total", "gradient_norm", "global_grad_norm", "grad norm",
                "train/global_grad_norm", "gnorm", "optim/total_grad_norm",
            ]
        ),
        (
            "optim/lr",
            [
                "optim/lr", "lr", "learning_rate", "train/learning_rate", "train/lr",
                "learning-rate", "learning rate", "optim/LR (group 0)", "optim/learning_rate",
                "lr-AdamW", "lr-Adam", "lr-SGD", "optim/learning_rate_group0",
            ]
        ),
        ("train/epoch", ["train/epoch", "epoch"]),
        ("train/z_loss", ["z_loss", "train/Z loss", "train/z_loss", "z-loss"]),
        ("out/logz", ["out/logz", "logz", "log_z", "train/log_z", "out/log_z"]),
        ("out/logit_mean", ["out/logit_mean", "logits/mean", "output_logit_mean"]),
        ("out/logit_max", ["out/logit_max", "logits/max", "output_logit_max"]),
        (
            "throughput/tokens_per_second",
            [
                "throughput/tokens_per_second", "tokens_per_sec", "train/tok_per_sec",
                "throughput/device/TPS", "tokens_per_second",
            ]
        ),
        (
            "attn/{}/max_logit",
            [
                "attn/{}/max_logit", "max_attention_logit/{}", "max_attention_logit/layer_{}",
                "layer_{}/max_attention_logit", "attention/layer_{}/max_logit",
            ]
        ),
        ("attn/all/max_logit", ["learning/max_logits", "max_attention_logit", "max_attn_logit"]),
        ("norm/gradient/{}/rms", ["norm/gradient/{}/rms", "grads/{}/rms"]),
        ("norm/weight/{}/rms", ["norm/weight/{}/rms", "params/{}/rms"]),
        ("norm/update/{}/rms", ["norm/update/{}/rms", "updates/{}/rms"]),
        (
            "norm/gradient/{}/fro",
            ["norm/gradient/{}/fro", "gradient_norms/{}", "grad/norm/{}", "grad_norm/{}"]
        ),
        (
            "norm/weight/{}/fro",
            ["norm/weight/{}/fro", "parameter_norms/{}", "params/norm/{}", "param_norm/{}"]
        ),
        ("norm/update/{}/fro", ["norm/update/{}/fro", "updates/norm/{}", "update_norm/{}"]),
        ("attn/{}/logit", ["attn/{}/logit"]),
        ("attn/{}/query_norm", ["attn/{}/query_norm"]),
        ("attn/{}/key_norm", ["attn/{}/key_norm"]),
        ("attn/{}/cosine", ["attn/{}/cosine"]),
        ("attn/{}/entropy", ["attn/{}/entropy"]),
        ("act/{}/rms", ["act/{}/rms"]),
        ("act/{}/max", ["act/{}/max"]),
        ("act/{}/gain", ["act/{}/gain"]),
        ("act/{}/hot_channel_ratio", ["act/{}/hot_channel_ratio"]),
        ("spike/score", ["spike/SpikeScore"]),
    ]

    /// Names of the column or key that counts updates, the surest first.
    static let steps = [
        "step", "global_step", "trainer/global_step", "train/global_step", "iteration", "iter",
        "iters", "_step", "train/step", "n_iter", "update", "steps",
    ]
    /// What counts otherwise, and is taken only where nothing counts updates.
    static let otherCounts = [
        "tokens", "tokens_seen", "train/tokens", "throughput/total_tokens", "epoch", "train/epoch",
    ]

    /// Whether a name counts epochs, which is a metric too where something else counts steps.
    static func isEpoch(_ lower: String) -> Bool { tag(of: lower) == "train/epoch" }

    private static let lookup = AliasTable(table)

    /// Our tag for a name, or nil where the table has none.
    public static func tag(of name: String) -> String? { lookup.tag(of: name) }
}
