"""Reference numbers for the statistics of learning-rate transfer, by SciPy and NumPy.

    python3 -m venv venv
    venv/bin/pip install numpy scipy
    venv/bin/python make_oracle.py

This writes oracle.json beside the script.
"""

import json
from pathlib import Path

import numpy as np
from scipy import optimize, stats

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

# Comparisons of recipes: paired seeds, equivalence, what a design can see, components of variance.
oracle["chi_quantiles"] = [
    {"freedom": f, "probability": p, "value": float(stats.chi2.ppf(p, f))}
    for f in (1, 2, 3, 8, 40)
    for p in (0.005, 0.025, 0.5, 0.975, 0.999)
]
oracle["fisher_quantiles"] = [
    {"numerator": a, "denominator": b, "probability": p, "value": float(stats.f.ppf(p, a, b))}
    for a, b in ((1, 1), (2, 4), (3, 9), (12, 3))
    for p in (0.025, 0.5, 0.975)
]
oracle["noncentral"] = [
    {"freedom": f, "noncentrality": d, "t": t, "value": float(stats.nct.cdf(t, f, d))}
    for f in (1, 2, 3, 6, 30)
    for d in (0.0, 0.7, 3.2, -2.0, 12.0)
    for t in (-2.5, 0.0, 1.1, 4.3, 12.7)
    if np.isfinite(stats.nct.cdf(t, f, d))
]
oracle["paired"] = []
for seeds, shift in ((2, 0.1), (3, -0.2), (5, 0.004), (8, 0.02)):
    d = shift + generator.normal(0, 0.02, seeds)
    test = stats.ttest_1samp(d, 0)
    low, high = test.confidence_interval(0.95)
    margin = 0.05
    oracle["paired"].append(
        {
            "differences": d.tolist(),
            "low": float(low),
            "high": float(high),
            "probability": float(test.pvalue),
            "margin": margin,
            "equivalence": float(
                max(
                    stats.ttest_1samp(d, -margin, alternative="greater").pvalue,
                    stats.ttest_1samp(d, margin, alternative="less").pvalue,
                )
            ),
        }
    )


def power(d, freedom):
    t = stats.t.ppf(0.975, freedom)
    # Far below the other tail's 0.8; SciPy has no number for it where it is below 1e-16.
    return stats.nct.sf(t, freedom, d) + np.nan_to_num(stats.nct.cdf(-t, freedom, d))


oracle["detectable"] = [
    {
        "strata": k,
        "seeds": n,
        "spread": 0.03,
        "value": float(
            optimize.brentq(lambda d: power(d, k * (n - 1)) - 0.8, 0.1, 18)
            * 0.03
            / np.sqrt(k * n)
        ),
    }
    for k, n in ((1, 2), (1, 3), (3, 2), (3, 3), (2, 10))
]
oracle["components"] = []
for rows, columns, a, b, e in ((3, 4, 1, 2, 0.5), (5, 2, 0.0, 1, 2.0), (4, 4, 3, 0, 1), (6, 5, 0, 0, 1)):
    y = (
        2
        + a * generator.normal(size=(rows, 1))
        + b * generator.normal(size=(1, columns))
        + e * generator.normal(size=(rows, columns))
    )
    # The two-way analysis as a regression on indicators, not by sums of squared means.
    design = {
        "rows": np.kron(np.eye(rows), np.ones((columns, 1))),
        "columns": np.kron(np.ones((rows, 1)), np.eye(columns)),
    }
    flat = y.ravel()

    def left(*names):
        x = np.hstack([np.ones((rows * columns, 1))] + [design[n] for n in names])
        return float(((flat - x @ np.linalg.lstsq(x, flat, rcond=None)[0]) ** 2).sum())

    rest = left("rows", "columns")
    free = (rows - 1) * (columns - 1)
    entry = {"table": y.tolist(), "residual": rest / free}
    for name, other, n, per in (("rows", "columns", rows, columns), ("columns", "rows", columns, rows)):
        square = (left(other) - rest) / (n - 1)
        entry[name] = (square - rest / free) / per
        entry[name + "_probability"] = float(stats.f.sf(square / (rest / free), n - 1, free))
    oracle["components"].append(entry)

path = Path(__file__).with_name("oracle.json")
path.write_text(json.dumps(oracle, indent=1) + "\n")
