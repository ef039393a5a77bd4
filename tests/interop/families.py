"""Every way between the three formats, for models of many families, judged against the reference converter's GGUF.

families.py ROSETTA DATA SCRATCH [MODEL...]: prints one line per model, exits 1 when anything differs.
"""
import glob, json, os, shutil, struct, subprocess, sys

import gguf

from models import models

# Keys that a reference of an older converter leaves out, with the value that llama.cpp takes then (None: any).
NEWER = {"general.type": "model", "general.size_label": None, "tokenizer.ggml.add_bos_token": False, "tokenizer.ggml.add_eos_token": False,
         "tokenizer.ggml.add_sep_token": False, "tokenizer.ggml.padding_token_id": None, "llama.attention.key_length": 16,
         "llama.attention.value_length": 16}
OLDER = "gpt2", "tinystories-656k"

rosetta, data, scratch = sys.argv[1:4]


class Trouble(Exception):
    pass


def run(*args, want=0):
    r = subprocess.run([rosetta, *args], capture_output=True, text=True)
    if r.returncode != want:
        raise Trouble(f"rosetta {' '.join(args)}: exit {r.returncode}: {(r.stderr or r.stdout).strip()[-300:]}")
    return r.stdout


def read(path):
    with open(path, "rb") as f:
        return f.read()


def same(a, b, what):
    if read(a) != read(b):
        raise Trouble(f"{what}: the files differ")


def folder(path):
    """Tensors {name: (dtype, shape, bytes)} and other files {name: bytes} of a SafeTensors folder."""
    tensors, files = {}, {}
    for name in sorted(os.listdir(path)):
        raw = read(os.path.join(path, name))
        if not name.endswith(".safetensors"):
            if not name.endswith(".index.json") and name != "rosetta.json":
                files[name] = raw
            continue
        n = struct.unpack("<Q", raw[:8])[0]
        for key, v in json.loads(raw[8:8 + n]).items():
            if key != "__metadata__":
                tensors[key] = v["dtype"], v["shape"], raw[8 + n + v["data_offsets"][0]:8 + n + v["data_offsets"][1]]
    return tensors, files


def gguf_tensors(path):
    return {t.name: (t.tensor_type.name, [int(d) for d in t.shape], t.data.tobytes()) for t in gguf.GGUFReader(path).tensors}


def gguf_keys(path):
    return {k: ([str(t) for t in f.types], f.contents()) for k, f in gguf.GGUFReader(path).fields.items()
            if not k.startswith(("GGUF.", "rosetta."))}


def compare(a, b, what, brief=False):
    """Two dictionaries must be equal; names the first that is not."""
    for key in list(a) + [k for k in b if k not in a]:
        x, y = a.get(key), b.get(key)
        if x != y:
            def tell(v):
                return "absent" if v is None else str(v[:2])[:80] if isinstance(v, tuple) else f"{len(v)} bytes"
            raise Trouble(f"{what}: {key}: {tell(x)} and {tell(y)}")
    return len(a)


def fingerprint(path):
    return json.loads(run("fingerprint", "--json", path))["model"]["canonical"]


def matrix_type(path):
    """The type the reference converter was asked for: that of the layers' matrices."""
    return next(t.tensor_type.name.lower() for t in gguf.GGUFReader(path).tensors if t.name == "blk.0.attn_output.weight")


def judge(name, hf, reference):
    """Checks one model; fills and returns what was seen."""
    seen, work = {}, os.path.join(scratch, name)
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    at = lambda f: os.path.join(work, f)

    def check(label, f, *args):
        try:
            seen[label] = f(*args)
        except Trouble as e:
            seen[label] = e
        except Exception as e:
            seen[label] = Trouble(f"{type(e).__name__}: {e}")

    def tensors_equal():
        run("convert", hf, at("ref.gguf"), "--dtype", matrix_type(reference))
        return compare(gguf_tensors(reference), gguf_tensors(at("ref.gguf")), "tensors")

    def keys_equal():
        a, b = gguf_keys(reference), gguf_keys(at("ref.gguf"))
        for key in list(b):
            if name in OLDER and key in NEWER and key not in a and NEWER[key] in (None, b[key][1]):
                del b[key]
        a.pop("general.name", None), b.pop("general.name", None)   # the reference models were called by hand
        return compare(a, b, "keys")

    def verified():
        run("convert", hf, at("a.gguf"))
        run("convert", hf, at("a.apr"))
        run("verify", hf, at("a.gguf"))
        run("verify", hf, at("a.apr"))
        run("verify", at("a.gguf"), at("a.apr"))
        run("verify", hf, at("ref.gguf"))

    def back_equal(through, target):
        run("convert", at(through), at(target), "-t", "safetensors")
        (t, f), (u, g) = folder(hf), folder(at(target))
        compare(t, u, "back")
        compare(f, g, "files")
        return len(t)

    def direct():
        run("convert", at("a.apr"), at("b.gguf"))
        same(at("a.gguf"), at("b.gguf"), "folder to APR to GGUF")
        run("convert", at("a.gguf"), at("b.apr"))
        run("convert", at("b.apr"), at("c.gguf"))
        same(at("a.gguf"), at("c.gguf"), "GGUF to APR to GGUF")
        same(at("a.apr"), at("b.apr"), "folder to GGUF to APR")
        for one, other in ("back", "back2"),:
            a, b = folder(at(one)), folder(at(other))
            compare(a[0], b[0], "folders by way of GGUF and APR")
            compare(a[1], b[1], "folders by way of GGUF and APR")
            same(at(one) + "/rosetta.json", at(other) + "/rosetta.json", "provenance")

    def again():
        run("convert", at("back"), at("again.gguf"))
        same(at("a.gguf"), at("again.gguf"), "folder that came back to GGUF")
        run("convert", at("back2"), at("again.apr"))
        same(at("a.apr"), at("again.apr"), "folder that came back to APR")
        for f in "a.gguf", "a.apr":
            run("convert", at(f), at("same-" + f))
            same(at(f), at("same-" + f), "a file to its own format")
        run("convert", at("back"), at("back3"), "-t", "safetensors")
        a, b = folder(at("back")), folder(at("back3"))
        compare(a[0], b[0], "folder to folder")
        compare(a[1], b[1], "folder to folder")

    def chained():
        run("chain", hf, "apr,gguf,safetensors", "-o", at("chain"))
        compare(folder(hf)[0], folder(at("chain"))[0], "chain")
        compare(folder(hf)[1], folder(at("chain"))[1], "chain")

    def fingerprints():
        prints = {f: fingerprint(p) for f, p in [("hf", hf)] + [(f, at(f)) for f in ("a.gguf", "a.apr", "back", "back2", "lone.safetensors")]}
        if len(set(prints.values())) != 1:
            raise Trouble(f"canonical digests differ: {({k: v[:8] for k, v in prints.items()})}")

    def spoiled():
        """Every judge above must see one flipped bit."""
        raw = bytearray(read(at("a.gguf")))
        t = gguf.GGUFReader(at("a.gguf")).tensors[-1]
        raw[t.data_offset + t.n_bytes - 1] ^= 1
        with open(at("spoiled.gguf"), "wb") as f:
            f.write(raw)
        said = subprocess.run([rosetta, "verify", hf, at("spoiled.gguf")], capture_output=True, text=True)
        if said.returncode != 1 or t.name not in said.stdout:
            raise Trouble(f"verify did not see {t.name} spoiled")
        if fingerprint(at("spoiled.gguf")) == fingerprint(hf):
            raise Trouble("the fingerprint did not see a flipped bit")
        try:
            compare(gguf_tensors(at("a.gguf")), gguf_tensors(at("spoiled.gguf")), "tensors")
        except Trouble:
            return
        raise Trouble("this test did not see a flipped bit")

    def lone():
        before = set(os.listdir(work))
        run("convert", at("a.gguf"), at("lone.safetensors"))
        if set(os.listdir(work)) != before | {"lone.safetensors"}:
            raise Trouble("a lone file brought others along")
        run("convert", at("lone.safetensors"), at("lone.gguf"))
        same(at("a.gguf"), at("lone.gguf"), "by way of a lone file")
        run("convert", at("lone.safetensors"), at("copy.safetensors"), "--preserve")
        same(at("lone.safetensors"), at("copy.safetensors"), "--preserve")

    def foreign():
        run("convert", reference, at("f"), "-t", "safetensors")
        run("convert", at("f"), at("f1.gguf"))
        run("convert", reference, at("f.apr"))
        run("convert", at("f.apr"), at("f2.gguf"))
        for f in "f1.gguf", "f2.gguf":
            compare(gguf_tensors(reference), gguf_tensors(at(f)), f)
            compare(gguf_keys(reference), gguf_keys(at(f)), f)
        same(reference, at("f1.gguf"), "a foreign GGUF by way of a folder")
        same(reference, at("f2.gguf"), "a foreign GGUF by way of APR")

    if hf:
        check("tensors", tensors_equal)
        check("keys", keys_equal)
        check("verify", verified)
        check("back", back_equal, "a.gguf", "back")
        check("back-ref", back_equal, "ref.gguf", "back-ref")
        check("back-apr", back_equal, "a.apr", "back2")
        check("direct", direct)
        check("again", again)
        check("chain", chained)
        check("lone", lone)
        check("prints", fingerprints)
        check("spoiled", spoiled)
    check("foreign", foreign)
    return seen


failed = 0
for name, hf, reference in models(data, scratch):
    if sys.argv[4:] and name not in sys.argv[4:]:
        continue
    seen = judge(name, hf, reference)
    bad = {k: v for k, v in seen.items() if isinstance(v, Trouble)}
    print(f"{name:16}", " ".join(f"{k}{'!' if k in bad else ''}" + (f"={v}" if isinstance(v, int) else "") for k, v in seen.items()), flush=True)
    for k, v in bad.items():
        print(f"    {k}: {v}", flush=True)
    failed += bool(bad)
print(f"{failed} models fail" if failed else "all models agree")
sys.exit(failed > 0)
