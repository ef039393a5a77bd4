#!/bin/sh
# A folder written from a GGUF's own keys opens in transformers and tokenises as the GGUF's source does. $ROSETTA_PYTHON
# may name a Python that has transformers and sentencepiece; otherwise peers.sh looks for one.
set -eu
: "${ROSETTA_BUILD:=.}" "${ROSETTA_TEST_DATA:=}" "${srcdir:=.}"
files=$ROSETTA_BUILD/tests/interop/hub_files

[ -d "$ROSETTA_TEST_DATA/families" ] || { echo "skipped: no families in \$ROSETTA_TEST_DATA"; exit 77; }
python=${ROSETTA_PYTHON:-}
if [ -z "$python" ] || ! "$python" -c 'import transformers, sentencepiece' 2> /dev/null; then
	. "$srcdir/tests/interop/peers.sh"
	need transformers sentencepiece
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/tokenizer-hf.XXXXXX")
trap 'rm -rf "$work" ${scratch:+"$scratch"}' EXIT

for name in deepseek-coder deepseek-llm falcon gpt-2 llama-spm mpt phi-3 refact starcoder; do
	"$files" "$ROSETTA_TEST_DATA/tokenizers/llama.cpp/ggml-vocab-$name.gguf" "$work/vocab-$name"
done
for name in llama llama-llama3 mistral mixtral qwen2 gpt2 gemma2 phi3 phi3-longrope; do
	"$files" "$ROSETTA_TEST_DATA/families/$name/model.gguf" "$work/family-$name"
done
"$files" "$ROSETTA_TEST_DATA/models/stories260K/stories260K.gguf" "$work/stories260K"
"$python" "$srcdir/tests/interop/tokenizer_hf.py" "$ROSETTA_TEST_DATA" "$work"
