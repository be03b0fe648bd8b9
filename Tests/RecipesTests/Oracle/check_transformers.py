#!/usr/bin/env python3
"""Holds what `ballast export` writes against transformers' own models.

    python3 -m venv venv && venv/bin/pip install torch transformers
    venv/bin/python check_transformers.py PATH/TO/ballast

For each family: `ballast recipe` of the configuration that transformers saved, `ballast export`, and the
optimizer over transformers' own model, all parameters of which are in exactly one group whose learning rate,
decay and start are the numbers of `ballast config` (three digits, as it prints them). A Llama of 1.2 billion
parameters is built on the meta device. Tiny models also start, take a step, and count what moved; the
schedule is followed to its end. A broken twin, whose names are another family's, is refused.
"""
import importlib.util
import json
import math
import os
import re
import subprocess
import sys
import tempfile

import torch
import transformers

ballast = sys.argv[1]
here = os.path.dirname(os.path.abspath(__file__))
llama_1b = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 2048,
    "intermediate_size": 8192, "num_hidden_layers": 16, "num_attention_heads": 32,
    "num_key_value_heads": 8, "head_dim": 64, "vocab_size": 128256, "max_position_embeddings": 131072,
    "rms_norm_eps": 1e-05, "hidden_act": "silu", "tie_word_embeddings": True, "rope_theta": 500000.0,
    "initializer_range": 0.02, "attention_bias": False, "mlp_bias": False, "attention_dropout": 0.0,
}
# Parts of a proxy by the last words of transformers' names.
parts = {
    "q_proj": "attention.query", "k_proj": "attention.key", "v_proj": "attention.value",
    "o_proj": "attention.output", "gate_proj": "mlp.gate", "up_proj": "mlp.up", "down_proj": "mlp.down",
    "c_attn": "attention.key", "query_key_value": "attention.key", "attn.c_proj": "attention.output",
    "attention.dense": "attention.output", "c_fc": "mlp.up", "mlp.c_proj": "mlp.down",
    "dense_h_to_4h": "mlp.up", "dense_4h_to_h": "mlp.down",
}


def run(*words):
    done = subprocess.run([ballast, *words], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{words}: {done.stderr}")
    return done.stdout


def load(path):
    spec = importlib.util.spec_from_file_location("prescribed", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def table(recipe):
    """Of each parameter in `ballast config`: its factor on the learning rate, its decay, its start."""
    rows, peak, decay = {}, None, None
    for line in run("config", recipe, "--wide").splitlines():
        if match := re.search(r"learning-rate: (\S+)", line):
            peak = float(match[1])
        if match := re.search(r"; (\S+) of each weight per step", line):
            decay = float(match[1])
        words = re.split(r"  +", line.removeprefix("# "))
        if line.startswith("# ") and len(words) >= 11:
            rows[words[0]] = dict(zip(["role", "shape", "in", "out", "start", "rule", "lr", "decay"], words[1:]))
    return rows, peak, decay or 0.0


def row_of(name, rows):
    """What `ballast config` says of the proxy's part of a parameter."""
    if name.endswith(".bias"):
        return rows["norm"]
    if any(word in name for word in ("embed_tokens", "embed_in", "wte", "wpe")):
        return rows["embedding"]
    if "lm_head" in name or "embed_out" in name:
        return rows["head"]
    for ending, part in parts.items():
        if name.endswith(ending + ".weight"):
            return rows["blocks.0." + part]
    return rows["norm"]


def close(a, b):
    return math.isclose(a, b, rel_tol=6e-3, abs_tol=1e-300)


def check(family, config, sets, folder):
    path = os.path.join(folder, "config.json")
    with open(path, "w") as file:
        json.dump(config, file)
    recipe, out = os.path.join(folder, "recipe.yaml"), os.path.join(folder, "out.py")
    run("recipe", path, "--out", recipe)
    if sets:
        with open(recipe) as file:
            text = file.read()
        for key, old, new in sets:
            text, count = re.subn(rf"(?m)^(\s*{key}: ){old}$", rf"\g<1>{new}", text)
            assert count == 1, (key, count)
        with open(recipe, "w") as file:
            file.write(text)
    run("export", recipe, "--format", "pytorch", "--out", out)
    module = load(out)
    rows, peak, decay = table(recipe)
    kind = transformers.AutoConfig.for_model(family, **{k: v for k, v in config.items() if k != "model_type"})
    is_tiny = config["vocab_size"] < 1000
    with torch.device("cpu" if is_tiny else "meta"):
        model = transformers.AutoModelForCausalLM.from_config(kind)
    module.apply_changes(model)
    optimizer = module.build_optimizer(model)
    names = {id(p): n for n, p in model.named_parameters()}
    seen = [id(p) for group in optimizer.param_groups for p in group["params"]]
    assert sorted(seen) == sorted(names), f"{family}: not every parameter is in exactly one group"
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            name = names[id(parameter)]
            row = row_of(name, rows)
            assert close(group["lr"], peak * float(row["lr"])), (name, group["lr"], peak, row)
            whole = not any(word in name for word in ("c_attn", "query_key_value", "embed", "wte", "wpe", "lm_head"))
            if whole and not name.endswith(".bias"):
                shape = tuple(parameter.shape)
                want = tuple(int(extent) for extent in row["shape"].strip("[]").split(","))
                if parameter.ndim == 2:
                    assert shape in (want, want[::-1] if family == "gpt2" else want), (name, shape, row)
                elif "_norm" not in name:
                    assert shape == want, (name, shape, row)
            share = 0.0 if row["decay"] == "none" else decay
            assert close(group["lr"] * group["weight_decay"], share), (name, group, share)
    if is_tiny:
        module.initialize(model)
        for name, parameter in model.named_parameters():
            start = row_of(name, rows)["start"]
            word, number = start.rsplit(" ", 1)
            if word in ("normal", "truncated") and parameter.numel() >= 4096 and "c_attn" not in name:
                assert math.isclose(parameter.std().item(), float(number), rel_tol=0.06), (name, start)
        scheduler = module.build_scheduler(optimizer)
        tokens = torch.randint(0, config["vocab_size"], (2, 16))
        before = {n: p.detach().clone() for n, p in model.named_parameters()}
        value = module.loss(model(tokens).logits[:, :-1], tokens[:, 1:])
        assert math.isfinite(value.item()) and abs(value.item() - math.log(config["vocab_size"])) < 1.5
        value.backward()
        module.step(model, optimizer, scheduler)
        moved = sum(not torch.equal(before[n], p) for n, p in model.named_parameters())
        assert moved >= 0.8 * len(before), (family, moved, len(before))
        for done in range(1, module.STEPS):
            for group in optimizer.param_groups:
                data = next(g for g in module.GROUPS if g["name"] == group["name"])
                assert math.isclose(group["lr"], data["lr"] * module.factor(done + 1)), done
            optimizer.step()
            scheduler.step()
    count = sum(p.numel() for p in model.parameters())
    print(f"{family}: {len(names)} parameters, {count:,} elements, {len(optimizer.param_groups)} groups: equal")
    return module


def main():
    families = ["llama", "mistral", "qwen2", "qwen3", "olmo2", "gemma2", "gpt2", "gpt_neox"]
    with tempfile.TemporaryDirectory() as folder:
        for family in families:
            with open(os.path.join(here, family + ".json")) as file:
                check(family, json.load(file), [("steps", "400", "20")], folder)
        with open(os.path.join(here, "llama.json")) as file:
            tiny = json.load(file)
        changed = [
            ("kind", "standard", "mup"), ("base-width", "64", "32"), ("qk-norm", "false", "true"),
            ("steps", "400", "20"), ("attention-scale", "inverse-sqrt", "inverse"),
        ]
        module = check("llama", tiny, changed, folder)
        with torch.device("meta"):
            other = transformers.AutoModelForCausalLM.from_config(
                transformers.GPT2Config(n_embd=64, n_layer=1, n_head=4, vocab_size=320))
        try:
            module.build_optimizer(other)
        except ValueError as error:
            print(f"another family is refused: {error}")
        else:
            raise SystemExit("another family's model was taken")
        check("llama", llama_1b, [], folder)


main()
