#!/bin/sh
# The real llama.cpp loads every GGUF that we write and chooses the same tokens as from the reference converter's.
set -eu
: "${srcdir:=.}"
. "$srcdir/tests/interop/peers.sh"
[ -d "$ROSETTA_TEST_DATA/families" ] || skip "no families in \$ROSETTA_TEST_DATA"
need numpy gguf xllamacpp
PYTHONDONTWRITEBYTECODE=1 "$python" "$srcdir/tests/interop/llama_cpp.py" "$ROSETTA" "$ROSETTA_TEST_DATA" "$scratch"
