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

# A dry run reads no values; and a recipe's types are no way back.
expect 0 "$ROSETTA" convert -n edited.gguf -t safetensors
says 'note .*value.unread: [0-9]+ tensors return' out
! grep -q value.kept out || fail "a dry run looked at values"
expect 0 "$ROSETTA" quantize edited.gguf edited.apr f16
! grep -q value.kept out || fail "what a recipe chose does not stay F32: $(grep value.kept out)"
# A row as long as a file is looked at in parts.
header='{"w":{"dtype":"BF16","shape":[33554432],"data_offsets":[0,67108864]}}   '
printf "\\x$(printf %02x ${#header})\\0\\0\\0\\0\\0\\0\\0%s" "$header" >long.safetensors
truncate -s $((8 + ${#header} + 67108864)) long.safetensors
expect 0 "$ROSETTA" convert long.safetensors -o long.gguf
in_little() { MALLOC_ARENA_MAX=1 bash -c 'ulimit -v 400000 && exec "$@"' - "$ROSETTA" "$@"; }
if in_little inspect long.gguf >/dev/null 2>&1; then    # a sanitizer's shadow is larger than that
  expect 0 in_little convert -j 4 long.gguf -o short.safetensors
fi
patch long.gguf $(($(offset_of w long.gguf) + 4 * 20000000)) '\001'
expect 0 "$ROSETTA" convert long.gguf -f -o short.safetensors
says 'value.kept +w: it was BF16 once, which element 20000000 no longer fits' out
rm -f long.* short.*

# The files beside a folder's weights go into a lone file, and out of it again; the first source keeps its name.
expect 0 "$ROSETTA" convert "$adder" -o one.safetensors
expect 0 "$ROSETTA" inspect one.safetensors
says '^family +qwen2' out
says '^files .*tokenizer.json' out
expect 0 "$ROSETTA" convert one.safetensors -o one.gguf
same one.gguf a.gguf
expect 0 "$ROSETTA" convert one.safetensors -o two.safetensors
same one.safetensors two.safetensors
for formats in st,gguf apr,st,gguf st,apr,gguf; do
  expect 0 "$ROSETTA" chain "$adder" $formats -f -o chain.gguf
  same chain.gguf a.gguf
done

# Nothing of a chain's way is in what it leaves, not even for a container that is written again exactly as it was.
expect 0 "$ROSETTA" convert --strip a.gguf -o foreign.gguf
expect 0 "$ROSETTA" convert foreign.gguf -t safetensors -o direct
expect 0 "$ROSETTA" chain foreign.gguf apr,gguf,st -o chained
diff -r direct chained >differs || fail "a chain leaves another folder than one conversion: $(cat differs)"
touch chained2.hop1.apr chained2.hop1.gguf
expect 0 "$ROSETTA" chain foreign.gguf apr,gguf,st -o chained2
[ "$(find . -name '*hop*' | wc -l)" = 2 ] || fail "a chain left $(find . -name '*hop*')"
# An existing target is refused before the first hop.
expect 2 "$ROSETTA" chain no-such-model apr,st -o chained
says 'chained/model.safetensors: the target exists' err

# Other types are another file: it says what it was made of, and comes back as it is.
sha=$(sha256sum <"$adder/model.safetensors" | cut -d' ' -f1)
expect 0 "$ROSETTA" convert --digest sha256 "$adder" -t safetensors --dtype f32 -o float
says "\"sha256\": \"$sha\"" float/rosetta.json
expect 0 "$ROSETTA" convert float -o float.gguf
expect 0 "$ROSETTA" convert float.gguf -t safetensors -o float-back
diff -r float float-back >differs || fail "float32 files come back otherwise: $(cat differs)"

# The folder that is current has a name.
copy_adder tiny-adder
(cd tiny-adder && "$ROSETTA" convert . -o ../here.gguf && "$ROSETTA" convert model.safetensors -o ../file.gguf) >out 2>&1 || fail "convert . : $(cat out)"
expect 0 "$ROSETTA" convert tiny-adder -o there.gguf
same here.gguf there.gguf
same file.gguf there.gguf

# F64: looked at, and not made narrower in passing.
double() { printf "\\x$(printf %02x ${#1})\\0\\0\\0\\0\\0\\0\\0%s" "$1"; }
header='{"w":{"dtype":"F64","shape":[2,2],"data_offsets":[0,32]}}       '
one='\0\0\0\0\0\0\xf0\x3f'
{ double "$header"; printf "$one$one$one$one"; } >double.safetensors
{ double "$header"; printf "$one$one$one\\0\\0\\0\\0\\0\\0\\xf8\\x7f"; } >nan.safetensors
for target in nan.gguf nan.apr nan2.safetensors; do
  expect 1 "$ROSETTA" convert nan.safetensors -o $target
  says 'data.nonfinite +w: element 3' out
  [ ! -e $target ] || fail "$target was left"
  expect 0 "$ROSETTA" convert nan.safetensors --allow-nonfinite -o $target
done
expect 1 "$ROSETTA" stats nan.safetensors
says '^w +min 1 +max 1 .*nan 1 inf 0' out
expect 1 "$ROSETTA" convert double.safetensors --dtype f32 -o double.gguf
says 'plan.dtype +w: F64' out
[ ! -e double.gguf ] || fail "double.gguf was left"
expect 0 "$ROSETTA" convert double.safetensors -o double.gguf

# A block whose scale is NaN, where blocks are copied.
expect 0 "$ROSETTA" quantize a.gguf blocks.gguf q8_0
patch blocks.gguf $(($(offset_of blk.1.ffn_up.weight blocks.gguf) + 34 * 5)) '\000\176'
for target in bad.gguf bad.apr bad.safetensors; do
  expect 1 "$ROSETTA" convert blocks.gguf -o $target
  says 'data.nonfinite +(blk.1.ffn_up|model.layers.1.mlp.up_proj).weight: element 160' out
  [ ! -e $target ] || fail "$target was left"
done
expect 1 "$ROSETTA" quantize blocks.gguf bad.gguf copy
exit $bad
