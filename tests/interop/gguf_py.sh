#!/bin/sh
# The python package `gguf` reads what we write: the same keys, types, values, shapes and bytes; and a file of
# its own making, with every value type and nested arrays, comes back from us byte for byte.
set -eu
: "${ROSETTA_BUILD:=.}" "${ROSETTA_TEST_DATA:=}"
rewrite=$ROSETTA_BUILD/tests/interop/rewrite
python=
for p in "${ROSETTA_PYTHON:-}" python3; do
	[ -n "$p" ] && "$p" -c 'import gguf, numpy' 2> /dev/null && { python=$p; break; }
done
[ -n "$python" ] || { echo "skipped: no python with the package gguf (set ROSETTA_PYTHON)"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/gguf-py.XXXXXX")
trap 'rm -rf "$work"' EXIT

"$python" - "$rewrite" "$work" "$ROSETTA_TEST_DATA" <<'EOF'
import glob, os, subprocess, sys
import gguf, numpy as np

rewrite, work, data = sys.argv[1:]


def run(*args):
    return subprocess.run([rewrite, *args], capture_output=True, text=True)


def same_bytes(a, b):
    return open(a, "rb").read() == open(b, "rb").read()


def own(path):
    w = gguf.GGUFWriter(path, "test")
    V = gguf.GGUFValueType
    for name in "UINT8 INT8 UINT16 INT16 UINT32 INT32 UINT64 INT64".split():
        w.add_key_value("n." + name.lower(), 77, V[name])
    w.add_key_value("n.f32", 0.1, V.FLOAT32)
    w.add_key_value("n.f64", 0.1, V.FLOAT64)
    w.add_bool("n.bool", True)
    w.add_string("s", "text \u00e9 \U0001f600")
    w.add_array("a.int", [1, -2, 3])
    w.add_array("a.float", [0.5, -0.25])
    w.add_array("a.bool", [True, False])
    w.add_array("a.str", ["a", "bb", ""])
    w.add_array("a.nested", [[1, 2], [3, 4, 5]])
    rng = np.random.default_rng(1)
    for i, (shape, dtype) in enumerate([((3, 5), np.float32), ((7,), np.float16), ((2, 1, 4), np.float32), ((4,), np.int32),
                                        ((2, 2), np.int8), ((3,), np.int64), ((1, 6), np.float64)]):
        w.add_tensor(f"t{i}.weight", (rng.standard_normal(shape) * 50).astype(dtype))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def compare(a, b, skip=()):
    x, y = gguf.GGUFReader(a), gguf.GGUFReader(b)
    for key in x.fields:
        if key not in skip and not key.startswith("GGUF."):
            p, q = x.fields[key], y.fields[key]
            assert p.types == q.types and p.contents() == q.contents(), key
    assert [t.name for t in x.tensors] == [t.name for t in y.tensors]
    for t, u in zip(x.tensors, y.tensors):
        assert t.tensor_type == u.tensor_type and list(t.shape) == list(u.shape) and t.data.tobytes() == u.data.tobytes(), t.name
    return len(x.tensors)


a, b = os.path.join(work, "a.gguf"), os.path.join(work, "b.gguf")
own(a)
r = run(a, b)
assert r.returncode == 0, r.stderr
assert same_bytes(a, b), "a file of gguf-py is not written back as it was"
tensors = compare(a, b)

files = 1
for source in sorted(glob.glob(data + "/models/*/gguf/*.gguf") + glob.glob(data + "/families/*/model.gguf")):
    r = run(source, b)
    assert r.returncode == 0, r.stderr
    tensors += compare(source, b)
    files += 1

# The comparison can fail.
raw = bytearray(open(b, "rb").read())
raw[-64] ^= 0xFF
raw[len(raw) // 2] ^= 0xFF
open(b, "wb").write(raw)
try:
    compare(a if files == 1 else source, b)
except Exception:
    pass
else:
    sys.exit("FAIL: spoiled bytes go unseen")
print(f"{files} files, {tensors} tensors read by gguf-py as they were")
EOF
