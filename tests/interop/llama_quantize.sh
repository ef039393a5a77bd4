#!/usr/bin/env bash
# `rosetta quantize --compat llama.cpp` against a llama-quantize that is at hand ($LLAMA_QUANTIZE, or on the PATH; of 2026), whole
# files: every type on three models, two types on every family, and the options.
. "${srcdir:-.}/tests/interop/peers.sh"
tool=${LLAMA_QUANTIZE:-$(command -v llama-quantize || true)}
[ -x "$tool" ] || skip "no llama-quantize: set LLAMA_QUANTIZE or put it on the PATH"
"$tool" --help 2>&1 | grep -q -- --tensor-type-file || skip "$tool is older than the recipes that are compared"
[ -d "$ROSETTA_TEST_DATA/models" ] || skip "no models under ROSETTA_TEST_DATA"
same=0 bad=0 refused=0 unread=0

# compare IN TYPE [OPTION...]: both write, or both refuse.
compare() {
  local in=$1 type=$2 a=$scratch/a.gguf b=$scratch/b.gguf theirs ours
  shift 2
  rm -f "$a" "$b"
  "$tool" "$@" "$in" "$a" "$type" 2 >"$scratch/theirs" 2>&1; theirs=$?
  "$ROSETTA" quantize --quiet --compat llama.cpp --jobs 2 "$@" "$in" "$b" "$type" >"$scratch/ours" 2>&1; ours=$?
  if [ $theirs != 0 ] && [ $ours != 0 ]; then
    refused=$((refused + 1))
  elif [ $theirs = 0 ] && [ $ours = 0 ] && cmp -s "$a" "$b"; then
    same=$((same + 1))
  elif grep -q 'key not found in model\|unknown model architecture' "$scratch/theirs"; then
    unread=$((unread + 1))   # its loader wants more than quantizing needs
  else
    bad=$((bad + 1)); echo "${in#"$ROSETTA_TEST_DATA"/} $type $*: exit $theirs and $ours"; tail -n 2 "$scratch/ours"
  fi
}

models=$ROSETTA_TEST_DATA/models
for in in "$models/adder/gguf/adder-bf16.gguf" "$models/tinystories-656k/gguf/tinystories-656k-f16.gguf" "$models/stories260K/gguf/stories260K-f16.gguf"; do
  for type in F32 F16 BF16 Q4_0 Q4_1 Q5_0 Q5_1 Q8_0 Q2_K Q3_K_S Q3_K_M Q3_K_L Q4_K_S Q4_K_M Q5_K_S Q5_K_M Q6_K IQ3_S IQ3_M IQ4_NL IQ4_XS \
    TQ1_0 TQ2_0 MXFP4_MOE Q2_0 COPY 15; do
    compare "$in" "$type"
  done
done
for in in "$ROSETTA_TEST_DATA"/families/*/model.gguf; do
  [ -f "$in" ] || continue
  compare "$in" Q4_K_M
  compare "$in" Q3_K_S
done
in=$models/adder/gguf/adder-bf16.gguf
compare "$in" Q4_K_M --pure
compare "$in" Q5_K_M --leave-output-tensor
compare "$in" Q4_K_M --token-embedding-type q5_0
compare "$in" Q4_0 --output-tensor-type q8_0
compare "$in" Q4_K_M --tensor-type attn_v=q8_0 --tensor-type 'ffn_(up|gate)=iq4_nl'
compare "$in" Q4_K_M --tensor-type 'blk\.\d\.ffn_down=q5_k'
compare "$in" Q4_0 --override-kv general.name=str:other
compare "$models/adder/gguf/adder-q8_0.gguf" Q4_K_M
compare "$models/adder/gguf/adder-q8_0.gguf" Q4_K_M --allow-requantize
compare "$in" IQ2_XXS
compare "$in" Q2_K_S
compare "$in" IQ1_S
echo "$same files equal llama-quantize's, $refused refused by both, $unread not read by it, $bad differ"
[ "$bad" = 0 ] && [ "$same" -ge 80 ]
