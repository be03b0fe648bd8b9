import Modules
import Optimizers
import Training

extension PythonModule {
    /// For torchtitan: groups over its names, and what its TOML can say.
    var torchtitan: String {
        let c = plan.configuration
        let warmup = Int((c.schedule.warmup * Double(c.steps)).rounded())
        let decay = c.schedule.shape == .stable ? c.schedule.cooldown : 1 - c.schedule.warmup
        let kind =
            switch c.schedule.shape {
            case .cosine: "cosine"
            case .linear: "linear"
            case .stable: c.schedule.cooldownShape == .linear ? "linear" : "sqrt"
            case .constant: "linear"
            }
        let ratio = c.schedule.shape == .constant ? 0 : decay
        let isOne = Set(plan.groups.map(\.learningRate)).count == 1
        return [
            common(
                "Parameter groups and settings",
                """
                TOML holds what torchtitan's configuration can say; it has one learning rate, epsilon and
                decay for all parameters, and decays norms too. build_optimizer and build_scheduler have
                the groups: build them from model parts in place of torchtitan's own.
                """
                    + (isOne
                        ? "" : "\nThe groups have several learning rates, which TOML cannot say.")),
            """
            TOML = \"\"\"
            [optimizer]
            name = "AdamW"
            lr = \(c.optimizer.learningRate)\(plan.isValidated ? "" : "  # unvalidated")
            beta1 = \(plan.betas.0)
            beta2 = \(plan.betas.1)
            eps = \(plan.groups.first { $0.role == .hidden }?.epsilon ?? 1e-8)
            weight_decay = \(plan.groups.first { $0.role == .hidden }?.weightDecay ?? 0)

            [lr_scheduler]
            warmup_steps = \(warmup)
            decay_ratio = \(ratio)
            decay_type = "\(kind)"
            min_lr_factor = \(c.schedule.floor)

            [training]
            seq_len = \(c.model.context)
            global_batch_size = \(c.data.batch)
            steps = \(c.steps)
            max_norm = \(c.optimizer.clip)
            \"\"\"
            """,
            torchStart, torchChanges, torchLoss, torchOptimizer,
        ].joined(separator: "\n\n\n") + "\n"
    }
}
