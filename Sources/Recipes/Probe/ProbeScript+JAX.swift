extension ProbeScript {
    /// What the file for JAX begins with.
    static let jaxHead = #"""
        """Norms of a JAX run under the tags that `ballast import` and `ballast doctor` read.

        One file without dependencies but jax; put it beside your training script:

            from ballast_probe import Probe, attention, output, watch

            tx = watch(optax.adamw(1e-3, eps=1e-8), every=10)   # clipping inside: optax.chain(clip, adamw)
            opt_state = tx.init(params)
            probe = Probe(
                "runs/mine", every=10, params=params,
                settings={"width": 768, "learning_rate": 1e-3, "epsilon": 1e-8})

            @jax.jit
            def train_step(params, opt_state, tokens, targets):
                def loss_of(params):
                    logits, q, k = model(params, tokens)        # q, k: a pair for each layer, after norms and rotation
                    seen = {"attention": [attention(*pair) for pair in zip(q, k)], "output": output(logits)}
                    return cross_entropy(logits, targets), seen
                (loss, seen), gradients = jax.value_and_grad(loss_of, has_aux=True)(params)
                updates, opt_state = tx.update(gradients, opt_state, params)
                return optax.apply_updates(params, updates), opt_state, loss, seen

            for step, (tokens, targets) in enumerate(batches, 1):
                params, opt_state, loss, seen = train_step(params, opt_state, tokens, targets)
                probe.log(step, {"train/loss": loss}, state=opt_state, **seen)
            probe.close()

        Then `ballast doctor runs/mine`. What is measured, TENSOR being a leaf's path, L and H numbers from 0:

            norm/weight/TENSOR/rms, /fro                    a weight after the step: root mean square, Frobenius norm
            norm/gradient/TENSOR/rms, /fro                  its gradient, as watch() gets it: before clipping inside
            norm/update/TENSOR/rms, /fro                    what the step adds to it
            optim/grad_norm                                 of all gradients together
            attn/L/max_logit                                the largest scale * q.k over the batch's unmasked pairs
            attn/L/head/H/logit                             the same of a head,
            attn/L/head/H/query_norm, key_norm, cosine      and what it is the product of, with the scale
            act/L/rms, act/L/max                            of activation(h): root mean square, largest magnitude
            act/L/hot_channel_ratio                         largest root mean square of a channel over the median one
            out/logz, out/logit_mean, out/logit_max         of output(logits): mean log of the softmax's denominator, ...

        Attention logits are exact. The score matrix is never made whole: queries go in chunks.

        Norms are made at the steps that are measured alone, by `lax.cond`; under jit with sharded arrays they are
        of the whole arrays. attention(), activation() and output() are made whenever they are called: give the step a
        static argument, and compile one step with them and one without, to pay for them now and then (`probe.is_due`).
        With layers in `lax.scan`, return them as outputs of the scan: `attention=` and `activation=` take arrays
        with an axis of layers, too. Left out: `pmap`, in which each device would measure its own part, and optimizers
        whose update is not added to the weights.
        """
        from __future__ import annotations

        import atexit
        import json
        import math
        import os
        import time
        from collections.abc import Mapping, Sequence
        from typing import Any, NamedTuple

        import jax
        import jax.numpy as jnp
        from jax import Array, lax
        """#
}
