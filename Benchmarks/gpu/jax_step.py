#!/usr/bin/env python3
"""Times one training step of the 125m preset in JAX on an accelerator and prints a line of JSON.

Mixed precision as Ballast has it: parameters, optimizer state, norms and the loss in float32, operands of matrix
products in bfloat16. Attention is jax.nn.dot_product_attention, on cuDNN where JAX has it for the device.
`--size small` is for trying the script without an accelerator.
"""
import argparse
import functools
import json
import time

import jax
import jax.numpy as jnp

SIZES = {  # width, depth, heads, context, batch, vocabulary
    "125m": (768, 12, 12, 1024, 16, 25600),
    "small": (64, 3, 4, 256, 16, 512),
}
parser = argparse.ArgumentParser()
parser.add_argument("--size", choices=SIZES, default="125m")
parser.add_argument("--steps", type=int, default=10)
parser.add_argument("--attention", choices=("cudnn", "xla"), default="xla")
options = parser.parse_args()
width, depth, heads, context, batch, vocabulary = SIZES[options.size]
head = width // heads
half = lambda x: x.astype(jnp.bfloat16)


def linear(x, w):
    return half(x) @ half(w)


def norm(x, gain):
    x = x.astype(jnp.float32)
    centered = x - x.mean(-1, keepdims=True)
    return centered * jax.lax.rsqrt((centered**2).mean(-1, keepdims=True) + 1e-5) * gain


def start(key):
    keys = iter(jax.random.split(key, 6 * depth + 2))

    def matrix(rows, columns):
        return jax.random.normal(next(keys), (rows, columns)) * rows**-0.5

    blocks = [
        dict(n1=jnp.ones(width), n2=jnp.ones(width), qn=jnp.ones(head), kn=jnp.ones(head),
             qkv=matrix(width, 3 * width), out=matrix(width, width),
             up=matrix(width, 4 * width), down=matrix(4 * width, width))
        for _ in range(depth)
    ]
    return dict(embed=jax.random.normal(next(keys), (vocabulary, width)) * width**-0.5, blocks=blocks,
                norm=jnp.ones(width), head=matrix(width, vocabulary))


def loss(parameters, tokens, targets):
    angle = jnp.arange(context)[:, None] * 1e4 ** (-jnp.arange(head // 2) / (head // 2))
    cos, sin = jnp.cos(angle)[None, :, None], jnp.sin(angle)[None, :, None]

    def rotate(x):
        left, right = jnp.split(x, 2, -1)
        return jnp.concatenate([left * cos - right * sin, left * sin + right * cos], -1)

    h = parameters["embed"][tokens]
    for block in parameters["blocks"]:
        qkv = linear(norm(h, block["n1"]), block["qkv"]).reshape(batch, context, 3, heads, head)
        q, k, v = qkv[:, :, 0], qkv[:, :, 1], qkv[:, :, 2]
        q, k = rotate(norm(q, block["qn"])), rotate(norm(k, block["kn"]))
        mixed = jax.nn.dot_product_attention(
            half(q), half(k), half(v), is_causal=True, implementation=options.attention)
        h = h + linear(mixed.reshape(batch, context, width), block["out"]).astype(jnp.float32)
        inner = jax.nn.gelu(linear(norm(h, block["n2"]), block["up"]).astype(jnp.float32))
        h = h + linear(inner, block["down"]).astype(jnp.float32)
    logits = jnp.dot(half(norm(h, parameters["norm"])), half(parameters["head"]),
                     preferred_element_type=jnp.float32)
    z = jax.nn.logsumexp(logits, -1)
    picked = jnp.take_along_axis(logits, targets[..., None], -1)[..., 0]
    return jnp.mean(z - picked) + 1e-4 * jnp.mean(z * z)


@functools.partial(jax.jit, donate_argnums=(0, 1, 2))
def step(parameters, mean, square, number, tokens, targets):
    value, gradient = jax.value_and_grad(loss)(parameters, tokens, targets)
    total = jnp.sqrt(sum(jnp.sum(g * g) for g in jax.tree.leaves(gradient)))
    gradient = jax.tree.map(lambda g: g * jnp.minimum(1, 1 / total), gradient)
    mean = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, mean, gradient)
    square = jax.tree.map(lambda v, g: 0.95 * v + 0.05 * g * g, square, gradient)
    c1, c2 = 1 - 0.9**number, 1 - 0.95**number

    def update(p, m, v):
        return p - 1e-3 * (m / c1 / (jnp.sqrt(v / c2) + 1e-8) + 1e-4 * p)

    return jax.tree.map(update, parameters, mean, square), mean, square, value


parameters = start(jax.random.PRNGKey(0))
count = sum(p.size for p in jax.tree.leaves(parameters))
mean, square = jax.tree.map(jnp.zeros_like, parameters), jax.tree.map(jnp.zeros_like, parameters)
text = jax.random.randint(jax.random.PRNGKey(1), (batch, context + 1), 0, vocabulary)
tokens, targets = text[:, :-1], text[:, 1:]
times = []
for number in range(options.steps + 4):
    begin = time.perf_counter()
    parameters, mean, square, value = step(parameters, mean, square, 1.0 + number, tokens, targets)
    value.block_until_ready()
    times.append(time.perf_counter() - begin)
median = sorted(times[4:])[options.steps // 2]
flops = (6 * (count - vocabulary * width) + 12 * depth * context * width) * batch * context
print(json.dumps(dict(
    engine="jax", version=jax.__version__, device=jax.devices()[0].device_kind, size=options.size,
    parameters=count, attention=options.attention, first_step_s=round(times[0], 2),
    step_ms=round(median * 1e3, 2), tokens_per_second=round(batch * context / median),
    gflop_per_second=round(flops / median / 1e9, 1))))
