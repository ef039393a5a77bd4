#!/usr/bin/env bash
# What a source holds is in the target, or the conversion says what is not and why.
. "$(dirname "$0")/common.sh"

expect 0 "$ROSETTA" convert "$adder" -o a.gguf

# A float32 that its origin's type cannot hold stays one; what fits goes back to it.
expect 0 "$ROSETTA" convert "$adder" --dtype f32 -o wide.gguf
expect 0 "$ROSETTA" convert wide.gguf -t safetensors -o back
same back/model.safetensors "$adder/model.safetensors"
for case in "a.gguf blk.0.attn_norm.weight model.layers.0.input_layernorm.weight" "wide.gguf blk.1.ffn_up.weight model.layers.1.mlp.up_proj.weight"; do
  read -r file tensor name <<<"$case"
  cp $file edited.gguf
  patch edited.gguf $(($(offset_of $tensor $file) + 4 * 7)) '\001'
  rm -rf edited
  expect 0 "$ROSETTA" convert edited.gguf -t safetensors -o edited
  says "note .*value.kept +$name: it was BF16 once, which element 7 no longer fits: it stays F32" out
  [ "$(grep -c value.kept out)" = 1 ] || fail "more tensors than $name stay F32"
  expect 0 "$ROSETTA" verify edited.gguf edited
  expect 1 "$ROSETTA" verify "$adder" edited
  rm -f again.gguf
  expect 0 "$ROSETTA" convert edited --dtype f32 -o again.gguf
  expect 0 "$ROSETTA" verify edited.gguf again.gguf
done
exit $bad
