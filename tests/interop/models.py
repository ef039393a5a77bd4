"""The models with a reference GGUF, for the tests that read what we write with other programs."""
import glob, os, shutil

FAMILIES = """llama llama-tied llama-llama3 llama-linear llama-bias mistral mistral-full mixtral qwen2 qwen2-tied qwen2-yarn
gpt2 gemma2 gemma2-qscalar phi3 phi3-swa phi3-longrope""".split()


def models(data, scratch):
    """Rows (name, Hugging Face folder or None, the reference converter's GGUF) of what lies in DATA."""
    for name in FAMILIES:
        yield name, f"{data}/families/{name}/hf", f"{data}/families/{name}/model.gguf"
    for name in "tinystories-656k", "adder":
        folder = os.path.join(scratch, name + "-hf")    # the folder without what else lies there
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        for f in glob.glob(f"{data}/models/{name}/*"):
            if f.endswith((".json", ".txt", ".safetensors")) and os.path.basename(f) not in ("expected.json", "eval.txt"):
                shutil.copy(f, folder)
        yield name, folder, f"{data}/models/{name}/gguf/{name}-bf16.gguf"
    yield "stories260K", None, f"{data}/models/stories260K/stories260K.gguf"
