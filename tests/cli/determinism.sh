#!/usr/bin/env bash
# The same bytes for any number of threads and any set of kernels; reports too.
. "$(dirname "$0")/common.sh"

sets="ref"
for k in avx2 avx512 neon; do
  ROSETTA_KERNELS=$k "$ROSETTA" fingerprint "$adder" >/dev/null 2>&1 && sets="$sets $k"
done
n=0
for k in $sets; do
  for j in 1 2 7; do
    for how in "f.gguf --dtype f16" "b.apr" "s.safetensors --dtype f32"; do
      set -- $how
      out=$k-$j-$1
      ROSETTA_KERNELS=$k expect 0 "$ROSETTA" convert -j $j "$adder" -o "$out" ${2:+$2 $3}
      [ -f "first-$1" ] || cp "$out" "first-$1"
      same "$out" "first-$1"
      n=$((n + 1))
    done
    ROSETTA_KERNELS=$k "$ROSETTA" fingerprint -j $j "$adder" >print-$k-$j
    [ -f first-print ] || cp print-$k-$j first-print
    same print-$k-$j first-print
    ROSETTA_KERNELS=$k "$ROSETTA" diff --json -j $j "$adder" first-f.gguf >diff-$k-$j
    [ -f first-diff ] || cp diff-$k-$j first-diff
    same diff-$k-$j first-diff
  done
done
echo "$n files from kernels: $sets"
[ $n -ge 9 ] || fail "nothing was compared"
ROSETTA_KERNELS=nonsense expect 2 "$ROSETTA" fingerprint "$adder"
exit $bad
