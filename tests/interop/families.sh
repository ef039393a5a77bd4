#!/bin/sh
# The ways between the three formats for every family that has a reference GGUF: the reference converter's tensors and
# metadata, every byte back, the same file whatever the way.
set -eu
: "${srcdir:=.}"
. "$srcdir/tests/interop/peers.sh"
[ -d "$ROSETTA_TEST_DATA/families" ] || skip "no families in \$ROSETTA_TEST_DATA"
need numpy gguf
PYTHONDONTWRITEBYTECODE=1 "$python" "$srcdir/tests/interop/families.py" "$ROSETTA" "$ROSETTA_TEST_DATA" "$scratch"
