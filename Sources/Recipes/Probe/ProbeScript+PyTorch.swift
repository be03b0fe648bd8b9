extension ProbeScript {
    /// What the file for PyTorch begins with.
    static let torchHead = #"""
        """Norms of a PyTorch run under the tags that `ballast import` and `ballast doctor` read.

        One file without dependencies but torch; put it beside your training script. A loop of your own:

            from ballast_probe import Probe

            probe = Probe(model, optimizer, "runs/mine", every=10, settings={"width": 768, "depth": 12})
            for tokens, targets in batches:
                loss = cross_entropy(model(tokens), targets)
                loss.backward()
                probe.before_clip()     # optional: gradients as they are before clipping, not as they are stepped
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()        # counts the step, and measures each tenth and the first
                probe.log({"train/loss": loss})
                optimizer.zero_grad()
            probe.close()

        A Trainer of Hugging Face: `Trainer(..., callbacks=[BallastCallback("runs/mine")])`.

        Then `ballast doctor runs/mine`. What is measured, TENSOR being a parameter's name, L and H numbers from 0:

            train/loss, val/loss, optim/lr                  what is logged; at every step
            optim/grad_norm                                 of all gradients together
            norm/weight/TENSOR/rms, /fro                    a weight after the step: root mean square, Frobenius norm
            norm/gradient/TENSOR/rms, /fro                  its gradient, before clipping where before_clip() is called
            norm/update/TENSOR/rms, /fro                    what the step added to it
            attn/L/max_logit                                the largest scale * q.k over the batch's unmasked pairs
            attn/L/head/H/logit                             the same of a head,
            attn/L/head/H/query_norm, key_norm, cosine      and what it is the product of, with the scale
            act/L/rms, act/L/max                            what block L returns: root mean square, largest magnitude
            act/L/hot_channel_ratio                         largest root mean square of a channel over the median one
            out/logz, out/logit_mean, out/logit_max         of the output: mean log of the softmax's denominator, ...

        Attention logits are exact, after norms and rotation, and before a soft cap. The score matrix is never made
        whole: queries go in chunks, each against the keys that it may see. Queries and keys are those of calls of
        `torch.nn.functional.scaled_dot_product_attention`, in the order of calls; an additive mask hides what it
        makes smaller than half of the smallest number, and is otherwise not counted. For other attention call
        `probe.attention(layer, q, k, scale)` where it is computed.

        Left out, and named in `ballast_probe.json` under `left_out`:

        - Under torch.compile the forward pass stays as compiled: norms of weights, gradients and updates are
          measured, attention, activations and output are not. `with probe.observing(): model(tokens[:1])` at a step
          of your choice measures them on any input, uncompiled and without gradients.
        - Attention by FlashAttention's own package, flex_attention or written-out products (`attn`), an output
          that is inside a fused loss (`out`), blocks that stand in no ModuleList or ModuleDict (`act`).
        - DDP and FSDP2 (`fully_shard`): all numbers are those of the whole model and all ranks' batches; each rank
          makes a Probe, the first writes. Tensor, context and pipeline parallelism are not known: there attention
          is that of one rank's heads.
        - Optimizers that step within backward, and fused gradient scaling: gradients are as the optimizer gets them.

        Costs one copy of the weights at the steps that are measured.
        """
        from __future__ import annotations

        import atexit
        import contextlib
        import json
        import math
        import os
        import time
        from collections.abc import Iterator, Mapping, Sequence
        from typing import Any

        import torch
        from torch import Tensor, nn
        from torch.overrides import TorchFunctionMode
        """#
}
