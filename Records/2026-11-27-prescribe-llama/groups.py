"""Parameter groups, start, schedule and loss for Llama, width 2048, depth 16.

Written by `ballast export p --format pytorch`.
UNVALIDATED learning rate: unvalidated (extrapolation 150x; validated at none); verdict INCONCLUSIVE for 1.2B.

    model = LlamaForCausalLM(config)
    apply_changes(model)
    initialize(model)
    optimizer = build_optimizer(model)
    scheduler = build_scheduler(optimizer)
    for tokens, targets in batches:
        loss(model(tokens).logits, targets).backward()
        step(model, optimizer, scheduler)
"""

import math
import re

FAMILY = "Llama"
PEAK_LEARNING_RATE = 0.000116  # unvalidated: unvalidated (extrapolation 150x; validated at none); verdict INCONCLUSIVE for 1.2B
STEPS = 50000
BATCH_SEQUENCES = 64
BETAS = (0.9, 0.95)
CLIP = 1.0  # largest norm of the whole gradient; 0 for none
Z_LOSS = 0.0  # factor on the mean of log^2 Z
# Decay goes with the square of the schedule (AdamC, arXiv 2506.02285).
CORRECTED_DECAY = False

# Name, where it is made, source.
CHANGES = [
    ("clip", "included", "arXiv 1211.5063, algorithm 1"),  # the largest norm of the whole gradient; 0 for none
]

# Names without wrappers, # for a number; a step takes lr * weight_decay of a weight.
GROUPS = [
    {
        "name": "embedding",
        "names": [
            "embed_tokens.weight",
        ],
        "lr": 0.000116,  # unvalidated
        "weight_decay": 0.1,
        "eps": 1e-08,
        "start": ("normal", 0.02),
    },
    {
        "name": "gain",
        "names": [
            "layers.#.input_layernorm.weight",
            "norm.weight",
            "layers.#.post_attention_layernorm.weight",
        ],
        "lr": 0.000116,  # unvalidated
        "weight_decay": 0.0,
        "eps": 1e-08,
        "start": ("constant", 1.0),
    },
    {
        "name": "hidden",
        "names": [
            "layers.#.self_attn.q_proj.weight",
            "layers.#.self_attn.k_proj.weight",
            "layers.#.self_attn.v_proj.weight",
            "layers.#.self_attn.o_proj.weight",
            "layers.#.mlp.gate_proj.weight",
            "layers.#.mlp.up_proj.weight",
            "layers.#.mlp.down_proj.weight",
        ],
        "lr": 0.000116,  # unvalidated
        "weight_decay": 0.1,
        "eps": 1e-08,
        "start": ("truncated", 0.02),
    },
    {
        "name": "bias",
        "names": [
            "layers.#.input_layernorm.bias",
            "layers.#.self_attn.q_proj.bias",
            "layers.#.self_attn.k_proj.bias",
            "layers.#.self_attn.v_proj.bias",
            "layers.#.self_attn.o_proj.bias",
            "layers.#.mlp.gate_proj.bias",
            "layers.#.mlp.up_proj.bias",
            "layers.#.mlp.down_proj.bias",
            "norm.bias",
            "lm_head.bias",
            "layers.#.post_attention_layernorm.bias",
        ],
        "lr": 0.000116,  # unvalidated
        "weight_decay": 0.0,
        "eps": 1e-08,
        "start": ("constant", 0.0),
    },
]
WRAPPERS = ("_orig_mod.", "module.", "language_model.", "model.", "transformer.", "gpt_neox.", "state_dict.", "parameter/")


def bare(name):
    """A name without what wrappers put before it."""
    while any(name.startswith(wrapper) for wrapper in WRAPPERS):
        name = next(name[len(w):] for w in WRAPPERS if name.startswith(w))
    return name.replace("_orig_mod.", "")


def matches(template, name):
    """Whether a bare name is that of a template."""
    return re.fullmatch(re.escape(template).replace(r"\#", "#").replace("#", r"\d+"), name)


def group_of(name):
    """The group of a parameter's name; a name of none or of several is an error."""
    found = [g for g in GROUPS if any(matches(t, bare(name)) for t in g["names"])]
    if len(found) != 1:
        raise ValueError(f"{name} is in {len(found)} groups: is this a {FAMILY}?")
    return found[0]


def half_up(x):
    return math.floor(x + 0.5)


def factor(step, steps=STEPS):
    """The factor on learning rates at a step, from 1: cosine."""
    step = min(step, steps)
    warmup = half_up(0.01 * steps)
    if step <= warmup:
        return step / warmup
    fall = steps - warmup
    p = max(step - 1 - (steps - fall), 0) / max(fall, 1)
    return 0.0 + (1 - 0.0) * ((1 + math.cos(math.pi * p)) / 2)


def fill(tensor, start, generator=None):
    """Fills a tensor as a group starts."""
    import torch

    kind, *rest = start
    if kind == "constant":
        tensor.fill_(rest[0])
    elif kind == "normal":
        tensor.normal_(0, rest[0], generator=generator)
    elif kind == "truncated":
        # Cut at two deviations, which leaves 0.8796 of them.
        s = rest[0] / 0.87962566103423978
        torch.nn.init.trunc_normal_(tensor, 0, s, -2 * s, 2 * s, generator=generator)
    else:
        for part, start in zip(tensor.chunk(3, dim=0), rest):
            fill(part, start, generator)


def initialize(model, generator=None):
    """Starts every parameter as its group does."""
    import torch

    with torch.no_grad():
        for name, parameter in model.named_parameters():
            fill(parameter, group_of(name)["start"], generator)


def modules(model, *templates):
    """The modules of bare names; none is an error."""
    found = [
        module
        for name, module in model.named_modules()
        if any(matches(template, bare(name)) for template in templates)
    ]
    if not found:
        raise ValueError(f"no module is called {templates}: is this a {FAMILY}?")
    return found


def apply_changes(model):
    """Makes the changes of CHANGES that are made in the model; call it once, first."""
    import torch

    return model


def loss(logits, targets):
    """Mean cross-entropy in nats and Z_LOSS times the mean of log^2 Z, where targets are not -100."""
    logits, kept = logits.float(), targets != -100
    log_z = logits.logsumexp(-1)
    right = logits.gather(-1, targets.clamp(min=0).unsqueeze(-1)).squeeze(-1)
    losses = log_z - right + Z_LOSS * log_z * log_z
    return (losses * kept).sum() / kept.sum().clamp(min=1)


def parameter_groups(named_parameters):
    """Groups for torch.optim; every parameter that trains is in exactly one."""
    members = {group["name"]: [] for group in GROUPS}
    for name, parameter in named_parameters:
        if parameter.requires_grad:
            members[group_of(name)["name"]].append(parameter)
    return [
        {
            "params": members[group["name"]],
            "name": group["name"],
            "lr": group["lr"],
            "weight_decay": group["weight_decay"],
            "eps": group["eps"],
        }
        for group in GROUPS
        if members[group["name"]]
    ]


def build_optimizer(model, **more):
    import torch

    groups = parameter_groups(model.named_parameters())
    return torch.optim.AdamW(groups, lr=PEAK_LEARNING_RATE, betas=BETAS, **more)


def build_scheduler(optimizer, steps=STEPS):
    import torch

    class Scheduler(torch.optim.lr_scheduler.LambdaLR):
        def step(self, epoch=None):
            super().step(epoch)
            if CORRECTED_DECAY:
                for group in self.optimizer.param_groups:
                    peak = group.setdefault("peak_weight_decay", group["weight_decay"])
                    group["weight_decay"] = peak * factor(self.last_epoch + 1, steps)

    return Scheduler(optimizer, lambda done: factor(done + 1, steps))


def step(model, optimizer, scheduler):
    """Clips, moves the parameters, and goes on in the schedule."""
    import torch

    if CLIP:
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
    optimizer.step()
    scheduler.step()
    optimizer.zero_grad(set_to_none=True)
