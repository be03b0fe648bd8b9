#!/usr/bin/env python3
"""Writes the safetensors fixtures beside this script, with the packages themselves.

    python3 -m venv venv && venv/bin/pip install numpy safetensors ml_dtypes
    venv/bin/python make_safetensors.py

types.safetensors      a tensor of each element type that safetensors' writer knows, and types.json its
                       elements as ml_dtypes has them; shards/ the same tensors in two files with an index
"""
import json
import os

import ml_dtypes
import numpy as np
from safetensors import TensorSpec, serialize_file

here = os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(7)

types = {
    "BOOL": ("bool", np.bool_), "U8": ("uint8", np.uint8), "I8": ("int8", np.int8),
    "I16": ("int16", np.int16), "U16": ("uint16", np.uint16), "F16": ("float16", np.float16),
    "BF16": ("bfloat16", ml_dtypes.bfloat16), "I32": ("int32", np.int32), "U32": ("uint32", np.uint32),
    "F32": ("float32", np.float32), "F64": ("float64", np.float64), "I64": ("int64", np.int64),
    "U64": ("uint64", np.uint64), "F8_E5M2": ("float8_e5m2", ml_dtypes.float8_e5m2),
    "F8_E4M3": ("float8_e4m3fn", ml_dtypes.float8_e4m3fn),
    "F8_E8M0": ("float8_e8m0fnu", ml_dtypes.float8_e8m0fnu),
    "F8_E4M3FNUZ": ("float8_e4m3fnuz", ml_dtypes.float8_e4m3fnuz),
    "F8_E5M2FNUZ": ("float8_e5m2fnuz", ml_dtypes.float8_e5m2fnuz),
}
packed = {
    "F4": (4, ml_dtypes.float4_e2m1fn), "F6_E2M3": (6, ml_dtypes.float6_e2m3fn),
    "F6_E3M2": (6, ml_dtypes.float6_e3m2fn),
}


def text(value):
    value = float(value)
    return "nan" if np.isnan(value) else "inf" if value == np.inf else "-inf" if value == -np.inf else value


def header_entry(name, kind, shape, begin, end):
    return f'"{name}":{{"dtype":"{kind}","shape":{json.dumps(shape)},"data_offsets":[{begin},{end}]}}'


values, tensors, blobs = {}, {}, {}
for kind, (name, dtype) in types.items():
    if np.dtype(dtype).itemsize == 1 and kind != "BOOL":
        array = np.arange(256, dtype=np.uint8).view(dtype)  # every code
    elif kind == "BOOL":
        array = np.array([True, False, True, True])
    elif np.issubdtype(np.dtype(dtype), np.integer):
        info = np.iinfo(dtype)
        array = np.array([info.min, info.max, 0, 1, 7, 100, info.max // 3, 2], dtype=dtype)
    else:
        array = (random.standard_normal(64) * np.exp(random.standard_normal(64) * 4)).astype(dtype)
        array[:6] = np.array([0, -0.0, np.inf, -np.inf, np.nan, 1e-7], dtype=dtype)
    values[kind] = [text(v) for v in array.astype(np.float64)]
    blobs[kind] = (list(array.shape), array.tobytes())
for kind, (bits, dtype) in packed.items():
    codes = np.arange(1 << bits, dtype=np.uint8)
    array = codes.view(dtype)
    values[kind] = [text(v) for v in array.astype(np.float64)]
    stream = "".join(format(int(c), f"0{bits}b")[::-1] for c in codes)  # least significant bit first
    data = bytes(int(stream[i : i + 8][::-1], 2) for i in range(0, len(stream), 8))
    blobs[kind] = ([1 << bits], data)


def write(path, kinds):
    # serialize_file knows the types of whole bytes; the packed ones are laid out here by the format's text.
    buffers = {k: np.frombuffer(blobs[k][1], np.uint8) for k in kinds if k in types}
    whole = {
        k: TensorSpec(dtype=types[k][0], shape=blobs[k][0], data_ptr=b.ctypes.data, data_len=b.nbytes)
        for k, b in buffers.items()
    }
    if len(whole) == len(kinds):
        serialize_file(whole, path, {"format": "pt"})
        return
    entries, data = ['"__metadata__":{"format":"pt"}'], b""
    for kind in sorted(kinds, key=lambda k: -len(blobs[k][1])):
        shape, blob = blobs[kind]
        entries.append(header_entry(kind, kind, shape, len(data), len(data) + len(blob)))
        data += blob
    header = ("{" + ",".join(entries) + "}").encode()
    header += b" " * (-len(header) % 8)
    with open(path, "wb") as file:
        file.write(len(header).to_bytes(8, "little") + header + data)


write(os.path.join(here, "types.safetensors"), list(types))
write(os.path.join(here, "packed.safetensors"), list(packed))
os.makedirs(os.path.join(here, "shards"), exist_ok=True)
halves = [list(types)[::2], list(types)[1::2]]
for number, kinds in enumerate(halves, 1):
    write(os.path.join(here, "shards", f"model-0000{number}-of-00002.safetensors"), kinds)
index = {
    "metadata": {"total_size": sum(len(b) for _, b in blobs.values())},
    "weight_map": {
        kind: f"model-0000{number}-of-00002.safetensors" for number, kinds in enumerate(halves, 1) for kind in kinds
    },
}
with open(os.path.join(here, "shards", "model.safetensors.index.json"), "w") as file:
    json.dump(index, file, indent=1)
with open(os.path.join(here, "types.json"), "w") as file:
    json.dump(values, file)
