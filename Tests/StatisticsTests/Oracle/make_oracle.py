"""Reference numbers for the statistics of learning-rate transfer, by SciPy and NumPy.

    python3 -m venv venv
    venv/bin/pip install numpy scipy
    venv/bin/python make_oracle.py

This writes oracle.json beside the script.
"""

import json
from pathlib import Path

import numpy as np
from scipy import stats

oracle = {}
oracle["student_quantiles"] = [
    {"freedom": f, "probability": p, "value": float(stats.t.ppf(p, f))}
    for f in (1, 2, 3, 6, 10, 30, 400)
    for p in (0.025, 0.3, 0.8, 0.95, 0.975, 0.999)
]
oracle["fisher_tails"] = [
    {"numerator": a, "denominator": b, "ratio": x, "value": float(stats.f.sf(x, a, b))}
    for a, b in ((1, 1), (2, 4), (2, 8), (3, 20), (12, 3))
    for x in (0.05, 0.7, 1.0, 3.5, 40.0)
]

generator = np.random.default_rng(5)
oracle["parabolas"] = []
for count in (3, 5, 8, 7):
    # NumPy weighs distances, not their squares.
    weights = generator.uniform(0.2, 1, count) if count == 7 else np.ones(count)
    x = -8 + np.arange(count) + generator.uniform(-0.2, 0.2, count)
    y = 1.7 + 0.04 * (x + 5.3) ** 2 + generator.normal(0, 0.01, count)
    c, b, a = np.polyfit(x, y, 2, w=np.sqrt(weights))
    # How far the vertex moves for each height, by central differences.
    h = 1e-6
    influence = []
    for index in range(count):
        moved = []
        for sign in (1, -1):
            z = y.copy()
            z[index] += sign * h
            p = np.polyfit(x, z, 2, w=np.sqrt(weights))
            moved.append(-p[1] / (2 * p[0]))
        influence.append((moved[0] - moved[1]) / (2 * h))
    oracle["parabolas"].append(
        {
            "x": x.tolist(),
            "y": y.tolist(),
            "weights": weights.tolist() if count == 7 else None,
            "vertex": float(-b / (2 * c)),
            "curvature": float(c),
            "influence": influence,
        }
    )

oracle["lines"] = []
for extents, seeds, spread, bend in (
    ([32, 64, 128, 256], 3, 0.2, 0.0),
    ([2, 4, 8, 16, 32], 2, 0.1, 0.0),
    ([32, 64, 128, 256], 3, 0.05, 0.6),
):
    u = np.log2(extents)
    optima = (
        -7
        - 0.1 * u[:, None]
        + bend * ((u - u.mean()) ** 2)[:, None]
        + generator.normal(0, spread, (len(extents), seeds))
    )
    fit = stats.linregress(np.repeat(u, seeds), optima.ravel())
    own = optima.mean(1)
    within = ((optima - own[:, None]) ** 2).sum()
    off = seeds * ((own - fit.intercept - fit.slope * u) ** 2).sum()
    free = len(extents) * (seeds - 1)
    ratio = (off / (len(extents) - 2)) / (within / free)
    oracle["lines"].append(
        {
            "extents": extents,
            "optima": optima.tolist(),
            "slope": float(fit.slope),
            "pooled_error": float(fit.stderr),
            "means_error": float(stats.linregress(u, own).stderr),
            "spread": float(np.sqrt(within / free)),
            "lack_of_fit": float(stats.f.sf(ratio, len(extents) - 2, free)),
        }
    )

path = Path(__file__).with_name("oracle.json")
path.write_text(json.dumps(oracle, indent=1) + "\n")
