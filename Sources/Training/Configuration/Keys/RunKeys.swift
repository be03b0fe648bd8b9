import Modules
import Optimizers
import Statistics

extension KeyTable {
    /// The keys after `optimizer`, in the order of configuration files.
    static let run: [ConfigurationKey] =
        parametrization + schedule + [
            .number(
                "loss.z-loss", \.loss.zLoss, .nonNegative, off: 0,
                "Factor on the mean of log^2 Z, added to the cross-entropy; 0 for none.")
        ] + data + [
            .whole("steps", \.steps, 1...1_000_000_000, unit: "steps", "Updates of the weights."),
            .seed("seed", \.seed, "Seed of the initial weights."),
        ] + recording

    private static let parametrization: [ConfigurationKey] = [
        .word(
            "parametrization.kind", \.parametrization.kind,
            "How initial sizes, learning rates and branches depend on width and depth."),
        .number(
            "parametrization.masses.embedding", \.parametrization.masses.embedding, .positive,
            "Part of the embedding in the change of the output, with modular."),
        .number(
            "parametrization.masses.blocks", \.parametrization.masses.blocks, .positive,
            "Part of all blocks in the change of the output, with modular."),
        .number(
            "parametrization.masses.head", \.parametrization.masses.head, .positive,
            "Part of the head in the change of the output, with modular."),
        .whole(
            "parametrization.base-width", \.parametrization.baseWidth, 1...65_536,
            unit: "elements", "Width at which all factors are one."),
        .whole(
            "parametrization.base-depth", \.parametrization.baseDepth, 1...1_024, unit: "blocks",
            "Depth at which all factors are one."),
    ]

    private static let schedule: [ConfigurationKey] = [
        .word(
            "schedule.shape", \.schedule.shape, off: Schedule.Shape.constant,
            "Shape of the learning-rate decay after warm-up."),
        .number(
            "schedule.warmup", \.schedule.warmup, .fraction, unit: "of all steps", off: 0,
            "Fraction of the run in which the learning rate warms up to its peak."),
        .number(
            "schedule.floor", \.schedule.floor, .share, unit: "of the peak", off: 0,
            "Learning rate at the end."),
        .number(
            "schedule.cooldown", \.schedule.cooldown, .share, unit: "of all steps", off: 0,
            "Fraction of the run in the final decay, with warmup-stable-decay."),
        .word("schedule.cooldown-shape", \.schedule.cooldownShape, "Shape of that final decay."),
    ]

    private static let data: [ConfigurationKey] = [
        ConfigurationKey(
            "data.text", .words([]), unit: "", off: nil,
            "Files, folders, patterns, or names of fetched corpora.",
            read: { .words($0.data.text) },
            write: { if case .words(let words) = $0 { $1.data.text = words } }),
        .text(
            "data.tokenizer", \.data.tokenizer,
            "A tokenizer.json of byte-level BPE that makes tokens of the text; empty for bytes."),
        ConfigurationKey(
            "data.tokens", .words([]), unit: "", off: .words([]),
            "Files of tokens in place of text: nanoGPT's, llm.c's or Megatron's .bin.",
            read: { .words($0.data.tokens) },
            write: { if case .words(let words) = $0 { $1.data.tokens = words } }),
        .text(
            "data.field", \.data.field,
            "The text of each line of .jsonl and .json.gz files; empty to read them as they stand."),
        .whole(
            "data.batch", \.data.batch, 1...134_217_728, unit: "sequences",
            "Sequences in a batch."),
        .whole(
            "data.accumulation", \.data.accumulation, 1...65_536, unit: "micro-batches", off: 1,
            "Equal parts of a batch whose gradients a step accumulates, a divisor of data.batch; memory falls, "
                + "the mean is the same up to rounding."),
        .seed(
            "data.data-seed", \.data.dataSeed,
            "Seed of the data: which sequences a run visits, in which order."),
        .seed(
            "data.order-seed", \.data.orderSeed,
            "Seed of another order of the same sequences; 0 for that of data-seed."),
    ]

    private static let recording: [ConfigurationKey] = [
        .whole(
            "evaluation.every", \.evaluation.every, 0...1_000_000_000, unit: "steps", off: 0,
            "Steps between validation losses; 0 for the two ends alone."),
        .whole(
            "evaluation.batches", \.evaluation.batches, 1...1_000_000, unit: "batches",
            "Batches of the fixed validation set."),
        .whole(
            "telemetry.every", \.telemetry.every, 1...1_000_000_000, unit: "steps",
            "Steps between records."),
        .flag(
            "telemetry.norms", \.telemetry.norms,
            "Whether sizes of weights, gradients, updates and logits are recorded."),
        .flag(
            "telemetry.spectrum", \.telemetry.spectrum,
            "Whether stable rank and entropy are recorded with the spectral norms."),
        .flag(
            "telemetry.attention", \.telemetry.attention,
            "Whether each head's largest logit and entropy are recorded."),
        .flag(
            "telemetry.ratios", \.telemetry.ratios,
            "Whether updates are compared with weights, epsilon and theory."),
        .flag(
            "telemetry.alignment", \.telemetry.alignment,
            "Whether alignment of matrices with their inputs and outliers of activations are recorded."
        ),
        .words(
            "telemetry.formats", \.telemetry.formats,
            "Number formats whose range tensors are compared with."),
        .whole(
            "telemetry.spectral-every", \.telemetry.spectralEvery, 0...1_000_000_000,
            unit: "steps", off: 0, "Steps between spectral norms of all matrices; 0 for none."),
        .whole(
            "checkpoints.every", \.checkpoints.every, 0...1_000_000_000, unit: "steps", off: 0,
            "Steps between checkpoints; 0 for the last alone."),
        .whole(
            "checkpoints.keep", \.checkpoints.keep, 1...1_000_000, unit: "checkpoints",
            "How many of the newest are kept."),
    ]
}
