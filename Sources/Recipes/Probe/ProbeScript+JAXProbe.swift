extension ProbeScript {
    /// What watches an optimizer, and the probe.
    static let jaxProbe = #"""


        # MARK: The optimizer


        class WatchState(NamedTuple):
            """The state of watch(): updates done, what was measured last, and the state of what is watched."""

            count: Array
            squares: Array
            inner: Any


        class Watched(NamedTuple):
            """A transformation with `init` and `update`, as those of Optax."""

            init: Any
            update: Any


        def watch(inner: Any, every: int = 10) -> Watched:
            """An Optax transformation that also measures weights, gradients and updates.

            Args:
                inner: The whole optimizer: what it returns is added to the weights.
                every: Steps between measurements.

            Returns:
                The same optimizer. Its state holds the sums of squares of the last step that was measured, (3, leaves),
                for Probe.log().
            """
            if every < 1:
                raise ValueError(f"every={every}: a probe needs at least one step between measurements")

            def squares(tree: Any) -> Array:
                return jnp.stack([
                    jnp.sum(jnp.square(jnp.abs(leaf).astype(jnp.float32))) for leaf in jax.tree_util.tree_leaves(tree)])

            def init(params: Any) -> WatchState:
                leaves = len(jax.tree_util.tree_leaves(params))
                return WatchState(jnp.zeros((), jnp.int32), jnp.zeros((3, leaves), jnp.float32), inner.init(params))

            def update(gradients: Any, state: WatchState, params: Any = None, **extra: Any) -> tuple[Any, WatchState]:
                if params is None:
                    raise ValueError("watch: update(gradients, state, params) needs the weights")
                updates, moved = inner.update(gradients, state.inner, params, **extra)
                count = state.count + 1

                def measure() -> Array:
                    after = jax.tree_util.tree_map(lambda p, u: p + u.astype(p.dtype), params, updates)
                    return jnp.stack((squares(after), squares(gradients), squares(updates)))

                found = lax.cond((count == 1) | (count % every == 0), measure, lambda: state.squares)
                return updates, WatchState(count, found, moved)

            return Watched(init, update)


        # MARK: The probe


        class Probe:
            """Writes what was measured.

            Args:
                directory: Where the log goes. A run has a directory of its own; with many processes the first writes.
                every: Steps between measurements, as watch() has it.
                settings: What `ballast import` is to know of the run, as learning_rate, epsilon, width, depth, steps.
                params: The weights, whose paths name norms; without them leaves are numbered.
                tensorboard: Whether to write an event file, too, where tensorboard is installed.
            """

            def __init__(
                self, directory: str, *, every: int = 10, settings: Mapping[str, Any] | None = None,
                params: Any = None, tensorboard: bool = True,
            ) -> None:
                self.every = every
                self._names: list[str] | None = None
                self._counts: list[int] = []
                if params is not None:
                    self._name(params)
                everything = {"writer": "ballast_probe", "every": every, "jax": jax.__version__, **(settings or {})}
                self._log = Log(directory, everything, tensorboard) if jax.process_index() == 0 else None
                atexit.register(self.close)

            def is_due(self, step: int) -> bool:
                """Whether step number `step`, from 1, is measured."""
                return is_due(step, self.every)

            def _name(self, params: Any) -> None:
                leaves = jax.tree_util.tree_leaves_with_path(params)
                self._names = [".".join(_word(key) for key in path).replace("/", ".") for path, _ in leaves]
                self._counts = [leaf.size for _, leaf in leaves]

            def log(
                self, step: int, values: Mapping[str, Any] | None = None, *, state: Any = None, params: Any = None,
                attention: Sequence[Array] | Array | None = None, activation: Sequence[Array] | Array | None = None,
                output: Array | None = None,
            ) -> None:
                """Adds numbers to the row of step number `step`, counted from 1.

                Args:
                    step: The updates done.
                    values: Numbers by tag, as `{"train/loss": loss, "optim/lr": schedule(step - 1)}`.
                    state: The state of the optimizer that watch() made, at a step that is measured.
                    params: The weights, where the probe was made without them.
                    attention: What attention() gave for each layer.
                    activation: What activation() gave for each block.
                    output: What output() gave.
                """
                if self._log is None:
                    return
                row = {tag: float(value) for tag, value in (values or {}).items()}
                if self.is_due(step):
                    if params is not None and self._names is None:
                        self._name(params)
                    if state is not None:
                        row.update(self._norms(state))
                    for layer, heads in enumerate([] if attention is None else attention):
                        heads = jax.device_get(heads).tolist()
                        row[f"attn/{layer}/max_logit"] = max(numbers[0] for numbers in heads)
                        for head, numbers in enumerate(heads):
                            for name, number in zip(("logit", "query_norm", "key_norm", "cosine"), numbers):
                                row[f"attn/{layer}/head/{head}/{name}"] = number
                    for layer, numbers in enumerate([] if activation is None else activation):
                        for name, number in zip(("rms", "max", "hot_channel_ratio"), jax.device_get(numbers).tolist()):
                            row[f"act/{layer}/{name}"] = number
                    if output is not None:
                        for name, number in zip(("logz", "logit_mean", "logit_max"), jax.device_get(output).tolist()):
                            row[f"out/{name}"] = number
                self._log.add(step, row)
                if self.is_due(step):
                    self._log.flush(before=step)

            def _norms(self, state: Any) -> dict[str, float]:
                found = _watch_state(state)
                if found is None:
                    raise ValueError("state= is not of an optimizer that watch() made")
                table = jax.device_get(found.squares).astype("float64")
                names = self._names or [str(index) for index in range(table.shape[1])]
                row = {"optim/grad_norm": math.sqrt(table[1].sum())}
                for kind, squares in zip(("weight", "gradient", "update"), table.tolist()):
                    for index, (name, square) in enumerate(zip(names, squares)):
                        row[f"norm/{kind}/{name}/fro"] = math.sqrt(square)
                        if self._names is not None:
                            row[f"norm/{kind}/{name}/rms"] = math.sqrt(square / self._counts[index])
                return row

            def close(self) -> None:
                """Writes what is left."""
                if self._log is not None:
                    self._log.close()
                    self._log = None


        # MARK: Helpers


        def _word(key: Any) -> str:
            """A part of a leaf's path: a key, an attribute or a number."""
            for name in ("key", "name", "idx"):
                if hasattr(key, name):
                    return str(getattr(key, name))
            return str(key)


        def _watch_state(state: Any) -> WatchState | None:
            """The state of watch() in that of an optimizer, which may be a part of a chain."""
            if isinstance(state, WatchState):
                return state
            if isinstance(state, (tuple, list)):
                for part in state:
                    found = _watch_state(part)
                    if found is not None:
                        return found
            return None
        """#
}
