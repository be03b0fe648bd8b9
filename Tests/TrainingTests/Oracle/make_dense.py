"""Logits, loss and gradients of transformers' own models with what today's dense recipes have.

    python3 -m venv venv
    venv/bin/pip install torch transformers numpy safetensors
    venv/bin/python make_dense.py

This writes dense.safetensors beside the script. Each case is a tiny random model of `transformers` in
float64: `{case}.parameter.{path}` its parameters under Ballast's paths (float32, from which it computes),
`{case}.tokens` (2, 9), the logits after the first 8, the mean cross-entropy, and its gradient for every
parameter. transformers has the angles of rotary positions in float32, so that logits are exact to about
1e-6. `rotary.{kind}` are the angles of position one, and `rotary.yarn.amplitude` the factor on sines and
cosines, that transformers has for heads of 128 elements, base 500,000, and 8 times 8,192 tokens.
"""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
import transformers
from safetensors.torch import save_file
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

WIDTH, HEADS, KEYS, HEAD, HIDDEN, LAYERS, VOCABULARY, CONTEXT = 8, 2, 1, 8, 12, 2, 11, 8
COMMON = dict(
    vocab_size=VOCABULARY, hidden_size=WIDTH, intermediate_size=HIDDEN, num_hidden_layers=LAYERS,
    num_attention_heads=HEADS, num_key_value_heads=KEYS, head_dim=HEAD, max_position_embeddings=CONTEXT,
    rms_norm_eps=1e-6, bos_token_id=None, eos_token_id=None, pad_token_id=None,
    attn_implementation="eager")


def llama(rope=None, **more):
    rope = {"rope_type": "default", "rope_theta": 100.0} | (rope or {})
    return transformers.LlamaForCausalLM(
        transformers.LlamaConfig(**COMMON, rope_parameters=rope, **more))


YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32,
        "beta_fast": 2.0, "beta_slow": 0.5}
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "original_max_position_embeddings": 32,
          "low_freq_factor": 1.0, "high_freq_factor": 4.0}
ROPE = {"rope_type": "default", "rope_theta": 100.0}

CASES = {
    "llama": llama,
    "linear": lambda: llama({"rope_type": "linear", "factor": 3.0}),
    "ntk": lambda: llama({"rope_theta": 100.0 * 3.0 ** (HEAD / (HEAD - 2))}),
    "yarn": lambda: llama(YARN),
    "llama3": lambda: llama(LLAMA3),
    "biases": lambda: llama(attention_bias=True, mlp_bias=True),
    "gate-head": llama,
    "gate-element": llama,
    "qwen2": lambda: transformers.Qwen2ForCausalLM(transformers.Qwen2Config(
        **{k: v for k, v in COMMON.items() if k != "head_dim"}, rope_parameters=ROPE)),
    "mistral": lambda: transformers.MistralForCausalLM(transformers.MistralConfig(
        **COMMON, sliding_window=3, rope_parameters=ROPE)),
    "gemma2": lambda: transformers.Gemma2ForCausalLM(transformers.Gemma2Config(
        **COMMON, sliding_window=3, rope_parameters=ROPE, query_pre_attn_scalar=HEAD,
        attn_logit_softcapping=1.5, final_logit_softcapping=2.0,
        hidden_activation="gelu_pytorch_tanh")),
    "gpt_neox": lambda: transformers.GPTNeoXForCausalLM(transformers.GPTNeoXConfig(
        vocab_size=VOCABULARY, hidden_size=WIDTH, intermediate_size=HIDDEN,
        num_hidden_layers=LAYERS, num_attention_heads=HEADS, max_position_embeddings=CONTEXT,
        layer_norm_eps=1e-6, hidden_act="gelu_pytorch_tanh", use_parallel_residual=False,
        rope_parameters=ROPE | {"partial_rotary_factor": 1.0}, tie_word_embeddings=False,
        bos_token_id=None, eos_token_id=None, attn_implementation="eager")),
}

NAMES = {
    "model.embed_tokens": "embedding", "gpt_neox.embed_in": "embedding", "model.norm": "norm",
    "gpt_neox.final_layer_norm": "norm", "lm_head": "head", "embed_out": "head",
    "self_attn.q_proj": "attention.query", "self_attn.k_proj": "attention.key",
    "self_attn.v_proj": "attention.value", "self_attn.o_proj": "attention.output",
    "self_attn.gate": "attention.gate", "attention.dense": "attention.output",
    "mlp.up_proj": "mlp.up", "mlp.gate_proj": "mlp.gate", "mlp.down_proj": "mlp.down",
    "mlp.dense_h_to_4h": "mlp.up", "mlp.dense_4h_to_h": "mlp.down",
    "input_layernorm": "attention_norm", "pre_feedforward_layernorm": "mlp_norm",
    "post_feedforward_layernorm": "mlp_output_norm",
}


def path_of(name, case):
    module, kind = name.rsplit(".", 1)
    prefix = ""
    for start in ["model.layers.", "gpt_neox.layers."]:
        if module.startswith(start):
            layer, module = module[len(start):].split(".", 1)
            prefix = f"blocks.{layer}."
    if module == "post_attention_layernorm":
        known = "attention_output_norm" if case == "gemma2" else "mlp_norm"
    else:
        known = NAMES[module]
    return prefix + known + ("_bias" if kind == "bias" else "")


def ours(name, tensor, case):
    """Tensors under Ballast's paths: fused queries, keys and values of a head lie one after another."""
    if "query_key_value" not in name:
        return {path_of(name, case): tensor}
    layer = name.split(".")[2]
    parts = tensor.reshape(HEADS, 3, WIDTH // HEADS, *tensor.shape[1:]).unbind(1)
    suffix = "_bias" if name.endswith("bias") else ""
    return {
        f"blocks.{layer}.attention.{n}{suffix}": p.reshape(WIDTH, *tensor.shape[1:])
        for n, p in zip(["query", "key", "value"], parts)
    }


def gate(model, case):
    """A logistic of the block's input, by hooks: one number a head, or one an element."""
    for layer in model.model.layers:
        attention = layer.self_attn
        outputs = HEADS if case == "gate-head" else HEADS * HEAD
        attention.gate = torch.nn.Linear(WIDTH, outputs, bias=False, dtype=torch.float64)

        def remember(module, positional, named):
            module.seen = named["hidden_states"]

        def multiply(module, positional, attention=attention):
            factor = torch.sigmoid(attention.gate(attention.seen))
            if case == "gate-head":
                factor = factor.repeat_interleave(HEAD, -1)
            return (positional[0] * factor,)

        attention.register_forward_pre_hook(remember, with_kwargs=True)
        attention.o_proj.register_forward_pre_hook(multiply)


def main():
    torch.set_num_threads(1)
    tensors = {}
    for seed, (case, make) in enumerate(CASES.items()):
        torch.manual_seed(seed)
        model = make().double().eval()
        if case.startswith("gate"):
            gate(model, case)
        generator = torch.Generator().manual_seed(100 + seed)
        with torch.no_grad():
            for name, p in model.named_parameters():
                x = torch.randn(p.shape, generator=generator)
                if name.endswith("bias"):
                    x = 0.3 * x
                elif p.dim() == 1:
                    x = 0.3 * x + (0 if case == "gemma2" else 1)
                else:
                    x = 1.2 * x / p.shape[1] ** 0.5
                p.copy_(x.float())
        tokens = torch.randint(0, VOCABULARY, (2, CONTEXT + 1), generator=generator)
        logits = model(tokens[:, :-1]).logits
        loss = F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
        loss.backward()
        for name, p in model.named_parameters():
            for path, x in ours(name, p.detach(), case).items():
                tensors[f"{case}.parameter.{path}"] = x.float()
            for path, x in ours(name, p.grad, case).items():
                tensors[f"{case}.gradient.{path}"] = x
        tensors[f"{case}.tokens"] = tokens.to(torch.int32)
        tensors |= {f"{case}.logits": logits.detach(), f"{case}.loss": loss.detach()}
        print(f"{case}: loss {loss.item():.4f}, logits up to {logits.abs().max().item():.3f}")
    for kind, more in [("linear", {}), ("yarn", {"beta_fast": 32.0, "beta_slow": 1.0}),
                       ("llama3", {"low_freq_factor": 1.0, "high_freq_factor": 4.0})]:
        config = transformers.LlamaConfig(
            hidden_size=128, num_attention_heads=1, head_dim=128, max_position_embeddings=65536,
            rope_parameters={"rope_type": kind, "rope_theta": 500000.0, "factor": 8.0,
                             "original_max_position_embeddings": 8192} | more)
        angles, amplitude = ROPE_INIT_FUNCTIONS[kind](config, "cpu")
        tensors[f"rotary.{kind}"] = angles
        if kind == "yarn":
            tensors["rotary.yarn.amplitude"] = torch.tensor(amplitude, dtype=torch.float64)
    tensors = {n: x.contiguous().clone() for n, x in tensors.items()}
    versions = f"torch {torch.__version__}, transformers {transformers.__version__}, numpy {np.__version__}"
    path = Path(__file__).with_name("dense.safetensors")
    save_file(tensors, path, metadata={"versions": versions})
    print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes, {versions}")


if __name__ == "__main__":
    main()
