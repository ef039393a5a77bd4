#!/usr/bin/env bash
# Every block type, block for block, against ggml's own functions.
. "${srcdir:-.}/tests/interop/peers.sh"
need numpy gguf xllamacpp
PYTHONDONTWRITEBYTECODE=1 "$python" "$srcdir/tests/interop/ggml.py" "$ROSETTA" "$scratch"
