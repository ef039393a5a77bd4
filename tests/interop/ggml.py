"""ggml's own encoders and decoders, called in the library that the package xllamacpp carries, beside ours.

ggml.py ROSETTA SCRATCH: one F32 GGUF of rows from ordinary to extreme; every block type that rosetta writes is made of it by
both, without and with an importance matrix: equal blocks. Then what ours reads back is what ggml's decoder gives.
"""
import ctypes, os, struct, subprocess, sys

import gguf
import numpy as np
import xllamacpp

rosetta, scratch = sys.argv[1:3]
ggml = ctypes.CDLL(os.path.join(os.path.dirname(xllamacpp.__file__), "xllamacpp.abi3.so"))
if not hasattr(ggml, "ggml_quantize_chunk"):
    print("this xllamacpp exports no ggml_quantize_chunk")
    sys.exit(77)
pointer, number = ctypes.c_void_p, ctypes.c_int64
ggml.ggml_quantize_chunk.restype = ctypes.c_size_t
ggml.ggml_quantize_chunk.argtypes = [ctypes.c_int, pointer, pointer, number, number, number, pointer]
NAME, ROWS, COLS = "blk.0.attn_q.weight", 96, 1024
NEED = {"IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS"}      # rosetta, as llama-quantize, wants a matrix for these
# Newer ggml adds up the search for IQ1_M's splits in another order than the version that our reference vectors come from: at
# near ties it takes another split.
OTHER_ORDER = {"IQ1_M": 0.03}
DECODERS = {t.name: "dequantize_row_" + (t.name.lower() if "_K" not in t.name else t.name[0].lower() + t.name[1:]) for t in gguf.GGMLQuantizationType}


def weights():
    rng = np.random.default_rng(2026)
    w = (rng.standard_normal((ROWS, COLS)) * 0.02).astype(np.float32)
    w[1] = 0
    w[2, ::7] *= 50                                     # outliers
    w[3] = 1e-30                                        # smaller than any half
    w[4] = np.linspace(-1, 1, COLS)
    w[5] *= 1e5
    w[6, :256] = 0.5                                    # all equal
    w[7] = np.abs(w[7])
    w[8] = -np.abs(w[8])
    w[9, 1:] = 0                                        # one weight alone
    w[10:20] = rng.standard_t(2, (10, COLS)).astype(np.float32) * 0.01
    w[20:30] = np.round(w[20:30] * 64) / 64             # many ties
    return w


def write_model(path, w):
    out = gguf.GGUFWriter(path, "probe")
    out.add_tensor(NAME, w)
    out.write_header_to_file(), out.write_kv_data_to_file(), out.write_tensors_to_file(), out.close()


def write_matrix(path, m):
    name = NAME.encode()
    with open(path, "wb") as f:
        f.write(struct.pack("<ii", 1, len(name)) + name + struct.pack("<ii", 1, m.size) + m.tobytes())


def theirs(kind, size, w, m):
    block, each = size
    out = np.zeros(w.size // block * each, np.uint8)
    ggml.ggml_quantize_init(kind.value)
    if ggml.ggml_quantize_chunk(kind.value, w.ctypes.data, out.ctypes.data, 0, ROWS, COLS, m.ctypes.data if m is not None else None) != out.size:
        sys.exit(f"{kind.name}: ggml wrote another size")
    return out


def run(*arguments):
    r = subprocess.run([rosetta, *arguments], capture_output=True, text=True)
    if r.returncode:
        sys.exit(f"{' '.join(arguments)}: {r.stdout}{r.stderr}")


def ours(kind, model, matrix, path):
    run("convert", "-f", "--quiet", model, "-o", path, "-q", "q8_0", "--tensor-type", f"attn_q={kind.name.lower()}", *(["--imatrix", matrix] if matrix else []))
    t = gguf.GGUFReader(path).tensors[0]
    if t.tensor_type != kind:
        sys.exit(f"{kind.name} was asked for, {t.tensor_type.name} written")
    return np.array(t.data).reshape(-1).view(np.uint8)


def widened(path):
    wide = os.path.join(scratch, "wide.gguf")
    run("convert", "-f", "--quiet", path, "-o", wide, "--dtype", "f32")
    return np.array(gguf.GGUFReader(wide).tensors[0].data).reshape(-1).view(np.uint32)


w = weights()
model, out, matrix = (os.path.join(scratch, n) for n in ("in.gguf", "out.gguf", "matrix.dat"))
write_model(model, w)
m = (np.random.default_rng(5).standard_gamma(0.5, COLS) + 1e-3).astype(np.float32)     # uneven, as real ones are
write_matrix(matrix, m)
bad = compared = decoded = 0
for kind, size in gguf.GGML_QUANT_SIZES.items():
    if size[0] == 1 or kind.name in ("Q8_1", "Q8_K"):      # plain, or never stored
        continue
    for use in (None, m):
        if use is None and kind.name in NEED:
            continue
        a, b = theirs(kind, size, w, use), ours(kind, model, matrix if use is not None else None, out)
        differ = int((a.reshape(-1, size[1]) != b.reshape(-1, size[1])).any(1).sum()) if a.size == b.size else -1
        compared += 1
        if differ and 0 < differ <= OTHER_ORDER.get(kind.name, 0) * (a.size // size[1]):
            print(f"{kind.name}: {differ} of {a.size // size[1]} blocks differ, as known")
        elif differ:
            bad += 1
            print(f"{kind.name}{' with a matrix' if use is not None else ''}: {differ} of {a.size // size[1]} blocks differ")
    if not hasattr(ggml, DECODERS[kind.name]):
        continue
    values = np.zeros(w.size, np.float32)
    getattr(ggml, DECODERS[kind.name])(ctypes.c_void_p(b.ctypes.data), ctypes.c_void_p(values.ctypes.data), number(w.size))
    decoded += 1
    if (values.view(np.uint32) != widened(out)).any():
        bad += 1
        print(f"{kind.name}: values read back differ")
print(f"{compared} encodings and {decoded} decodings compared with ggml's, {bad} differ")
sys.exit(1 if bad or compared < 30 or decoded < 15 else 0)
