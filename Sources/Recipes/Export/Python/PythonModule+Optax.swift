extension PythonModule {
    /// For Optax.
    var optax: String {
        [
            common(
                "Gradient transformation",
                """
                    optimizer = build_optimizer(params)
                    state = optimizer.init(params)
                    updates, state = optimizer.update(grads, state, params)
                    params = optax.apply_updates(params, updates)

                Paths of parameters are taken as their names: model/layers/0/self_attn/q_proj/kernel.
                """),
            """
            LEAVES = ("kernel", "embedding", "scale")


            def name_of(path):
                \"\"\"The name of a parameter at a path of keys.\"\"\"
                parts = [str(getattr(k, "key", getattr(k, "name", getattr(k, "idx", k)))) for k in path]
                parts = parts[1:] if parts[:1] == ["params"] else parts
                if parts[-1] in LEAVES:
                    parts[-1] = "weight"
                return ".".join(parts)


            def labels(params):
                \"\"\"The group of each parameter.\"\"\"
                import jax

                return jax.tree_util.tree_map_with_path(
                    lambda path, _: group_of(name_of(path))["name"], params)


            def schedule(steps=STEPS):
                \"\"\"The factor on learning rates for the number of steps done, for jitted code too.\"\"\"
                import jax.numpy as jnp

                table = jnp.asarray([factor(step, steps) for step in range(1, steps + 1)])
                return lambda done: table[jnp.minimum(done, steps - 1)]


            def corrected(weight_decay, steps):
                \"\"\"Adds decayed weights, by the schedule where decay is corrected.\"\"\"
                import jax
                import optax

                rule = schedule(steps)

                def update(updates, state, params):
                    rate = weight_decay * (rule(state.count) if CORRECTED_DECAY else 1.0)
                    updates = jax.tree_util.tree_map(lambda u, p: u + rate * p, updates, params)
                    return updates, optax.ScaleByScheduleState(state.count + 1)

                def init(params):
                    import jax.numpy as jnp

                    return optax.ScaleByScheduleState(jnp.zeros([], jnp.int32))

                return optax.GradientTransformation(init, update)


            def build_optimizer(params, steps=STEPS):
                import optax

                rule = schedule(steps)

                def adam(group):
                    return optax.chain(
                        optax.scale_by_adam(b1=BETAS[0], b2=BETAS[1], eps=group["eps"]),
                        corrected(group["weight_decay"], steps),
                        optax.scale_by_schedule(lambda done: -group["lr"] * rule(done)),
                    )

                clip = [optax.clip_by_global_norm(CLIP)] if CLIP else []
                rules = {group["name"]: adam(group) for group in GROUPS}
                return optax.chain(*clip, optax.multi_transform(rules, labels(params)))


            def loss(logits, targets):
                \"\"\"Mean cross-entropy in nats and Z_LOSS times the mean of log^2 Z.\"\"\"
                import jax
                import jax.numpy as jnp

                log_z = jax.nn.logsumexp(logits, axis=-1)
                right = jnp.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
                return jnp.mean(log_z - right + Z_LOSS * log_z**2)
            """,
        ].joined(separator: "\n\n\n") + "\n"
    }
}
