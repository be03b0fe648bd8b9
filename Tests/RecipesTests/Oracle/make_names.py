#!/usr/bin/env python3
"""Writes the names of the parameters of tiny models that transformers makes, and their config.json.

    python3 -m venv venv && venv/bin/pip install torch transformers
    venv/bin/python make_names.py

FAMILY.json holds the configuration as transformers saves it, FAMILY.txt a parameter's name and its shape a
line, in order. Nothing is downloaded.
"""
import json
import os

import torch
import transformers

here = os.path.dirname(os.path.abspath(__file__))
small = dict(hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=192,
             vocab_size=320, max_position_embeddings=128, bos_token_id=1, eos_token_id=2, pad_token_id=0)
keys = dict(num_key_value_heads=2)
models = {
    "llama": transformers.LlamaConfig(**small, **keys),
    "mistral": transformers.MistralConfig(**small, **keys, sliding_window=64),
    "qwen2": transformers.Qwen2Config(**small, **keys),
    "qwen3": transformers.Qwen3Config(**small, **keys, head_dim=16),
    "olmo2": transformers.Olmo2Config(**small, num_key_value_heads=4),
    "gemma2": transformers.Gemma2Config(**small, **keys, head_dim=16, query_pre_attn_scalar=16),
    "gpt2": transformers.GPT2Config(
        n_embd=64, n_layer=2, n_head=4, vocab_size=320, n_positions=128, bos_token_id=1, eos_token_id=2),
    "gpt_neox": transformers.GPTNeoXConfig(**small),
}
for name, config in models.items():
    with torch.device("meta"):
        model = transformers.AutoModelForCausalLM.from_config(config)
    with open(os.path.join(here, name + ".txt"), "w") as file:
        for parameter, value in model.named_parameters():
            file.write(parameter + " " + "x".join(map(str, value.shape)) + "\n")
    config.architectures = [type(model).__name__]
    with open(os.path.join(here, name + ".json"), "w") as file:
        file.write(config.to_json_string(use_diff=True))
print("torch", torch.__version__, "transformers", transformers.__version__)
