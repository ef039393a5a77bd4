"""Canonical digests, version 1, computed again from a Hugging Face folder with numpy and hashlib alone.

canonical.py FOLDER NAME...: prints `HEX  NAME` for each tensor, sorted, and the model's digest last. NAMEs are buffers that
the family's contract leaves out. Only element types that numpy can say: F32 F16 BF16 and the integers.
"""
import glob
import hashlib
import json
import os
import struct
import sys

import numpy as np

BLOCK = 1 << 22
OWN = {"F64": 8, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U64": 8, "U32": 4, "U16": 2, "U8": 1, "BOOL": 1}


def tensors(folder):
    """Yields name, dtype, shape and stored bytes of every tensor."""
    for path in sorted(glob.glob(os.path.join(folder, "*.safetensors"))):
        with open(path, "rb") as f:
            (n,) = struct.unpack("<Q", f.read(8))
            header = json.loads(f.read(n))
        data = np.memmap(path, np.uint8, "r", offset=8 + n)
        for name, t in header.items():
            if name != "__metadata__":
                begin, end = t["data_offsets"]
                yield name, t["dtype"], t["shape"], data[begin:end].tobytes()


def values(dtype, stored):
    """The class and the canonical bytes."""
    if dtype in OWN:
        return dtype, stored
    if dtype == "BF16":
        bits = np.frombuffer(stored, "<u2").astype("<u4") << 16
    elif dtype == "F16":
        bits = np.frombuffer(stored, "<f2").astype("<f4").view("<u4")
    else:
        bits = np.frombuffer(stored, "<u4").copy()
    bits[(bits & 0x7FFFFFFF) > 0x7F800000] = 0x7FC00000
    return "f", bits.astype("<u4").tobytes()


def digest(dtype, shape, stored):
    kind, data = values(dtype, stored)
    h = hashlib.sha256(f"rosetta-canonical-1 {kind} {'x'.join(map(str, shape))}\n".encode())
    for at in range(0, len(data), BLOCK):
        h.update(hashlib.sha256(data[at:at + BLOCK]).digest())
    return h.hexdigest()


def main():
    folder, left_out = sys.argv[1], set(sys.argv[2:])
    found = {name: digest(dtype, shape, stored) for name, dtype, shape, stored in tensors(folder) if name not in left_out}
    output = found.get("lm_head.weight")
    embedding = [d for n, d in found.items() if n.endswith(("embed_tokens.weight", "wte.weight"))]
    if embedding == [output]:
        del found["lm_head.weight"]     # it repeats the embedding
    elif output and not embedding:      # one tensor stands for both, under the output's name
        found["model.embed_tokens.weight"] = found.pop("lm_head.weight")
    lines = [f"{d}  {n}\n" for n, d in sorted(found.items(), key=lambda i: i[0].encode())]
    sys.stdout.writelines(lines)
    print(hashlib.sha256("".join(lines).encode()).hexdigest(), " canonical")


if __name__ == "__main__":
    main()
