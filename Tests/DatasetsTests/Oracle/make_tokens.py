#!/usr/bin/env python3
"""Writes the same 3000 tokens, (31 i^2 + 7 i) mod 50257, in each kind of file.

    python3 -m venv venv && venv/bin/pip install numpy datatrove tokenizers
    venv/bin/python make_tokens.py

nanogpt.bin: as nanoGPT's prepare.py does, NumPy's tofile of uint16. llmc.bin, llama3.bin: 256 int32 and tokens, as
llm.c's dev/data/data_common.py. megatron.bin and .idx, megatron32.bin and .idx: datatrove's writer of Megatron's
files, in documents of 1000, 1, 1500 and 499 tokens.
"""
import os

import numpy as np
from datatrove.pipeline.tokens.megatron_tokenizer import MegatronTokenizedFile

here = os.path.dirname(os.path.abspath(__file__))
tokens = np.array([(31 * i * i + 7 * i) % 50257 for i in range(3000)])
tokens.astype(np.uint16).tofile(os.path.join(here, "nanogpt.bin"))
for name, magic, version, kind in [("llmc", 20240520, 1, np.uint16), ("llama3", 20240801, 7, np.uint32)]:
    header = np.zeros(256, np.int32)
    header[:3] = magic, version, len(tokens)
    with open(os.path.join(here, name + ".bin"), "wb") as file:
        file.write(header.tobytes() + tokens.astype(kind).tobytes())
for name, size in [("megatron", 2), ("megatron32", 4)]:
    file = MegatronTokenizedFile(here, name, token_size=size)
    for start, end in [(0, 1000), (1000, 1001), (1001, 2501), (2501, 3000)]:
        file.write(tokens[start:end].tolist())
    file.close()
