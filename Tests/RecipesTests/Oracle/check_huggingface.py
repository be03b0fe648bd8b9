#!/usr/bin/env python3
"""Holds `ballast export RUN --format huggingface` and its way back against transformers.

    venv/bin/python check_huggingface.py PATH/TO/ballast

Tiny runs with the features of Llama, Qwen 3 and OLMo 2, and with factors that are folded into weights, are
trained, exported and loaded by transformers: logits of the first batch within 1e-4 of Ballast's forward, and
the loss on a text within 1e-5. The folder is imported again, with the same loss within 1e-6, for batches of
another size sum otherwise (1e-5 where factors were folded). The tokenizer gives bytes. A tiny model that transformers itself made is imported, and its loss is that of
transformers. A broken twin, one gain off by 1 %, is rejected.
"""
import json
import os
import subprocess
import sys
import tempfile

import numpy
import torch
import transformers
from safetensors.torch import load_file, save_file

transformers.utils.logging.set_verbosity_error()
torch.set_num_threads(1)
ballast, scratch = sys.argv[1], tempfile.mkdtemp()
environment = {**os.environ, "BALLAST_HOME": scratch + "/home"}
text = scratch + "/text.txt"
words = "the ship keeps its weight low and rights itself at sea wind rises then falls again".split()
key = numpy.random.default_rng(0)
with open(text, "w") as file:
    file.write(" ".join(key.choice(words, 30_000)))
other = scratch + "/other.txt"
with open(other, "w") as file:
    file.write("Größe, Καλημέρα, 東京: " + " ".join(key.choice(words, 700)))
runs = {
    "llama": [],
    "llama, grouped queries, tied": ["model.query-group-size=2", "model.tied-head=true"],
    "llama, geglu, mup": ["model.mlp=geglu", "parametrization.kind=mup", "parametrization.base-width=16"],
    "llama, completep at depth 4": ["model.depth=4", "parametrization.kind=completep", "parametrization.base-depth=2"],
    "llama, scale 1/D": ["model.attention-scale=inverse"],
    "llama, tied mup": ["model.tied-head=true", "parametrization.kind=mup", "parametrization.base-width=16"],
    "qwen3": ["model.qk-norm=true"],
    "qwen3, no gains, scale 1/D": [
        "model.qk-norm=true", "model.qk-norm-gain=fixed", "model.attention-scale=inverse"],
    "qwen3, forced logits": ["model.forced-logits=2"],
    "olmo2": ["model.qk-norm=true", "model.qk-norm-span=full", "model.block-norm=output"],
    "olmo2, branches over √(2 depth)": [
        "model.qk-norm=true", "model.qk-norm-span=full", "model.block-norm=output",
        "model.residual-scale=inverse-sqrt"],
}
base = scratch + "/base.yaml"
with open(base, "w") as file:
    file.write(
        "model: {width: 32, depth: 2, context: 32, head-dimension: 8, normalization: rms-norm, mlp: swiglu}\n"
        f"optimizer: {{learning-rate: 1e-2}}\ndata: {{text: [{text}], batch: 8}}\nsteps: 60\n"
        "evaluation: {every: 0, batches: 2}\n")


def run(*arguments):
    done = subprocess.run([ballast, *arguments], capture_output=True, text=True, env=environment)
    if done.returncode:
        raise SystemExit(f"{arguments}: {done.stderr}")
    return done.stdout


def evaluate(path, *more):
    return json.loads(run("evaluate", path, "--json", *more))


def theirs(folder, tokens):
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.no_grad():
        return model(tokens.long()).logits


worst_logit = worst_loss = 0.0
for number, (name, sets) in enumerate(runs.items()):
    folder, model, back = (f"{scratch}/{kind}{number}" for kind in ("run", "model", "back"))
    run("train", base, "--out", folder, "--quiet", "--no-report", *(w for s in sets for w in ("--set", s)))
    said = run("export", folder, "--format", "huggingface", "--out", model)
    family = name.split(",")[0]
    if not said.startswith(family + " of step 60"):
        raise SystemExit(f"{name}: {said}")
    own = evaluate(folder, "--logits", scratch + "/logits.safetensors")
    seen = load_file(scratch + "/logits.safetensors")
    found = theirs(model, seen["tokens"])
    difference = (found - seen["logits"]).abs().max().item()
    if not difference < 1e-4:
        raise SystemExit(f"{name}: logits differ by {difference:.1e}")
    worst_logit = max(worst_logit, difference)

    # The loss on another text, in the batches that evaluate takes: spread evenly from end to end.
    size, batch, context = os.path.getsize(other), 8, 32
    batches = (size - 1) // (batch * context)
    place = [n * (size - context - 1) // max(batches * batch - 1, 1) for n in range(batches * batch)]
    rows = torch.tensor([list(open(other, "rb").read()[p:p + context + 1]) for p in place])
    logits = theirs(model, rows[:, :-1])
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten().long()).item()
    ours = evaluate(folder, "--text", other)["loss"]
    if not abs(loss - ours) < 1e-5:
        raise SystemExit(f"{name}: transformers has a loss of {loss}, ballast {ours}")
    worst_loss = max(worst_loss, abs(loss - ours))
    run("import", model, "--out", back)
    # Batches of the default size, so many that they are all the text.
    first = evaluate(folder, "--text", other, "--batches", "8")["loss"]
    again = evaluate(back, "--text", other, "--batches", "4")["loss"]
    if not abs(again - first) < (1e-5 if "folded" in said else 1e-6):
        raise SystemExit(f"{name}: imported again, the loss is {again}, before {first}")
    if number == 0:
        tokenizer = transformers.AutoTokenizer.from_pretrained(model)
        for sample in ("the ship", "Größe  東京\n\t\x00\x7f", "🙂 e\u0301"):
            if tokenizer(sample)["input_ids"] != list(sample.encode()) or tokenizer.decode(list(sample.encode())) != sample:
                raise SystemExit(f"tokenizer: {sample!r} becomes {tokenizer(sample)['input_ids']}")
        tensors = load_file(model + "/model.safetensors")
        tensors["model.norm.weight"] = tensors["model.norm.weight"] * 1.01
        save_file(tensors, model + "/model.safetensors", metadata={"format": "pt"})
        if (theirs(model, seen["tokens"]) - seen["logits"]).abs().max().item() < 1e-4:
            raise SystemExit("a gain that is off by 1 % was not seen")
print(f"huggingface: {len(runs)} runs, logits within {worst_logit:.1e}, losses within {worst_loss:.1e} of transformers'")

for kind in ("Llama", "Qwen3", "Olmo2"):
    torch.manual_seed(1)
    configuration = getattr(transformers, kind + "Config")(
        vocab_size=256, hidden_size=48, intermediate_size=80, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, head_dim=16, max_position_embeddings=32, rope_theta=1000.0, initializer_range=0.2,
        bos_token_id=None, eos_token_id=None, pad_token_id=None)
    model = getattr(transformers, kind + "ForCausalLM")(configuration).eval()
    folder, back = f"{scratch}/their{kind}", f"{scratch}/our{kind}"
    model.to(torch.bfloat16).save_pretrained(folder)
    run("import", folder, "--out", back)
    evaluate(back, "--text", other, "--logits", scratch + "/logits.safetensors")
    seen = load_file(scratch + "/logits.safetensors")
    difference = (theirs(folder, seen["tokens"]) - seen["logits"]).abs().max().item()
    if not difference < 1e-4:
        raise SystemExit(f"{kind}, imported in bf16: logits differ by {difference:.1e}")
    print(f"import: {kind} of transformers', saved in bf16, logits within {difference:.1e}")
