"""What llama.cpp (the package xllamacpp) says of the GGUFs that we write.

llama_cpp.py ROSETTA DATA SCRATCH [MODEL...]   the test: every model's prompts, greedily, from our file and from the reference
llama_cpp.py --says MODEL.gguf PROMPTS.json N  one line per prompt (a list of ids, or a text): the ids that follow
Talks to nothing but the loopback address that it opens itself.
"""
import json, os, subprocess, sys, urllib.request


def says(path, prompts, n):
    out = os.dup(1)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1), os.dup2(null, 2)      # llama.cpp talks a lot
    import xllamacpp
    p = xllamacpp.CommonParams()
    p.model.path, p.n_ctx, p.n_parallel, p.warmup, p.n_gpu_layers = path, 512, 1, False, 0
    server = xllamacpp.Server(p)
    for prompt in json.load(open(prompts)):
        ask = {"prompt": prompt, "n_predict": n, "temperature": 0, "ignore_eos": True, "return_tokens": True, "cache_prompt": False}
        request = urllib.request.Request(server.listening_address + "/completion", json.dumps(ask).encode(), {"Content-Type": "application/json"})
        os.write(out, (json.dumps(json.load(urllib.request.urlopen(request, timeout=300))["tokens"]) + "\n").encode())
    os._exit(0)


if sys.argv[1] == "--says":
    says(sys.argv[2], sys.argv[3], int(sys.argv[4]))

import gguf
from models import models

rosetta, data, scratch = sys.argv[1:4]
TOKENS = 16


def ask(path, prompts):
    """The ids after each prompt, or what went wrong."""
    name = os.path.join(scratch, "prompts.json")
    json.dump(prompts, open(name, "w"))
    r = subprocess.run([sys.executable, __file__, "--says", path, name, str(TOKENS)], capture_output=True, text=True, timeout=600)
    said = [json.loads(line) for line in r.stdout.splitlines()]
    return said if r.returncode == 0 and len(said) == len(prompts) else f"llama.cpp refuses {os.path.basename(path)} or stops (exit {r.returncode})"


def prompts_of(reference):
    """The prompts that lie beside a reference file."""
    folder = os.path.dirname(reference)
    if os.path.exists(folder + "/reference.json"):
        return [p["ids"] for p in json.load(open(folder + "/reference.json"))["prompts"]]
    for name in folder + "/expected.json", os.path.dirname(folder) + "/expected.json":
        if os.path.exists(name):
            j = json.load(open(name))
            return [p["prompt"] for p in j.get("run_c", j.get("prompts"))][:6]
    return ["Once upon a time"]


def matrix_type(path):
    """The type the reference converter was asked for: that of the layers' matrices."""
    return next(t.tensor_type.name.lower() for t in gguf.GGUFReader(path).tensors if t.name.startswith("blk.") and t.name.endswith("attn_output.weight"))


def ways(name, folder, reference):
    """Our GGUFs: from the folder, and the reference by way of a folder and of APR."""
    steps = []
    if folder:
        steps.append([("from-folder.gguf", folder, "--dtype", matrix_type(reference))])
    else:
        steps.append([("there", reference, "-t", "safetensors"), ("back.gguf", "there")])
        steps.append([("there.apr", reference), ("back2.gguf", "there.apr")])
    for way in steps:
        for target, source, *options in way:
            at = lambda f: f if os.path.exists(f) else os.path.join(scratch, name + "-" + f)
            subprocess.run([rosetta, "convert", at(source), os.path.join(scratch, name + "-" + target), *options], check=True, capture_output=True)
        yield os.path.join(scratch, name + "-" + way[-1][0])


failed = 0
for name, folder, reference in models(data, scratch):
    if sys.argv[4:] and name not in sys.argv[4:]:
        continue
    prompts = prompts_of(reference)
    want = ask(reference, prompts)
    for path in ways(name, folder, reference):
        got = ask(path, prompts)
        ok = isinstance(want, list) and got == want
        failed += not ok
        print(f"{name:16} {os.path.basename(path):32} {len(prompts)} prompts, {sum(map(len, got)) if ok else 0} tokens {'equal' if ok else 'DIFFER'}"
              + ("" if ok else f": {got if isinstance(got, str) else want if isinstance(want, str) else 'other tokens'}"), flush=True)

# The comparison can fail: a GGUF whose Q and K rows lie otherwise speaks otherwise.
if not sys.argv[4:]:
    name, folder, reference = next(models(data, scratch))
    spoiled = bytearray(open(reference, "rb").read())
    t = next(t for t in gguf.GGUFReader(reference).tensors if t.name == "blk.0.attn_q.weight")
    half = t.n_bytes // 2
    spoiled[t.data_offset:t.data_offset + t.n_bytes] = spoiled[t.data_offset + half:t.data_offset + t.n_bytes] + spoiled[t.data_offset:t.data_offset + half]
    path = os.path.join(scratch, "spoiled.gguf")
    open(path, "wb").write(spoiled)
    if ask(path, prompts_of(reference)) == ask(reference, prompts_of(reference)):
        sys.exit("FAIL: a spoiled model goes unseen")
print(f"{failed} files differ" if failed else "llama.cpp chooses the same tokens everywhere")
sys.exit(failed > 0)
