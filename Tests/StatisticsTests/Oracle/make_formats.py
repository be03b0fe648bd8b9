"""Numbers rounded to narrow formats by ml_dtypes and NumPy.

    python3 -m venv venv
    venv/bin/pip install numpy ml_dtypes
    venv/bin/python make_formats.py

This writes formats.json beside the script: for each format, numbers and what a
cast makes of them after clamping to the largest finite number, as hexadecimal
bit patterns of float32 (fp16 halfway cases are decided by the cast itself).
"""

import json
from pathlib import Path

import ml_dtypes
import numpy as np

FORMATS = {
    "fp16": np.dtype(np.float16),
    "bf16": np.dtype(ml_dtypes.bfloat16),
    "e4m3": np.dtype(ml_dtypes.float8_e4m3fn),
    "e5m2": np.dtype(ml_dtypes.float8_e5m2),
}


def numbers(dtype, rng):
    """Random numbers of all sizes that matter, and what lies at and halfway between neighbours."""
    info = ml_dtypes.finfo(dtype)
    largest, normal = float(info.max), float(info.smallest_normal)
    small = float(info.smallest_subnormal)
    spread = np.exp2(rng.uniform(np.log2(small) - 3, np.log2(min(largest, 1e38)) + 1.5, 160))
    if dtype.itemsize == 1:
        grid = np.arange(256, dtype=np.uint8).view(dtype).astype(np.float64)
        grid = np.unique(grid[np.isfinite(grid) & (grid >= 0)])
    else:
        bits = rng.integers(0, 0x7F00, 60).astype(np.uint16)
        low = bits.view(dtype).astype(np.float64)
        high = (bits + 1).astype(np.uint16).view(dtype).astype(np.float64)
        keep = np.isfinite(low) & np.isfinite(high)
        grid = np.sort(np.concatenate([low[keep], high[keep]]))
    halfway = (grid[:-1] + grid[1:]) / 2
    edges = [0.0, small, small / 2, small * 0.75, small * 1.5, normal, normal * 0.99, largest]
    edges += [largest * 1.01, largest * 1.04, largest * 1.1, largest * 4 if largest < 1e30 else 3.4e38]
    x = np.concatenate([spread, grid, halfway, np.array(edges)])
    x = np.concatenate([x, -x]).astype(np.float32)
    return x[np.isfinite(x)]


def main():
    rng = np.random.default_rng(0)
    table = {}
    for name, dtype in FORMATS.items():
        x = numbers(dtype, rng)
        largest = np.float32(ml_dtypes.finfo(dtype).max)
        rounded = np.clip(x, -largest, largest).astype(dtype).astype(np.float32)
        table[name] = {
            "numbers": [f"{b:08x}" for b in x.view(np.uint32)],
            "rounded": [f"{b:08x}" for b in rounded.view(np.uint32)],
        }
        print(name, len(x))
    path = Path(__file__).with_name("formats.json")
    path.write_text(json.dumps(table, separators=(",", ":")) + "\n")
    print(path.name, path.stat().st_size, "bytes, ml_dtypes", ml_dtypes.__version__)


if __name__ == "__main__":
    main()
