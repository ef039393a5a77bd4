"""The packages safetensors and transformers read what we write.

safetensors_py.py ROSETTA DATA SCRATCH [MODEL...]: for each model the folder that came back from our GGUF, the folder made of a
foreign GGUF's own keys, and a lone file.
"""
import glob, json, os, subprocess, sys, warnings

os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
warnings.simplefilter("ignore")

from safetensors import safe_open
import transformers

from models import models

rosetta, data, scratch = sys.argv[1:4]


def convert(source, target, *options):
    subprocess.run([rosetta, "convert", source, target, "--force", *options], check=True, capture_output=True)
    return target


def stored(path):
    """{name: (type, shape)} as the package reads it, of a folder or a file (families.py compares the bytes)."""
    seen = {}
    for f in sorted(glob.glob(path + "/*.safetensors")) if os.path.isdir(path) else [path]:
        with safe_open(f, framework="numpy") as s:
            for name in s.keys():
                part = s.get_slice(name)
                seen[name] = part.get_dtype(), part.get_shape()
    return seen


def texts_of(reference):
    """Texts to tokenise, from what lies beside the reference."""
    name = os.path.join(os.path.dirname(reference), "reference.json")
    if os.path.exists(name):
        return [c["text"] for c in json.load(open(name)).get("tokenizer", {}).get("cases", [])]
    return ["Once upon a time, there was a little girl named Lily.", "17+25=42", "  two  spaces\n"]


def tokens(path, texts):
    t = transformers.AutoTokenizer.from_pretrained(path)
    return [t(text)["input_ids"] for text in texts]


def check(what, ok):
    if not ok:
        raise AssertionError(what)


def judge(name, hf, reference):
    work = os.path.join(scratch, name)
    texts = texts_of(reference)
    seen = []
    if hf:
        a = convert(hf, work + ".gguf")
        back = convert(a, work + "-back", "-t", "safetensors")
        check("the tensors of the folder that came back", stored(back) == stored(hf))
        config, origin = (transformers.AutoConfig.from_pretrained(p).to_dict() for p in (back, hf))
        config.pop("_name_or_path", None), origin.pop("_name_or_path", None)
        check("its configuration", config == origin)
        check("its tokens", tokens(back, texts) == tokens(hf, texts))
        lone = convert(a, work + ".safetensors")
        check("the tensors of the lone file", stored(lone) == stored(hf))
        seen.append("back")
    foreign = convert(reference, work + "-foreign", "-t", "safetensors")
    config = transformers.AutoConfig.from_pretrained(foreign)
    count = len(stored(foreign))
    check("tensors of the foreign folder", count > 0)
    if hf:
        origin = transformers.AutoConfig.from_pretrained(hf)
        for key in ("model_type", "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads",
                    "intermediate_size", "max_position_embeddings", "rope_theta", "rms_norm_eps"):
            x, y = getattr(origin, key, None), getattr(config, key, None)
            if (x, y) == ("mistral", "llama"):      # a GGUF calls both llama
                continue
            check(f"{key} of the foreign folder: {x} and {y}", x == y or (isinstance(x, float) and abs(x - y) < 1e-6 * abs(x)))
        if not os.path.exists(foreign + "/tokenizer.model"):    # those follow llama.cpp in leading blanks: tokenizer_hf.sh
            check("tokens of the foreign folder", tokens(foreign, texts) == tokens(hf, texts))
    else:
        tokens(foreign, texts)
    seen.append(f"foreign, {count} tensors, {len(texts)} texts")
    return ", ".join(seen)


failed = 0
for name, hf, reference in models(data, scratch):
    if sys.argv[4:] and name not in sys.argv[4:]:
        continue
    try:
        print(f"{name:16} {judge(name, hf, reference)}", flush=True)
    except Exception as e:
        failed += 1
        print(f"{name:16} FAIL {type(e).__name__}: {str(e)[:300]}", flush=True)
print(f"{failed} models fail" if failed else "every folder opens")
sys.exit(failed > 0)
