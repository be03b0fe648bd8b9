import Inspection
import Modules
import Training

extension PythonModule {
    /// For a loop of one's own.
    var pytorch: String {
        [
            common(
                "Parameter groups, initialisation, schedule and loss",
                """
                    model = LlamaForCausalLM(config)
                    apply_changes(model)
                    initialize(model)
                    optimizer = build_optimizer(model)
                    scheduler = build_scheduler(optimizer)
                    for tokens, targets in batches:
                        loss(model(tokens).logits, targets).backward()
                        step(model, optimizer, scheduler)
                """),
            torchStart, torchChanges, torchLoss, torchOptimizer, torchStep,
        ].joined(separator: "\n\n\n") + "\n"
    }

    /// How parameters start.
    var torchStart: String {
        let family = plan.family
        let pieces: String
        switch family.fused {
        case .interleaved?:
            let heads = plan.configuration.model.heads
            pieces = "tensor.unflatten(0, (\(heads), 3, -1)).unbind(1)"
        case .stacked?, nil: pieces = "tensor.chunk(3, dim=\(family.isTransposed ? -1 : 0))"
        }
        return """
            def fill(tensor, start, generator=None):
                \"\"\"Fills a tensor as a group starts.\"\"\"
                import torch

                kind, *rest = start
                if kind == "constant":
                    tensor.fill_(rest[0])
                elif kind == "normal":
                    tensor.normal_(0, rest[0], generator=generator)
                elif kind == "truncated":
                    # Cut at two deviations, which leaves 0.8796 of them.
                    s = rest[0] / 0.87962566103423978
                    torch.nn.init.trunc_normal_(tensor, 0, s, -2 * s, 2 * s, generator=generator)
                else:
                    for part, start in zip(\(pieces), rest):
                        fill(part, start, generator)


            def initialize(model, generator=None):
                \"\"\"Starts every parameter as its group does.\"\"\"
                import torch

                with torch.no_grad():
                    for name, parameter in model.named_parameters():
                        fill(parameter, group_of(name)["start"], generator)
            """
    }

    /// Changes to the model.
    var torchChanges: String {
        let bodies = plan.changes.compactMap { change -> String? in
            guard case .python(let body) = change.form else { return nil }
            return "# \(Self.plain(change.summary)): \(change.source)\n" + body
        }
        let hand = plan.changes.filter { $0.form == .byHand }.map(\.name)
        var lines = bodies.map { Self.indented($0) }
        if !hand.isEmpty {
            lines.append(
                Self.indented(
                    "print(\"to be made by hand, see CHANGES: \(hand.joined(separator: ", "))\")"))
        }
        if lines.isEmpty { lines = ["    return model"] } else { lines.append("    return model") }
        return """
            def modules(model, *templates):
                \"\"\"The modules of bare names; none is an error.\"\"\"
                found = [
                    module
                    for name, module in model.named_modules()
                    if any(matches(template, bare(name)) for template in templates)
                ]
                if not found:
                    raise ValueError(f"no module is called {templates}: is this a {FAMILY}?")
                return found


            def apply_changes(model):
                \"\"\"Makes the changes of CHANGES that are made in the model; call it once, first.\"\"\"
                import torch

            \(lines.joined(separator: "\n"))
            """
    }

    /// What is minimised.
    var torchLoss: String {
        """
        def loss(logits, targets):
            \"\"\"Mean cross-entropy in nats and Z_LOSS times the mean of log^2 Z, where targets are not -100.\"\"\"
            logits, kept = logits.float(), targets != -100
            log_z = logits.logsumexp(-1)
            right = logits.gather(-1, targets.clamp(min=0).unsqueeze(-1)).squeeze(-1)
            losses = log_z - right + Z_LOSS * log_z * log_z
            return (losses * kept).sum() / kept.sum().clamp(min=1)
        """
    }

    /// Optimizer and scheduler.
    var torchOptimizer: String {
        """
        def parameter_groups(named_parameters):
            \"\"\"Groups for torch.optim; every parameter that trains is in exactly one.\"\"\"
            members = {group["name"]: [] for group in GROUPS}
            for name, parameter in named_parameters:
                if parameter.requires_grad:
                    members[group_of(name)["name"]].append(parameter)
            return [
                {
                    "params": members[group["name"]],
                    "name": group["name"],
                    "lr": group["lr"],
                    "weight_decay": group["weight_decay"],
                    "eps": group["eps"],
                }
                for group in GROUPS
                if members[group["name"]]
            ]


        def build_optimizer(model, **more):
            import torch

            groups = parameter_groups(model.named_parameters())
            return torch.optim.AdamW(groups, lr=PEAK_LEARNING_RATE, betas=BETAS, **more)


        def build_scheduler(optimizer, steps=STEPS):
            import torch

            class Scheduler(torch.optim.lr_scheduler.LambdaLR):
                def step(self, epoch=None):
                    super().step(epoch)
                    if CORRECTED_DECAY:
                        for group in self.optimizer.param_groups:
                            peak = group.setdefault("peak_weight_decay", group["weight_decay"])
                            group["weight_decay"] = peak * factor(self.last_epoch + 1, steps)

            return Scheduler(optimizer, lambda done: factor(done + 1, steps))
        """
    }

    private var torchStep: String {
        """
        def step(model, optimizer, scheduler):
            \"\"\"Clips, moves the parameters, and goes on in the schedule.\"\"\"
            import torch

            if CLIP:
                torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad(set_to_none=True)
        """
    }
}
