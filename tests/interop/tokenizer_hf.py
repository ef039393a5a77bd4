"""tokenizer_hf.py DATA FOLDERS: do transformers, tokenizers and sentencepiece read what we wrote, and cut text the same?

FOLDERS holds a folder for each GGUF, named after it (the .sh beside this wrote them). The right ids: llama.cpp's test vectors, which Hugging
Face's own tokenizers made; for the small families the ids of the folder that the GGUF was made from; for SentencePiece
vocabularies the sentencepiece library on our tokenizer.model. Exit 77 where a package is missing.
"""
import os
import sys

try:
    os.environ["TRANSFORMERS_VERBOSITY"] = "error"
    import sentencepiece
    from transformers import AutoConfig, AutoTokenizer, PreTrainedTokenizerFast
except ImportError as e:
    print("skipped:", e)
    sys.exit(77)

data, folders = sys.argv[1:3]
TEXTS = ["Once upon a time, there was a little girl.", "Hello  world!\n\n It's 12345 d\u00e9j\u00e0 vu \U0001f999 \u4f60\u597d", " leading",
         "tab\there   spaces", "x", "12+34="]
bad = checked = 0


def same(what, text, got, want):
    global bad, checked
    checked += 1
    if got != want:
        bad += 1
        print(f"FAIL {what}: {text!r}: {got} is not {want}")


def vectors(name):
    stem = f"{data}/tokenizers/llama.cpp/ggml-vocab-{name}.gguf"
    ours = PreTrainedTokenizerFast(tokenizer_file=f"{folders}/vocab-{name}/tokenizer.json")
    texts = open(stem + ".inp", newline="", encoding="utf-8").read().split("\n__ggml_vocab_test__\n")
    ids = open(stem + ".out").read().split("\n")
    for text, line in zip(texts, ids):
        same(name, text, ours.encode(text, add_special_tokens=False), [int(i) for i in line.split()])


def pieces(folder):
    model = sentencepiece.SentencePieceProcessor()
    model.LoadFromFile(f"{folder}/tokenizer.model")
    ours = AutoTokenizer.from_pretrained(folder)
    for text in TEXTS:
        same(folder, text, ours(text, add_special_tokens=False)["input_ids"], model.EncodeAsIds(text))


def family(name, source):
    folder = f"{folders}/{name}"
    config, origin = AutoConfig.from_pretrained(folder), AutoConfig.from_pretrained(source)
    for key in ("hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size"):
        same(name, key, getattr(config, key), getattr(origin, key))
    if os.path.exists(f"{folder}/tokenizer.model"):
        pieces(folder)
        return
    ours, theirs = AutoTokenizer.from_pretrained(folder), AutoTokenizer.from_pretrained(source)
    for text in TEXTS:
        same(name, text, ours(text)["input_ids"], theirs(text)["input_ids"])
        same(name, text, ours.decode(ours(text)["input_ids"]), theirs.decode(theirs(text)["input_ids"]))


for entry in sorted(os.listdir(folders)):
    if entry.startswith("vocab-"):
        vectors(entry[6:])
    elif entry.startswith("family-"):
        os.rename(f"{folders}/{entry}", f"{folders}/{entry[7:]}")
        family(entry[7:], f"{data}/families/{entry[7:]}/hf")
    else:
        pieces(f"{folders}/{entry}")
print(f"{checked} checked, {bad} wrong")
sys.exit(1 if bad or not checked else 0)
