extension ProbeScript {
    /// What is measured of arrays.
    static let jaxMeasurements = #"""


        # MARK: Measurements


        def attention(
            query: Array, key: Array, scale: float | None = None, *, causal: bool = True, mask: Array | None = None,
            elements: int = 1 << 24,
        ) -> Array:
            """The largest attention logit of each head, and what makes it.

            Args:
                query: (batch, queries, heads, width), as `jax.nn.dot_product_attention` has it.
                key: (batch, keys, heads, width), or fewer heads that divide those of queries.
                scale: The factor on q.k; 1/sqrt(width) unless given.
                causal: Whether query i sees the keys up to i alone.
                mask: Broadcast to (batch, heads, queries, keys): True is seen.
                elements: About how many scores are made at once.

            Returns:
                (heads, 4), in f32: logit, norm of its query, norm of its key, cosine of the two.
            """
            query, key = (lax.stop_gradient(x).astype(jnp.float32) for x in (query, key))
            batch, queries, heads, width = query.shape
            keys = key.shape[1]
            if key.shape[2] != heads:
                key = jnp.repeat(key, heads // key.shape[2], axis=2)
            scale = 1 / math.sqrt(width) if scale is None else scale
            # Chunks of one size: the last begins early, and what it sees twice is the same twice.
            rows = max(1, min(queries, elements // max(1, batch * heads * keys)))
            starts = jnp.minimum(jnp.arange(-(-queries // rows)) * rows, queries - rows)
            if mask is not None:
                mask = jnp.broadcast_to(mask, (batch, heads, queries, keys))

            def chunk(best: Array, start: Array) -> tuple[Array, None]:
                part = lax.dynamic_slice_in_dim(query, start, rows, axis=1)
                scores = scale * jnp.einsum("bqhd,bkhd->hbqk", part, key, precision=lax.Precision.HIGHEST)
                if causal:
                    place = start + jnp.arange(rows)
                    scores = jnp.where(place[:, None] >= jnp.arange(keys), scores, -jnp.inf)
                if mask is not None:
                    seen = lax.dynamic_slice_in_dim(mask, start, rows, axis=2)
                    scores = jnp.where(seen.transpose(1, 0, 2, 3), scores, -jnp.inf)
                flat = scores.reshape(heads, -1)
                place = jnp.argmax(flat, axis=1)
                logit = jnp.max(flat, axis=1)
                sequence, row, column = place // (rows * keys), place // keys % rows, place % keys
                numbers = jnp.arange(heads)
                q, k = part[sequence, row, numbers], key[sequence, column, numbers]
                q_norm, k_norm = jnp.linalg.norm(q, axis=-1), jnp.linalg.norm(k, axis=-1)
                cosine = jnp.sum(q * k, axis=-1) / (q_norm * k_norm)
                found = jnp.stack((logit, q_norm, k_norm, cosine), axis=1)
                is_better = (logit > best[:, 0]) | jnp.isnan(logit)
                return jnp.where(is_better[:, None], found, best), None

            start = jnp.tile(jnp.array([-jnp.inf, 0.0, 0.0, 0.0]), (heads, 1))
            return lax.scan(chunk, start, starts)[0]


        def activation(hidden: Array) -> Array:
            """Root mean square, largest magnitude, and hot channel ratio of (..., channels): three numbers.

            The last is the largest root mean square of a channel over the median one.
            """
            x = lax.stop_gradient(hidden).astype(jnp.float32)
            x = x.reshape(-1, x.shape[-1])
            squares = jnp.mean(jnp.square(x), axis=0)
            sizes = jnp.sqrt(squares)
            # The lower of two middles, as PyTorch's probe has it.
            middle = jnp.sort(sizes)[(sizes.shape[0] - 1) // 2]
            return jnp.stack((jnp.sqrt(jnp.mean(squares)), jnp.max(jnp.abs(x)), jnp.max(sizes) / middle))


        def output(logits: Array) -> Array:
            """Mean log Z, mean and maximum of logits (..., vocabulary), Z the softmax's denominator: three numbers."""
            rows = lax.stop_gradient(logits).astype(jnp.float32)
            log_z = jax.nn.logsumexp(rows, axis=-1)
            return jnp.stack((jnp.mean(log_z), jnp.mean(rows), jnp.max(rows)))
        """#
}
