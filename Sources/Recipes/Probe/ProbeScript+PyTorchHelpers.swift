extension ProbeScript {
    /// Helpers, and the callback of Hugging Face's Trainer.
    static let torchHelpers = #"""


        # MARK: Helpers


        def _is_distributed() -> bool:
            return torch.distributed.is_available() and torch.distributed.is_initialized()


        def _gathered(tensor: Tensor) -> list[Tensor]:
            """A tensor of each rank, on the host."""
            if not _is_distributed():
                return [tensor.cpu()]
            parts = [torch.empty_like(tensor) for _ in range(torch.distributed.get_world_size())]
            torch.distributed.all_gather(parts, tensor.contiguous())
            return [part.cpu() for part in parts]


        def _larger(first: Tensor | None, *others: Tensor) -> Tensor:
            """Of peaks (heads, 4) each head's with the largest logit; NaN counts as largest."""
            best = first
            for peaks in others:
                if best is None:
                    best = peaks
                else:
                    is_better = (peaks[:, :1] > best[:, :1]) | peaks[:, :1].isnan()
                    best = torch.where(is_better, peaks, best)
            assert best is not None
            return best


        def _plain(name: str) -> str:
            """A parameter's name without what wrappers put in it."""
            for part in ("_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module."):
                name = name.replace(part, "")
            return name.removeprefix("module.")


        def _blocks(model: nn.Module) -> list[nn.Module]:
            """The longest list of modules of one type: the blocks of the residual stream."""
            best: list[nn.Module] = []
            for module in model.modules():
                if isinstance(module, (nn.ModuleList, nn.ModuleDict, nn.Sequential)):
                    children = list(module.children())
                    if len({type(child) for child in children}) == 1 and len(children) > len(best):
                        best = children
            return best


        def _head(model: nn.Module) -> nn.Module | None:
            """What makes output logits."""
            if hasattr(model, "get_output_embeddings") and model.get_output_embeddings() is not None:
                return model.get_output_embeddings()
            names = ("lm_head", "output", "head", "unembed", "embed_out")
            found = [m for name, m in model.named_modules() if name.split(".")[-1] in names]
            return found[-1] if found else None


        def _rule(optimizer: torch.optim.Optimizer) -> dict[str, float]:
            """What the first group of an optimizer says of its rule, under Ballast's names."""
            group = optimizer.param_groups[0]
            rule = {"learning_rate": float(group.get("initial_lr", group["lr"]))}
            for ours, theirs in (("epsilon", "eps"), ("weight_decay", "weight_decay"), ("momentum", "momentum")):
                if isinstance(group.get(theirs), (int, float)):
                    rule[ours] = float(group[theirs])
            for number, beta in enumerate(group.get("betas") or (), 1):
                rule[f"beta{number}"] = float(beta)
            return rule


        # MARK: Hugging Face


        try:
            from transformers import TrainerCallback
        except ImportError:
            pass
        else:

            class BallastCallback(TrainerCallback):
                """A Probe in a Trainer: `Trainer(..., callbacks=[BallastCallback("runs/mine", every=10)])`.

                Losses, learning rate and the norm of all gradients, before clipping, are those that the Trainer
                logs, so choose `logging_steps`; gradients of tensors are as the optimizer gets them, after it.
                """

                def __init__(
                    self, directory: str, every: int = 10, settings: Mapping[str, Any] | None = None,
                    tensorboard: bool = True,
                ) -> None:
                    self._arguments = (directory, every, settings, tensorboard)
                    self.probe: Probe | None = None

                def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
                    directory, every, settings, tensorboard = self._arguments
                    model, optimizer = kwargs["model"], kwargs["optimizer"]
                    config = getattr(model, "config", None)
                    sizes = {
                        ours: getattr(config, theirs) for ours, theirs in (
                            ("width", "hidden_size"), ("depth", "num_hidden_layers"), ("head_dim", "head_dim"))
                        if isinstance(getattr(config, theirs, None), int)}
                    self.probe = Probe(
                        model, getattr(optimizer, "optimizer", optimizer), directory, every=every,
                        step=state.global_step, tensorboard=tensorboard,
                        settings={
                            **sizes, "steps": state.max_steps, "seed": args.seed,
                            "learning_rate": args.learning_rate, **(settings or {})})

                def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
                    names = {"loss": "train/loss", "eval_loss": "val/loss", "grad_norm": "optim/grad_norm"}
                    found = {names[key]: value for key, value in (logs or {}).items() if key in names}
                    if self.probe is not None and found:
                        self.probe.log(found, step=state.global_step)

                def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
                    if self.probe is not None:
                        self.probe.close()
        """#
}
