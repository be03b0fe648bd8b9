extension ProbeScript {
    /// What is measured of tensors.
    static let torchMeasurements = #"""


        # MARK: Measurements


        def attention_peaks(
            query: Tensor, key: Tensor, scale: float | None = None, *, causal: bool = True,
            mask: Tensor | None = None, elements: int = 1 << 24,
        ) -> Tensor:
            """The largest attention logit of each head, and what makes it.

            Args:
                query: (batch, heads, queries, width).
                key: (batch, heads, keys, width), or fewer heads that divide those of queries.
                scale: The factor on q.k; 1/sqrt(width) unless given.
                causal: Whether query i sees the keys up to i alone.
                mask: Broadcast to (batch, heads, queries, keys): what is True, or as a number not near the smallest,
                    is seen.
                elements: How many scores are made at once, at least those of one query of each head.

            Returns:
                (heads, 4): logit, norm of its query, norm of its key, cosine of the two. A bf16 or f16 product
                chooses the pair; its four numbers are computed in f32.
            """
            query, key = query.detach(), key.detach()
            batch, heads, queries, width = query.shape
            keys = key.shape[-2]
            if key.shape[1] != heads:
                key = key.repeat_interleave(heads // key.shape[1], dim=1)
            scale = 1 / math.sqrt(width) if scale is None else scale
            # A negative factor makes the smallest product the largest logit.
            signed = query if scale >= 0 else -query
            rows = max(1, min(queries, elements // max(1, batch * heads * keys)))
            best = torch.full((heads,), -math.inf, device=query.device)
            pairs = torch.zeros((2, heads), dtype=torch.long, device=query.device)
            for start in range(0, queries, rows):
                stop = min(start + rows, queries)
                seen = min(stop, keys) if causal else keys
                scores = signed[:, :, start:stop] @ key[:, :, :seen].transpose(-1, -2)
                if causal and seen > start:
                    hidden = torch.ones(stop - start, seen, dtype=torch.bool, device=query.device).triu(1 + start)
                    scores = scores.masked_fill(hidden, -math.inf)
                if mask is not None:
                    part = mask.detach().expand(batch, heads, queries, keys)[:, :, start:stop, :seen]
                    if part.dtype != torch.bool:
                        part = part > torch.finfo(part.dtype).min / 2
                    scores = scores.masked_fill(~part, -math.inf)
                value, place = scores.transpose(0, 1).reshape(heads, -1).float().max(dim=1)
                # Places of rows and columns in (batch, queries) and (batch, keys).
                sequence, row, column = (
                    place // ((stop - start) * seen), place // seen % (stop - start) + start, place % seen)
                is_better = (value > best) | value.isnan()
                best = torch.where(is_better, value, best)
                found = torch.stack((sequence * queries + row, sequence * keys + column))
                pairs = torch.where(is_better, found, pairs)
            numbers = torch.arange(heads, device=query.device)
            q = query.transpose(0, 1).reshape(heads, -1, width)[numbers, pairs[0]].float()
            k = key.transpose(0, 1).reshape(heads, -1, width)[numbers, pairs[1]].float()
            product, q_norm, k_norm = (q * k).sum(-1), q.norm(dim=-1), k.norm(dim=-1)
            return torch.stack((scale * product, q_norm, k_norm, product / (q_norm * k_norm)), dim=1)


        def activation_sizes(output: Tensor) -> Tensor:
            """Root mean square, largest magnitude, and hot channel ratio of (..., channels): three numbers.

            The last is the largest root mean square of a channel over the median one.
            """
            x = output.detach().flatten(0, -2)
            squares = torch.linalg.vector_norm(x, dim=0, dtype=torch.float32).square() / x.shape[0]
            largest = torch.linalg.vector_norm(x, math.inf).float()
            sizes = squares.sqrt()
            return torch.stack((squares.mean().sqrt(), largest, sizes.max() / sizes.median()))


        def output_sizes(logits: Tensor, elements: int = 1 << 24) -> Tensor:
            """Mean log Z, mean and maximum of logits (..., vocabulary), Z the softmax's denominator: three numbers."""
            rows = logits.detach().flatten(0, -2)
            count = max(1, elements // rows.shape[-1])
            log_z = torch.zeros((), device=rows.device)
            total, largest = log_z.clone(), torch.full((), -math.inf, device=rows.device)
            for part in rows.split(count):
                part = part.float()
                log_z = log_z + part.logsumexp(-1).sum()
                total = total + part.sum()
                largest = torch.maximum(largest, part.max())
            return torch.stack((log_z / rows.shape[0], total / rows.numel(), largest))


        def _local(tensor: Tensor) -> Tensor:
            """The part of a tensor that this rank holds."""
            return tensor.to_local() if hasattr(tensor, "to_local") else tensor


        class _Norms:
            """Frobenius norms of many tensors at once, of the whole tensors where ranks hold parts of them."""

            def __init__(self, parameters: Sequence[Tensor]) -> None:
                self._count = len(parameters)
                # Parameters that are sharded alike are summed over ranks by one collective for each axis.
                self._groups: list[tuple[list[int], list[Any]]] = []
                found: dict[Any, list[int]] = {}
                groups: dict[Any, list[Any]] = {}
                for index, parameter in enumerate(parameters):
                    placements = getattr(parameter, "placements", ())
                    mesh = getattr(parameter, "device_mesh", None)
                    axes = tuple(axis for axis, place in enumerate(placements) if place.is_shard())
                    found.setdefault((id(mesh), axes), []).append(index)
                    groups[(id(mesh), axes)] = [mesh.get_group(axis) for axis in axes]
                self._groups = [(members, groups[key]) for key, members in found.items()]

            def squares(self, tensors: Sequence[Tensor | None]) -> Tensor:
                """The sums of squares, zero for None; in f32, as stable as each norm is."""
                there = [index for index, tensor in enumerate(tensors) if tensor is not None]
                device = next((t.device for t in tensors if t is not None), torch.device("cpu"))
                result = torch.zeros(self._count, device=device)
                if there:
                    parts = [_local(tensors[index]).detach() for index in there]
                    norms = [norm.float().to(device) for norm in torch._foreach_norm(parts, dtype=torch.float32)]
                    result[there] = torch.stack(norms).square()
                for members, ranks in self._groups:
                    if not ranks:
                        continue
                    part = result[members].clone()
                    for group in ranks:
                        torch.distributed.all_reduce(part, group=group)
                    result[members] = part
                return result


        class _Attention(TorchFunctionMode):
            """Sees queries and keys of scaled_dot_product_attention on their way."""

            def __init__(self, probe: Probe) -> None:
                super().__init__()
                self._probe = probe
                self._layer = 0

            def __torch_function__(
                self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
            ) -> Any:
                kwargs = kwargs or {}
                result = function(*args, **kwargs)
                if function is nn.functional.scaled_dot_product_attention:
                    names = ("query", "key", "value", "attn_mask", "dropout_p", "is_causal")
                    given = {**dict(zip(names, args)), **kwargs}
                    layer, self._layer = self._layer, self._layer + 1
                    with torch.no_grad(), torch._C.DisableTorchFunction():
                        self._probe.attention(
                            layer, given["query"], given["key"], given.get("scale"),
                            causal=given.get("is_causal", False), mask=given.get("attn_mask"))
                return result
        """#
}
