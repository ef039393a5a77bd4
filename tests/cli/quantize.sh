#!/usr/bin/env bash
# quantize and convert -q: straight equals by way of F32, from every format; sizes foretold; what is refused; the way back.
. "$(dirname "$0")/common.sh"
copy_adder adder
expect 0 "$ROSETTA" convert adder -o f32.gguf --dtype f32
expect 0 "$ROSETTA" convert adder -o a.apr
for type in q4_k_m q3_k_s q8_0 f16; do
  expect 0 "$ROSETTA" convert -q $type adder -o straight.gguf -f
  expect 0 "$ROSETTA" quantize f32.gguf around.gguf $type -f -j 1
  same straight.gguf around.gguf
  expect 0 "$ROSETTA" quantize --compat llama.cpp a.apr fromapr.gguf $type -f
  expect 0 "$ROSETTA" quantize --compat llama.cpp adder fromfolder.gguf $type -f
  same fromapr.gguf fromfolder.gguf
  foretold=$("$ROSETTA" quantize -n --json adder $type | sed -n 's/^  "bytes": \([0-9]*\),/\1/p')
  [ "$foretold" = "$(stat -c %s straight.gguf)" ] || fail "$type: $foretold bytes foretold, $(stat -c %s straight.gguf) written"
done
for type in q4_k_m q6_k; do
  expect 0 "$ROSETTA" quantize adder one.apr $type -f
  expect 0 "$ROSETTA" quantize a.apr two.apr $type -f
  expect 0 "$ROSETTA" verify one.apr two.apr
  expect 0 "$ROSETTA" derive adder one.apr
done
expect 0 "$ROSETTA" quantize f32.gguf s.apr q4_k_s
grep -q 'quantize.substituted' out || fail "a substitution was not named"
expect 0 "$ROSETTA" quantize --report --json -j 1 adder r1.gguf q4_k_m
cp out report1
expect 0 "$ROSETTA" quantize --report --json -j 3 adder r1.gguf q4_k_m -f
cmp -s report1 out || fail "the report depends on the number of threads"
grep -q '"snr_db"' report1 || fail "no quality in the report"

# Back, exactly: widening and quantizing again gives the same file.
expect 0 "$ROSETTA" convert straight.gguf -t safetensors --dtype f32 -o back
expect 0 "$ROSETTA" convert -q q8_0 adder -o q8.gguf
expect 0 "$ROSETTA" convert q8.gguf -t safetensors --dtype f32 -o wide
expect 0 "$ROSETTA" fingerprint q8.gguf
expect 0 "$ROSETTA" diff q8.gguf wide

# Refused, and nothing is left.
refused() { expect 2 "$ROSETTA" "$@"; ls no.* >/dev/null 2>&1 && fail "$*: left something behind"; }
refused quantize q8.gguf no.gguf q4_k_m
grep -q 'allow-requantize' err || fail "the way out is not named"
refused quantize f32.gguf no.gguf iq2_xxs
grep -q "blk.0.attn_k.weight.*importance" err || fail "the tensor is not named"
refused quantize adder no.apr q5_k_m
refused quantize adder no.gguf q9
refused quantize adder no.gguf q4_k_m --tensor-type 'x=q9'
refused quantize adder no.gguf q4_k_m --tensor-type '(=q8_0'
refused quantize adder no.gguf
refused convert -q q4_k_m adder -t safetensors -o no.folder
refused convert -q q4_k_m --dtype f16 adder -o no.gguf
# A weight beyond a block's half-precision scale; one that is no number. The last four bytes are the last weight.
last=$(($(stat -c %s f32.gguf) - 4))
for damage in '\xa5\xd4\x68\x53' '\x00\x00\xc0\x7f'; do
  cp f32.gguf damaged.gguf
  patch damaged.gguf $last "$damage"
  for type in q4_k_m q8_0 q3_k_m iq4_nl; do
    expect 1 "$ROSETTA" quantize damaged.gguf no.gguf $type
    says 'blk.1.ffn_down.weight: element ' out
    [ -e no.gguf ] && fail "$type: a file was left behind"
  done
done
expect 0 "$ROSETTA" quantize q8.gguf again.gguf q4_k_m --allow-requantize
exit $bad
