#!/bin/sh
# The packages safetensors and transformers open what we write: every tensor with its type and shape, the configuration,
# the tokenizer, and where transformers has the class, the model, which chooses the same tokens.
set -eu
: "${srcdir:=.}"
. "$srcdir/tests/interop/peers.sh"
[ -d "$ROSETTA_TEST_DATA/families" ] || skip "no families in \$ROSETTA_TEST_DATA"
need numpy safetensors transformers sentencepiece
PYTHONDONTWRITEBYTECODE=1 "$python" "$srcdir/tests/interop/safetensors_py.py" "$ROSETTA" "$ROSETTA_TEST_DATA" "$scratch"
