#!/usr/bin/env bash
# A file written anew in its own format and types is the same bytes, whatever its family's contract says of it: a vocabulary without
# tensors, an adapter without layers. And every GGUF of $ROSETTA_TEST_DATA.
. "$(dirname "$0")/common.sh"

str() { printf "\\x$(printf %02x ${#1})\\0\\0\\0\\0\\0\\0\\0%s" "$1"; }
kv() { str "$1"; printf '\10\0\0\0'; str "$2"; }
# gguf TENSORS KEYS(octal): the head of a file
gguf() { printf "GGUF\\3\\0\\0\\0\\$1\\0\\0\\0\\0\\0\\0\\0\\$2\\0\\0\\0\\0\\0\\0\\0"; }

{
  gguf 2 3; kv general.architecture llama; kv general.type adapter; kv adapter.type lora
  str blk.0.attn_q.weight.lora_a; printf '\2\0\0\0\10\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
  str blk.0.attn_q.weight.lora_b; printf '\2\0\0\0\4\0\0\0\0\0\0\0\10\0\0\0\0\0\0\0\0\0\0\0\200\0\0\0\0\0\0\0'
} >lora.gguf
truncate -s %32 lora.gguf
printf 'abcdefgh%.0s' {1..32} >>lora.gguf
{ gguf 0 2; kv general.architecture llama; kv tokenizer.ggml.model none; } >vocab.gguf      # as gguf-py leaves it
cp vocab.gguf padded.gguf
truncate -s %32 padded.gguf                                                                 # as ggml does

for f in lora vocab padded; do
  expect 0 "$ROSETTA" convert $f.gguf -o again-$f.gguf
  same $f.gguf again-$f.gguf
  says 'note +source.partial' out
  expect 1 "$ROSETTA" convert $f.gguf -o other.apr
  says 'only rewritten' out
  [ ! -e other.apr ] || fail "$f.gguf: no model, and yet an APR"
done
for verb in verify diff; do
  expect 0 "$ROSETTA" $verb lora.gguf again-lora.gguf
  says 'note +source.partial' out
  expect 2 "$ROSETTA" $verb vocab.gguf again-vocab.gguf   # comparing nothing is no proof
done
expect 0 "$ROSETTA" fingerprint lora.gguf
says 'note +plan.unknown-family' out
expect 1 "$ROSETTA" convert lora.gguf -o half.gguf --dtype f16
expect 2 "$ROSETTA" convert vocab.gguf -o none.gguf --include 'blk.*'

# --preserve: the same bytes, or a word about what is not. NAME, the rule that says so ('': the same)
cp lora.gguf v2.gguf; patch v2.gguf 4 '\2'
cp lora.gguf pad.gguf; patch pad.gguf $(($(stat -c %s pad.gguf) - 257)) '\7'
cp lora.gguf trail.gguf; printf xyz >>trail.gguf
expect 0 "$ROSETTA" convert "$adder" -o good.apr
cp good.apr no-footer.apr; truncate -s -4 no-footer.apr
expect 0 "$ROSETTA" convert good.apr -o packed.apr --compress lz4
while read -r f rule; do
  expect 0 "$ROSETTA" convert $f -o "kept-$f" --preserve
  if [ -n "$rule" ]; then says "note +$rule" out; else same $f "kept-$f"; ! grep preserve out || fail "$f is the same and yet"; fi
done <<'ROWS'
lora.gguf
v2.gguf
pad.gguf preserve.header
trail.gguf preserve.size
good.apr
no-footer.apr
packed.apr preserve.compression
ROWS
expect 0 "$ROSETTA" convert no-footer.apr -o footed.apr --preserve --compress zstd
expect 0 "$ROSETTA" convert good.apr -o other.gguf --preserve
says 'note +preserve.format' out

# mutants are broken on purpose, and gguf-cases hold what no writer makes.
count=0
while IFS= read -r f; do
  expect 0 "$ROSETTA" convert "$f" -o again.gguf --force
  same "$f" again.gguf
  count=$((count + 1))
done < <([ ! -d "${ROSETTA_TEST_DATA:-}" ] || find "$ROSETTA_TEST_DATA" -name '*.gguf' ! -path '*/gguf-cases/*' ! -path '*/mutants/*' | sort)
[ ! -d "${ROSETTA_TEST_DATA:-}" ] || [ $count -gt 90 ] || fail "only $count files"

exit $bad
