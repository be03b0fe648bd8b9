#!/usr/bin/env python3
"""Writes tiny checkpoints of several families with the safetensors package, and NumPy's numbers of them.

    python3 -m venv venv && venv/bin/pip install numpy safetensors ml_dtypes
    venv/bin/python make_models.py

FAMILY/model.safetensors, FAMILY/config.json and FAMILY/expected.json: of each tensor its norms and largest
singular value, of each layer a bound on the attention logits of each head and their root mean square over
random inputs, both from the definitions. The script stops if a random input breaks a bound.
"""
import json
import os

import ml_dtypes
import numpy as np
from safetensors.numpy import save_file

here = os.path.dirname(os.path.abspath(__file__))
d, heads, hd, mlp, vocab, layers = 16, 4, 8, 24, 20, 2
random = np.random.default_rng(3)


def normal(*shape, std=None):
    std = 1 / np.sqrt(shape[-1]) if std is None else std
    return (random.standard_normal(shape) * std).astype(np.float32)


def gain(n, about=1.0):
    return (about + 0.3 * random.standard_normal(n)).astype(np.float32)


def llama(key_heads, qk_norm=False, offset=0.0, sandwich=False):
    t = {"model.embed_tokens.weight": normal(vocab, d, std=1), "model.norm.weight": gain(d, 1 - offset)}
    for i in range(layers):
        p = f"model.layers.{i}."
        t[p + "input_layernorm.weight"] = gain(d, 1 - offset)
        t[p + "self_attn.q_proj.weight"] = normal(heads * hd, d) * (3 if i else 1)
        t[p + "self_attn.k_proj.weight"] = normal(key_heads * hd, d)
        t[p + "self_attn.v_proj.weight"] = normal(key_heads * hd, d)
        t[p + "self_attn.o_proj.weight"] = normal(d, heads * hd)
        t[p + "post_attention_layernorm.weight"] = gain(d, 1 - offset)
        if qk_norm:
            t[p + "self_attn.q_norm.weight"] = gain(hd)
            t[p + "self_attn.k_norm.weight"] = gain(hd)
        if sandwich:
            t[p + "pre_feedforward_layernorm.weight"] = gain(d, 1 - offset)
            t[p + "post_feedforward_layernorm.weight"] = gain(d, 1 - offset)
        t[p + "mlp.gate_proj.weight"] = normal(mlp, d)
        t[p + "mlp.up_proj.weight"] = normal(mlp, d)
        t[p + "mlp.down_proj.weight"] = normal(d, mlp)
    return t


def gpt2():
    t = {"wte.weight": normal(vocab, d, std=1), "wpe.weight": normal(12, d, std=0.1),
         "ln_f.weight": gain(d), "ln_f.bias": gain(d, 0)}
    width = heads * hd
    for i in range(layers):
        p = f"h.{i}."
        t |= {p + "ln_1.weight": gain(d), p + "ln_1.bias": gain(d, 0),
              p + "attn.c_attn.weight": normal(3 * width, d).T.copy(), p + "attn.c_attn.bias": gain(3 * width, 0),
              p + "attn.c_proj.weight": normal(d, width).T.copy(), p + "attn.c_proj.bias": gain(d, 0),
              p + "ln_2.weight": gain(d), p + "ln_2.bias": gain(d, 0),
              p + "mlp.c_fc.weight": normal(mlp, d).T.copy(), p + "mlp.c_fc.bias": gain(mlp, 0),
              p + "mlp.c_proj.weight": normal(d, mlp).T.copy(), p + "mlp.c_proj.bias": gain(d, 0)}
    return t


def neox():
    t = {"gpt_neox.embed_in.weight": normal(vocab, d, std=1), "embed_out.weight": normal(vocab, d),
         "gpt_neox.final_layer_norm.weight": gain(d), "gpt_neox.final_layer_norm.bias": gain(d, 0)}
    width = heads * hd
    for i in range(layers):
        p = f"gpt_neox.layers.{i}."
        t |= {p + "input_layernorm.weight": gain(d), p + "input_layernorm.bias": gain(d, 0),
              p + "post_attention_layernorm.weight": gain(d), p + "post_attention_layernorm.bias": gain(d, 0),
              p + "attention.query_key_value.weight": normal(3 * width, d),
              p + "attention.query_key_value.bias": gain(3 * width, 0),
              p + "attention.dense.weight": normal(d, width), p + "attention.dense.bias": gain(d, 0),
              p + "mlp.dense_h_to_4h.weight": normal(mlp, d), p + "mlp.dense_h_to_4h.bias": gain(mlp, 0),
              p + "mlp.dense_4h_to_h.weight": normal(d, mlp), p + "mlp.dense_4h_to_h.bias": gain(d, 0)}
    return t


def megatron(key_heads):
    """Megatron-Core: norms in the matrices that read them, queries with their keys and values group by group."""
    t = {"embedding.word_embeddings.weight": normal(vocab, d, std=1), "decoder.final_layernorm.weight": gain(d),
         "output_layer.weight": normal(vocab, d)}
    for i in range(layers):
        p = f"decoder.layers.{i}."
        t |= {p + "self_attention.linear_qkv.layer_norm_weight": gain(d, 0),
              p + "self_attention.linear_qkv.weight": normal((heads + 2 * key_heads) * hd, d),
              p + "self_attention.linear_proj.weight": normal(d, heads * hd),
              p + "mlp.linear_fc1.layer_norm_weight": gain(d, 0),
              p + "mlp.linear_fc1.weight": normal(2 * mlp, d), p + "mlp.linear_fc2.weight": normal(d, mlp)}
    return t


def projections(family, t, i):
    """Queries' and keys' weights (heads, hd, d) and biases (heads, hd), the norm's gain and shift."""
    zero = np.zeros(d)
    if family == "gpt2":
        w = t[f"h.{i}.attn.c_attn.weight"].T.reshape(3, heads, hd, d)
        b = t[f"h.{i}.attn.c_attn.bias"].reshape(3, heads, hd)
        return w[0], w[1], b[0], b[1], t[f"h.{i}.ln_1.weight"], t[f"h.{i}.ln_1.bias"]
    if family == "neox":
        p = f"gpt_neox.layers.{i}."
        w = t[p + "attention.query_key_value.weight"].reshape(heads, 3, hd, d)
        b = t[p + "attention.query_key_value.bias"].reshape(heads, 3, hd)
        return w[:, 0], w[:, 1], b[:, 0], b[:, 1], t[p + "input_layernorm.weight"], t[p + "input_layernorm.bias"]
    if family == "megatron":
        p = f"decoder.layers.{i}.self_attention.linear_qkv."
        w = t[p + "weight"].reshape(2, heads // 2 + 2, hd, d)
        q, k = w[:, :-2].reshape(heads, hd, d), np.repeat(w[:, -2], heads // 2, axis=0)
        none = np.zeros((heads, hd))
        return q, k, none, none, t[p + "layer_norm_weight"], zero
    p = f"model.layers.{i}."
    q = t[p + "self_attn.q_proj.weight"].reshape(heads, hd, d)
    k = t[p + "self_attn.k_proj.weight"].reshape(-1, hd, d)
    k = np.repeat(k, heads // len(k), axis=0)
    return q, k, np.zeros((heads, hd)), np.zeros((heads, hd)), t[p + "input_layernorm.weight"], zero


def attention(family, t, i, scale, offset=0.0, cap=None, qk_norm=False):
    q, k, bq, bk, g, b = (x.astype(np.float64) for x in projections(family, t, i))
    g = g + offset
    bounds, typical, logits = [], [], []
    for h in range(heads):
        x, y = random.standard_normal((2, 4000, d))
        x, y = (v / np.sqrt((v**2).mean(1, keepdims=True)) for v in (x, y))
        a, c = x * g + b, y * g + b
        qs, ks = a @ q[h].T + bq[h], c @ k[h].T + bk[h]
        if qk_norm:
            gq, gk = (t[f"model.layers.{i}.self_attn.{n}_norm.weight"].astype(np.float64) for n in "qk")
            qs = qs / np.sqrt((qs**2).mean(1, keepdims=True)) * gq
            ks = ks / np.sqrt((ks**2).mean(1, keepdims=True)) * gk
            bound = scale * hd * np.abs(gq).max() * np.abs(gk).max()
            typical.append(scale * np.linalg.norm(gq * gk))
        else:
            norms = [np.linalg.norm(w * g, 2) * np.sqrt(d) + np.linalg.norm(w @ b + bias)
                     for w, bias in ((q[h], bq[h]), (k[h], bk[h]))]
            bound = scale * norms[0] * norms[1]
            typical.append(scale * np.linalg.norm((q[h] * g).T @ (k[h] * g)))
        seen = scale * np.abs((qs * ks).sum(1)).max()
        assert seen <= bound, (family, i, h, seen, bound)
        bounds.append(bound if cap is None else min(bound, cap))
    return {"layer": i, "bounds": bounds, "typical": typical}


def numbers(array):
    a = array.astype(np.float64)
    entry = {"rms": np.sqrt((a**2).mean()), "frobenius": np.sqrt((a**2).sum()), "largest": np.abs(a).max()}
    if a.ndim == 2:
        s = np.linalg.svd(a, compute_uv=False)
        share = s**2 / (s**2).sum()
        entry |= {"spectral": s[0], "smallest": s[-1], "entropy": -(share * np.log(share)).sum() / np.log(len(s))}
        rows, columns = np.sqrt((a**2).mean(1)), np.sqrt((a**2).mean(0))
        if min(a.shape) >= 16:
            entry |= {"hot_rows": rows.max() / np.median(rows), "hot_columns": columns.max() / np.median(columns)}
    return {key: float(value) for key, value in entry.items()}


base = {"hidden_size": d, "num_attention_heads": heads, "head_dim": hd, "num_hidden_layers": layers}
models = {
    "llama": (llama(2), {"model_type": "llama", "num_key_value_heads": 2} | base, {}),
    "qwen3": (llama(2, qk_norm=True), {"model_type": "qwen3", "num_key_value_heads": 2} | base, {"qk_norm": True}),
    "gemma2": (llama(4, offset=1.0, sandwich=True),
               {"model_type": "gemma2", "num_key_value_heads": 4, "query_pre_attn_scalar": 4,
                "attn_logit_softcapping": 30.0} | base,
               {"offset": 1.0, "cap": 30.0, "scale": 0.5}),
    "gpt2": (gpt2(), {"model_type": "gpt2", "n_embd": d, "n_head": heads, "head_dim": hd}, {}),
    "neox": (neox(), {"model_type": "gpt_neox"} | base, {}),
    # Its arguments stand in the file, as in Megatron's own; gains are stored less 1.
    "megatron": (megatron(2), None, {"offset": 1.0}),
}
arguments = {"num_attention_heads": heads, "hidden_size": d, "kv_channels": hd, "group_query_attention": "true",
             "num_query_groups": 2, "apply_layernorm_1p": "true", "tensor_model_parallel_size": 1}
for family, (tensors, config, options) in models.items():
    folder = os.path.join(here, family)
    os.makedirs(folder, exist_ok=True)
    dtype = {"llama": ml_dtypes.bfloat16, "qwen3": np.float16}.get(family, np.float32)
    tensors = {name: array.astype(dtype) for name, array in tensors.items()}
    # One column far larger than the others.
    hot = next(name for name in tensors if "mlp" in name and tensors[name].ndim == 2)
    tensors[hot][:, 3] *= np.asarray(30, dtype)
    scale = options.pop("scale", 1 / np.sqrt(hd))
    expected = {
        "tensors": {name: numbers(array) for name, array in tensors.items()},
        "attention": [attention(family, tensors, i, scale, **options) for i in range(layers)],
    }
    extra = {key: str(value) for key, value in arguments.items()} if config is None else {}
    save_file(tensors, os.path.join(folder, "model.safetensors"), {"format": "pt"} | extra)
    os.chmod(os.path.join(folder, "model.safetensors"), 0o644)
    for name, content in (("config.json", config), ("expected.json", expected)):
        if content is None:
            continue
        with open(os.path.join(folder, name), "w") as file:
            json.dump(content, file)
