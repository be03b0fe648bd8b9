#!/usr/bin/env python3
"""Writes tiny decoders of transformers' beside this script, with the logits that transformers has for them.

    python3 -m venv venv && venv/bin/pip install torch transformers safetensors
    venv/bin/python make_decoders.py

decoders/NAME/    config.json and model.safetensors as save_pretrained writes them; logits.json: tokens, and the
                  logits after the last three
"""
import json
import os
import shutil

import torch
import transformers

here = os.path.dirname(os.path.abspath(__file__))
common = dict(
    vocab_size=256, hidden_size=16, intermediate_size=20, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, head_dim=8, max_position_embeddings=12, rms_norm_eps=1e-5, bos_token_id=None,
    eos_token_id=None, pad_token_id=None)
kinds = {
    "llama": (transformers.LlamaConfig, transformers.LlamaForCausalLM, dict(hidden_act="gelu_pytorch_tanh")),
    "qwen3": (transformers.Qwen3Config, transformers.Qwen3ForCausalLM, dict(tie_word_embeddings=True)),
    "olmo2": (transformers.Olmo2Config, transformers.Olmo2ForCausalLM, dict(tie_word_embeddings=True, rope_theta=500.0)),
}
for name, (configuration, model, more) in kinds.items():
    torch.manual_seed(3)
    decoder = model(configuration(**common, **more)).eval()
    with torch.no_grad():
        for parameter in decoder.parameters():
            # Far from the start: gains off one, logits of some size.
            if parameter.dim() == 1:
                parameter.uniform_(0.5, 1.5)
            else:
                parameter.normal_(std=1.5 * parameter.shape[1] ** -0.5)
        tokens = torch.randint(0, 256, (1, 12))
        logits = decoder(tokens).logits[0]
    folder = os.path.join(here, "decoders", name)
    shutil.rmtree(folder, ignore_errors=True)
    decoder.save_pretrained(folder)
    if os.path.exists(folder + "/generation_config.json"):
        os.remove(folder + "/generation_config.json")
    with open(folder + "/logits.json", "w") as file:
        json.dump({"tokens": tokens[0].tolist(), "logits": [[round(x, 6) for x in row] for row in logits[-3:].tolist()]}, file)
    print(name, f"{sum(p.numel() for p in decoder.parameters())} parameters, logits up to {logits.abs().max():.2f}")
