#!/usr/bin/env bash
# Was this quantized file made from those weights? No false alarm on any type that quantize makes, and every planted
# defect found and named.
. "$(dirname "$0")/common.sh"

# An importance matrix of the legacy form for the built-in model: one entry per matrix, weights that differ.
make_imatrix() {
  local names name n
  names=$("$ROSETTA" tensors f32.gguf --json | sed -n 's/.*"name": "\(blk.*weight\)".*/\1/p' | grep -v norm)
  count=$(wc -w <<<"$names")
  # i32 as four bytes, little endian
  i32() { printf "\\x$(printf %02x $(($1 & 255)))\\x$(printf %02x $(($1 >> 8 & 255)))\\x$(printf %02x $(($1 >> 16 & 255)))\\0"; }
  {
    i32 "$count"
    for name in $names; do
      n=256
      case $name in *ffn_down*) n=512 ;; esac
      i32 ${#name}
      printf %s "$name"
      i32 1
      i32 $n
      # 1, 2, 4, 0.5, 8 as float32, over and over
      for ((k = 0; k < n; k++)); do
        case $((k % 5)) in
        0) printf '\0\0\x80\x3f' ;; 1) printf '\0\0\0\x40' ;; 2) printf '\0\0\x80\x40' ;; 3) printf '\0\0\0\x3f' ;; *) printf '\0\0\0\x41' ;;
        esac
      done
    done
  } >imatrix.dat
}

expect 0 "$ROSETTA" convert "$adder" --dtype f32 -o f32.gguf
make_imatrix

made=0
for type in q4_0 q4_1 q5_0 q5_1 q8_0 q2_k q3_k_s q3_k_m q3_k_l q4_k_s q4_k_m q5_k_s q5_k_m q6_k iq4_nl iq4_xs iq3_s iq3_m tq1_0 tq2_0 f16 bf16; do
  expect 0 "$ROSETTA" quantize -f "$adder" q.gguf $type
  expect 0 "$ROSETTA" derive "$adder" q.gguf
  expect 0 "$ROSETTA" derive --reproduce --json "$adder" q.gguf
  ! grep -qE '"status": "(consistent|within_bound|not_derived)"' out || fail "$type: not reproduced"
  made=$((made + 1))
done
for type in q4_0 q4_1 q5_0 q5_1 q2_k q3_k_m q4_k_m q5_k_m q6_k iq4_nl iq4_xs iq3_xxs iq3_s iq2_xxs iq2_xs iq2_s iq2_m iq1_s iq1_m; do
  expect 0 "$ROSETTA" quantize -f --imatrix imatrix.dat "$adder" q.gguf $type
  expect 0 "$ROSETTA" derive "$adder" q.gguf
  expect 0 "$ROSETTA" derive --imatrix imatrix.dat --json "$adder" q.gguf
  ! grep -qE '"status": "(consistent|within_bound|not_derived)"' out || fail "$type with imatrix: not reproduced"
  made=$((made + 1))
done
echo "$made files, each derived and reproduced"

# Defects.
bytes_of() { "$ROSETTA" tensors --json "$2" | grep -A14 "\"name\": \"$1\"" | sed -n 's/.*"bytes": \([0-9]*\).*/\1/p' | head -n 1; }
flip() { local b; b=$(od -An -tu1 -j"$2" -N1 "$1" | tr -d ' '); patch "$1" "$2" "\\x$(printf %02x $((b ^ $3)))"; }
exchange() { # FILE OFFSET_A OFFSET_B BYTES
  dd if="$1" of=part.a bs=1 skip="$2" count="$4" status=none
  dd if="$1" of=part.b bs=1 skip="$3" count="$4" status=none
  dd if=part.a of="$1" bs=1 seek="$3" conv=notrunc status=none
  dd if=part.b of="$1" bs=1 seek="$2" conv=notrunc status=none
}
# caught WHAT REGEX: exit 1, and the finding says which.
caught() {
  expect 1 "$ROSETTA" derive "$adder" bad.gguf
  says "$2" out
}
q=blk.0.attn_q.weight k=blk.1.attn_q.weight
for type in q8_0 q4_k_m q6_k q4_0; do
  expect 0 "$ROSETTA" quantize -f --pure "$adder" good.gguf $type
  at=$(offset_of $q good.gguf) size=$(bytes_of $q good.gguf) other=$(offset_of $k good.gguf)
  [ "$size" = "$(bytes_of $k good.gguf)" ] || fail "$type: the two tensors differ in size"
  row=$((size / 256))
  cp good.gguf bad.gguf && flip bad.gguf $((at + 30)) 16 && caught "one nibble" "$q"
  cp good.gguf bad.gguf && flip bad.gguf $((at + $( [ $type = q6_k ] && echo 209 || echo 1))) 1 && caught "one scale" "$q"
  cp good.gguf bad.gguf && exchange bad.gguf "$at" $((at + row)) $row && caught "two rows" "$q"
  cp good.gguf bad.gguf && exchange bad.gguf "$at" "$other" "$size" && caught "two tensors" "$q"
done

# Another model: a neighbour, and random weights.
copy_adder neighbour
header=$(od -An -tu8 -N8 "$adder/model.safetensors" | tr -d ' ')
for type in q8_0 q4_k_m; do
  expect 0 "$ROSETTA" quantize -f "$adder" good.gguf $type
  head -c 200000 /dev/zero | tr '\0' '\01' | dd of=neighbour/model.safetensors bs=1000 seek=$((header / 1000 + 300)) conv=notrunc status=none
  expect 1 "$ROSETTA" derive neighbour good.gguf
  if [ -d "${ROSETTA_TEST_DATA:-}/models/adder-ft" ]; then
    expect 1 "$ROSETTA" derive "$ROSETTA_TEST_DATA/models/adder-ft" good.gguf
    mkdir -p ft && cp "$adder"/*.json "$adder"/merges.txt ft/ && cp "$ROSETTA_TEST_DATA/models/adder-ft/model.safetensors" ft/
    expect 0 "$ROSETTA" quantize -f ft ft.gguf $type
    expect 0 "$ROSETTA" derive ft ft.gguf
    expect 1 "$ROSETTA" derive "$adder" ft.gguf
  fi
done

# Grid types leave no code to judge: their scales tell another model all the same, whatever matrix was used and though it is gone.
# The tensors with the most rows are looked at; a note says which have too few.
"$ROSETTA_BUILD/tests/fixtures/scale_bf16" "$adder/model.safetensors" scaled.safetensors 1.01 || fail "scale_bf16"
copy_adder scaled && mv scaled.safetensors scaled/model.safetensors
# other_found MODEL TYPE: the file made of the built-in model is not MODEL's, and neither the other way round.
other_found() {
  expect 1 "$ROSETTA" derive --include 'blk.*.ffn_*.weight' "$1" good.gguf
  says 'not-derived +blk.0.ffn_up.weight: scales were not fitted to these weights' out
  says 'not-derived +blk.1.ffn_gate.weight: scales were not fitted to these weights' out
  expect 0 "$ROSETTA" quantize -f "${matrix[@]}" --pure --token-embedding-type q8_0 "$1" other.gguf "$2"
  expect 0 "$ROSETTA" derive "$1" other.gguf
  expect 1 "$ROSETTA" derive --include 'blk.*.ffn_*.weight' "$adder" other.gguf
  says 'not-derived +blk.0.ffn_up.weight: scales were not fitted to these weights' out
}
# So do the scales of the first block types where a matrix excuses their codes.
for type in q4_0 q4_1 q5_0 q5_1; do
  matrix=(--imatrix imatrix.dat)
  expect 0 "$ROSETTA" quantize -f "${matrix[@]}" --pure --token-embedding-type q8_0 "$adder" good.gguf $type
  expect 0 "$ROSETTA" derive "$adder" good.gguf
  expect 1 "$ROSETTA" derive --include 'blk.*.ffn_*.weight' scaled good.gguf
  says 'not-derived +blk.0.ffn_up.weight' out
done
for type in iq1_s iq1_m iq2_xxs iq2_xs iq2_m iq3_xxs iq3_s plain; do
  matrix=(--imatrix imatrix.dat) word=fit
  [ $type = plain ] && matrix=() type=iq3_s word=plain
  expect 0 "$ROSETTA" quantize -f "${matrix[@]}" --pure --token-embedding-type q8_0 "$adder" good.gguf $type
  expect 0 "$ROSETTA" derive --tensors "$adder" good.gguf
  [ $word = plain ] || says 'derive.weak +blk.0.attn_k.weight' out
  expect 0 "$ROSETTA" derive --json "$adder" good.gguf
  says "\"scales\": \"$word\"" out
  other_found scaled $type
  [ -d ft ] && other_found ft $type
  at=$(offset_of $q good.gguf) size=$(bytes_of $q good.gguf)
  cp good.gguf bad.gguf && exchange bad.gguf "$at" $((at + size / 256)) $((size / 256)) && caught "two rows" "$q"
  cp good.gguf bad.gguf && exchange bad.gguf "$at" "$(offset_of $k good.gguf)" "$size" && caught "two tensors" "$q"
done

# The chat template, edited inside the file: same length, other words.
expect 0 "$ROSETTA" quantize -f --strip "$adder" good.gguf q8_0
LC_ALL=C sed 's/im_start/im_stxrt/g' good.gguf >bad.gguf
cmp -s good.gguf bad.gguf && fail "no template to edit"
expect 1 "$ROSETTA" derive "$adder" bad.gguf
says 'chat_template' out
# A key that only one has counts where what readers take in its place is not the same.
expect 0 "$ROSETTA" quantize "$adder" bare.gguf q8_0 --strip
expect 0 "$ROSETTA" derive "$adder" bare.gguf
for edit in qwen2.rope.scaling.type=str:linear; do
  expect 0 "$ROSETTA" convert bare.gguf -f -o more.gguf --override-kv $edit
  expect 1 "$ROSETTA" derive "$adder" more.gguf
  says "finding derive.metadata-extra +${edit%%=*}" out
done
expect 0 "$ROSETTA" convert bare.gguf -f -o more.gguf --override-kv tokenizer.ggml.add_eos_token=bool:false
expect 0 "$ROSETTA" derive "$adder" more.gguf
exit $bad
