extension ProbeScript {
    /// The probe and its hooks.
    static let torchProbe = #"""


        # MARK: The probe


        class Probe:
            """Measures a model as its optimizer steps.

            Args:
                model: The model, wrapped or not.
                optimizer: What steps its parameters; its `step` is what counts.
                directory: Where the log goes. A run has a directory of its own.
                every: Steps between measurements.
                settings: What `ballast import` is to know of the run, as width, depth, steps, seed. Learning rate,
                    epsilon, betas and decay are taken from the optimizer.
                step: Updates done before, for a run that is resumed.
                tensorboard: Whether to write an event file, too, where tensorboard is installed.
            """

            def __init__(
                self, model: nn.Module, optimizer: torch.optim.Optimizer, directory: str, *, every: int = 10,
                settings: Mapping[str, Any] | None = None, step: int = 0, tensorboard: bool = True,
            ) -> None:
                if every < 1:
                    raise ValueError(f"every={every}: a probe needs at least one step between measurements")
                self.every, self.step = every, step
                self._optimizer = optimizer
                # Frozen parameters have no gradient, and what two modules share is one parameter.
                self._names, self._parameters = [], []
                for name, parameter in model.named_parameters():
                    if parameter.requires_grad:
                        self._names.append(_plain(name))
                        self._parameters.append(parameter)
                self._counts = torch.tensor([float(p.numel()) for p in self._parameters])
                self._norms = _Norms(self._parameters)
                self._before: list[Tensor] | None = None
                self._gradients: Tensor | None = None
                self._waiting: list[tuple[int, dict[str, Any]]] = []
                self._attention: dict[int, Tensor] = {}
                self._activations: dict[int, Tensor] = {}
                self._output: Tensor | None = None
                self._modes: list[_Attention] = []
                self._is_observing = False
                compiled = isinstance(model, torch._dynamo.OptimizedModule) if hasattr(torch, "_dynamo") else False
                self._is_compiled = compiled or any(
                    getattr(module, "_compiled_call_impl", None) is not None for module in model.modules())
                self._handles: list[Any] = []
                self._step_handles = [
                    optimizer.register_step_pre_hook(self._before_step),
                    optimizer.register_step_post_hook(self._after_step),
                ]
                self.model = getattr(model, "_orig_mod", model)
                left_out = self._attach()
                if self._is_compiled:
                    # Hooks would be compiled, too.
                    self._detach()
                    left_out.insert(0, "attn, act, out: compiled; see observing()")
                everything = {
                    "writer": "ballast_probe", "every": every, "torch": torch.__version__,
                    "optimizer": {"name": type(optimizer).__name__, **_rule(optimizer)},
                    "left_out": "; ".join(left_out), **(settings or {})}
                self._log = (
                    Log(directory, everything, tensorboard)
                    if not _is_distributed() or torch.distributed.get_rank() == 0 else None)
                atexit.register(self.close)

            # What the loop calls.

            def log(self, values: Mapping[str, float | Tensor], step: int | None = None) -> None:
                """Adds numbers to the row of the step just taken; a tensor is read when the row is written."""
                kept = {tag: value.detach() if isinstance(value, Tensor) else value for tag, value in values.items()}
                self._waiting.append((self.step if step is None else step, kept))

            def before_clip(self) -> None:
                """Measures gradients now, before they are clipped, rather than as the optimizer steps them."""
                if is_due(self.step + 1, self.every):
                    self._gradients = self._norms.squares([p.grad for p in self._parameters])

            def attention(
                self, layer: int, query: Tensor, key: Tensor, scale: float | None = None, *, causal: bool = True,
                mask: Tensor | None = None,
            ) -> None:
                """Measures the attention of a layer, at steps that are measured; see attention_peaks()."""
                if not (self._modes or self._wants()):
                    return
                with torch.no_grad():
                    peaks = attention_peaks(_local(query), _local(key), scale, causal=causal, mask=mask)
                self._attention[layer] = _larger(self._attention.get(layer), peaks)

            @contextlib.contextmanager
            def observing(self) -> Iterator[None]:
                """Measures attention, activations and output of what is run inside, for the step just taken.

                What is compiled runs uncompiled there, and nothing has gradients.
                """
                self._is_observing = True
                if self._is_compiled:
                    self._attach()
                stance = torch.compiler.set_stance("force_eager") if self._is_compiled else contextlib.nullcontext()
                try:
                    with torch.no_grad(), stance:
                        yield
                finally:
                    self._is_observing = False
                    if self._is_compiled:
                        self._detach()
                self.log(self._forward_row())

            def close(self) -> None:
                """Writes what is left and takes the hooks off."""
                self._detach()
                for handle in self._step_handles:
                    handle.remove()
                if self._log is not None:
                    self._settle()
                    self._log.close()
                    self._log = None

            # What hooks call.

            def _attach(self) -> list[str]:
                """Hooks blocks, output and the whole model; returns what there is not."""
                left_out = []
                model = getattr(self.model, "module", self.model)
                blocks = _blocks(model)
                if not blocks:
                    left_out.append("act: no ModuleList or ModuleDict of blocks")
                for number, block in enumerate(blocks):
                    self._handles.append(block.register_forward_hook(self._block_hook(number)))
                head = _head(model)
                if head is None:
                    left_out.append("out: no module called lm_head, output, head or unembed")
                else:
                    self._handles.append(head.register_forward_hook(self._head_hook))
                self._handles.append(self.model.register_forward_pre_hook(self._enter))
                self._handles.append(self.model.register_forward_hook(self._leave, always_call=True))
                return left_out

            def _detach(self) -> None:
                for handle in self._handles:
                    handle.remove()
                self._handles = []

            def _wants(self) -> bool:
                """Whether the forward pass that runs now is measured: not one of validation, nor a compiled one."""
                if self._is_observing:
                    return True
                return (
                    not self._is_compiled and torch.is_grad_enabled() and self.model.training
                    and is_due(self.step + 1, self.every))

            def _enter(self, module: nn.Module, inputs: Any) -> None:
                if self._wants():
                    mode = _Attention(self)
                    mode.__enter__()
                    self._modes.append(mode)

            def _leave(self, module: nn.Module, inputs: Any, output: Any) -> None:
                if self._modes:
                    self._modes.pop().__exit__(None, None, None)

            def _block_hook(self, number: int) -> Any:
                def hook(module: nn.Module, inputs: Any, output: Any) -> None:
                    hidden = output[0] if isinstance(output, (tuple, list)) else output
                    if self._modes and isinstance(hidden, Tensor) and hidden.dim() >= 2:
                        with torch.no_grad(), torch._C.DisableTorchFunction():
                            self._activations[number] = activation_sizes(_local(hidden))
                return hook

            def _head_hook(self, module: nn.Module, inputs: Any, output: Any) -> None:
                if self._modes and isinstance(output, Tensor):
                    with torch.no_grad(), torch._C.DisableTorchFunction():
                        self._output = output_sizes(_local(output))

            @torch.no_grad()
            def _before_step(self, *_: Any) -> None:
                if not is_due(self.step + 1, self.every):
                    return
                if self._gradients is None:
                    self._gradients = self._norms.squares([p.grad for p in self._parameters])
                self._before = [_local(p).detach().clone() for p in self._parameters]

            @torch.no_grad()
            def _after_step(self, *_: Any) -> None:
                self.step += 1
                self.log({"optim/lr": float(self._optimizer.param_groups[0]["lr"])})
                if self._before is not None:
                    after = [_local(p).detach() for p in self._parameters]
                    weights = self._norms.squares(after)
                    torch._foreach_sub_(self._before, after)
                    updates = self._norms.squares(self._before)
                    self._before = None
                    # One transfer for all of them.
                    table = torch.stack((weights, self._gradients, updates)).double().cpu()
                    self._gradients = None
                    self.log({**self._norm_row(table), **self._forward_row()})
                if is_due(self.step, self.every):
                    self._settle(before=self.step)

            # Rows.

            def _norm_row(self, squares: Tensor) -> dict[str, float]:
                row = {"optim/grad_norm": squares[1].sum().sqrt().item()}
                norms = squares.sqrt()
                sizes = (norms / self._counts.double().sqrt()).tolist()
                for kind, roots, means in zip(("weight", "gradient", "update"), norms.tolist(), sizes):
                    for name, root, mean in zip(self._names, roots, means):
                        row[f"norm/{kind}/{name}/rms"] = mean
                        row[f"norm/{kind}/{name}/fro"] = root
                return row

            def _forward_row(self) -> dict[str, float]:
                """What the forward passes since the last step showed, over all ranks; forgets it."""
                attention, activations, output = self._attention, self._activations, self._output
                self._attention, self._activations, self._output = {}, {}, None
                row: dict[str, float] = {}
                for layer in sorted(attention):
                    peaks = _larger(None, *_gathered(attention[layer])).tolist()
                    row[f"attn/{layer}/max_logit"] = max(numbers[0] for numbers in peaks)
                    for head, numbers in enumerate(peaks):
                        for name, number in zip(("logit", "query_norm", "key_norm", "cosine"), numbers):
                            row[f"attn/{layer}/head/{head}/{name}"] = number
                for layer in sorted(activations):
                    parts = torch.stack(_gathered(activations[layer]))
                    row[f"act/{layer}/rms"] = parts[:, 0].square().mean().sqrt().item()
                    row[f"act/{layer}/max"] = parts[:, 1].max().item()
                    row[f"act/{layer}/hot_channel_ratio"] = parts[:, 2].max().item()
                if output is not None:
                    parts = torch.stack(_gathered(output))
                    row["out/logz"] = parts[:, 0].mean().item()
                    row["out/logit_mean"] = parts[:, 1].mean().item()
                    row["out/logit_max"] = parts[:, 2].max().item()
                return row

            def _settle(self, before: int | None = None) -> None:
                """Reads what was logged, and writes the rows of the steps before one: to that, more may come."""
                waiting, self._waiting = self._waiting, []
                if self._log is None:
                    return
                for step, values in waiting:
                    self._log.add(step, {tag: float(value) for tag, value in values.items()})
                self._log.flush(before)
        """#
}
