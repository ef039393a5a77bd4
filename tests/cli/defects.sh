#!/usr/bin/env bash
# Every check has a planted defect that it must catch, naming where.
. "$(dirname "$0")/common.sh"

expect 0 "$ROSETTA" convert "$adder" -o a.gguf
expect 0 "$ROSETTA" convert "$adder" -o a.apr
header=$(od -An -tu8 -N8 "$adder/model.safetensors" | tr -d ' ')
data=$((8 + header))

# One bit of one weight.
cp a.gguf bit.gguf
size=$(stat -c %s bit.gguf)
patch bit.gguf $((size / 2)) '\x55'
expect 1 "$ROSETTA" verify "$adder" bit.gguf
says 'finding .*weight' out
expect 1 "$ROSETTA" diff "$adder" bit.gguf
expect 0 "$ROSETTA" fingerprint "$adder" -o sums
expect 1 "$ROSETTA" fingerprint bit.gguf --check sums
expect 0 "$ROSETTA" fingerprint a.gguf --check sums
(cd "$adder" && sha256sum -c --quiet - <"$scratch/sums") 2>/dev/null || (cd "$adder" && sed "s#  .*/#  #" "$scratch/sums" | sha256sum -c --quiet -) || fail "sha256sum does not accept the manifest"

# NaN and Inf stop a conversion, leave nothing, and can be let through.
copy_adder nan
patch nan/model.safetensors $((data + 100)) '\xc0\x7f'
expect 1 "$ROSETTA" convert nan -o nan.gguf
says 'NaN|finite' out
[ ! -e nan.gguf ] || fail "nan.gguf was left"
expect 0 "$ROSETTA" convert nan --allow-nonfinite -o nan.gguf
says 'NaN|finite' out

# Too large for F16.
copy_adder large
patch large/model.safetensors $((data + 100)) '\x80\x7e'
expect 1 "$ROSETTA" convert large --dtype f16 -o large.gguf
[ ! -e large.gguf ] || fail "large.gguf was left"
expect 0 "$ROSETTA" convert large --dtype f16 --allow-overflow --allow-nonfinite -o large.gguf

# Configuration and weights that contradict each other.
copy_adder layers
sed -i 's/"num_hidden_layers": 2/"num_hidden_layers": 3/' layers/config.json
expect 1 "$ROSETTA" convert layers -o layers.gguf
copy_adder width
sed -i 's/"intermediate_size": 512/"intermediate_size": 513/' width/config.json
cmp -s width/config.json "$adder/config.json" || { expect 1 "$ROSETTA" convert width -o width.gguf; [ ! -e width.gguf ] || fail "width.gguf was left"; }

# A configuration that makes another model of the same weights, in what the target cannot say.
copy_adder words
sed -i 's/"hidden_act": "silu"/"hidden_act": "relu"/' words/config.json
expect 1 "$ROSETTA" convert words -o words.gguf
says 'finding contract.fixed-word  hidden_act: .relu. found, .*silu' out
[ ! -e words.gguf ] || fail "words.gguf was left"
for kind in longrope llama3 dynamic; do
  copy_adder $kind
  sed -i "1s/{/{ \"rope_scaling\": { \"rope_type\": \"$kind\", \"factor\": 2.0 },/; /\"rope_scaling\": null/d" $kind/config.json
  expect $([ $kind = dynamic ]; echo $?) "$ROSETTA" convert $kind -o $kind.gguf
  says "contract.rope-scaling  rope_scaling: .$kind. found" out
  expect 0 "$ROSETTA" convert $kind -o $kind.apr
done
# A layer too many is one whatever the target, and a contradiction of two names for the architecture.
copy_adder layersless
sed -i 's/"num_hidden_layers": 2/"num_hidden_layers": 1/' layersless/config.json
copy_adder archmix
sed -i 's/"model_type": "qwen2"/"model_type": "llama"/' archmix/config.json
for target in never.gguf never.apr never.safetensors never; do
  expect 1 "$ROSETTA" convert layersless -o $target $([ $target = never ] && echo -t st)
  says 'plan.unknown-tensor +model.layers.1' out
  expect 1 "$ROSETTA" convert archmix -o $target $([ $target = never ] && echo -t st)
  says "architectures says 'Qwen2ForCausalLM' .*model_type 'llama'" out
  [ ! -e $target ] || fail "$target was left"
done
# Said, but no reason to stop: a merge of texts that are no tokens, an output matrix that the configuration promises.
copy_adder odd
sed -i '0,/"merges": \[/s//"merges": [\n      [ "QQQ", "ZZZ" ],/' odd/tokenizer.json
sed -i 's/"tie_word_embeddings": true/"tie_word_embeddings": false/' odd/config.json
expect 0 "$ROSETTA" convert odd -o odd.gguf
says 'note .*vocab.merge-unknown +QQQ ZZZ: 1 of [0-9]+ merges .* merge 0' out
says 'note .*contract.untied-output +lm_head.weight' out

# A vocabulary that the embedding has no rows for.
copy_adder vocab
sed -i 's/"id": 3[0-9][0-9],/"id": 9999,/' vocab/tokenizer.json
if ! cmp -s vocab/tokenizer.json "$adder/tokenizer.json"; then
  expect 1 "$ROSETTA" convert vocab -o vocab.gguf
  says 'vocab' out
  [ ! -e vocab.gguf ] || fail "vocab.gguf was left"
  expect 1 "$ROSETTA" convert vocab -t st -o vocab-too
  says 'vocab' out
  [ ! -e vocab-too ] || fail "vocab-too was left"
else
  fail "no added token to damage"
fi

# Checksums of APR.
cp a.apr crc.apr
patch crc.apr $(($(stat -c %s crc.apr) / 2)) '\x55'
expect 2 "$ROSETTA" inspect crc.apr || true
expect 2 "$ROSETTA" convert crc.apr -o crc.gguf
says 'CRC|checksum' err
# Truncated.
head -c $((size - 100)) a.gguf >short.gguf
expect 2 "$ROSETTA" convert short.gguf -o short.apr
[ ! -e short.apr ] || fail "short.apr was left"

# Nothing compared is a failure.
expect 2 "$ROSETTA" verify --include 'no such tensor' "$adder" a.gguf || true
# A fine-tuned sibling is another model.
copy_adder sibling
patch sibling/model.safetensors $((data + 2000)) '\x01\x02\x03\x04\x05\x06'
expect 1 "$ROSETTA" verify sibling a.gguf
expect 1 "$ROSETTA" derive sibling a.gguf
# A tensor that only one has.
expect 0 "$ROSETTA" convert "$adder" -t safetensors -o fewer --exclude '*layers.1.mlp.up_proj.weight'
for verb in verify diff; do
  expect 1 "$ROSETTA" $verb "$adder" fewer
  says 'compare.missing.*layers.1.mlp.up_proj.weight' out
  expect 1 "$ROSETTA" $verb fewer "$adder"
  says 'compare.extra.*layers.1.mlp.up_proj.weight' out
done
# A chat template that only one has is told by every verb, whichever has it.
copy_adder untold
sed -i 's/"chat_template"/"not_the_template"/' untold/tokenizer_config.json
expect 0 "$ROSETTA" convert untold -o untold.gguf
for verb in verify diff; do
  for pair in "a.gguf untold.gguf" "untold.gguf a.gguf"; do
    # shellcheck disable=SC2086
    expect 1 "$ROSETTA" $verb $pair
    says 'finding.*chat_template' out
  done
done
for pair in "$adder untold.gguf" "untold a.gguf"; do
  # shellcheck disable=SC2086
  expect 1 "$ROSETTA" derive $pair
  says 'finding.*chat_template' out
done
# A container that carries files says its vocabulary twice: where the two differ, whichever was changed, nobody gets either.
for edit in tokenizer.chat_template=str:xx tokenizer.ggml.eos_token_id=u32:5 tokenizer.ggml.add_bos_token=bool:true tokenizer.ggml.pre=str:default; do
  expect 0 "$ROSETTA" convert a.gguf -f -o edited.gguf --override-kv $edit
  expect 1 "$ROSETTA" convert edited.gguf -t safetensors -o never
  says "${edit%%=*}.*the carried files say" out
  [ ! -e never ] || fail "an output after a contradiction"
  expect 1 "$ROSETTA" convert edited.gguf -o never.apr
  expect 1 "$ROSETTA" verify a.gguf edited.gguf
  expect 1 "$ROSETTA" verify edited.gguf a.gguf
  expect 0 "$ROSETTA" inspect edited.gguf
  says "contract: ${edit%%=*}" out
done
# Whoever edited the container's own keys can say that they count: in every format, and once and for all.
expect 0 "$ROSETTA" convert a.gguf -f -o edited.gguf --override-kv tokenizer.chat_template=str:mine
for target in own.gguf own.apr own; do
  expect 0 "$ROSETTA" convert edited.gguf --own-metadata -o $target $([ $target = own ] && echo -t st)
  expect 0 "$ROSETTA" convert $target -f -o from-own.gguf
  expect 0 "$ROSETTA" inspect --json from-own.gguf
  says '"mine"' out
  grep -q im_start out && fail "$target still has the template that was replaced"
  expect 0 "$ROSETTA" verify own.gguf $target
done
says 'chat_template.*mine' own/tokenizer_config.json
sed 's/"hat": 271/"haX": 271/' a.gguf >edited.gguf              # the carried tokenizer.json
cmp -s a.gguf edited.gguf && fail "no token to change"
expect 1 "$ROSETTA" convert edited.gguf -t safetensors -o never
says "tokenizer.ggml.tokens.271.: the carried files say 'haX'.*'hat'" out
expect 1 "$ROSETTA" verify a.gguf edited.gguf
# Another key that only one has: a difference, but what a conversion may leave out.
expect 0 "$ROSETTA" convert "$adder" -o keyed.gguf --override-kv tokenizer.ggml.mask_token_id=u32:3
expect 1 "$ROSETTA" diff a.gguf keyed.gguf
expect 0 "$ROSETTA" verify a.gguf keyed.gguf
# Another name of the same pre-tokenizer, and a switch that says what its absence says, are no difference; another cut and
# another switch are.
for same in pre=str:deepseek-r1-qwen add_eos_token=bool:false add_sep_token=bool:false; do
  expect 0 "$ROSETTA" convert -f a.gguf -o keyed.gguf --override-kv tokenizer.ggml.$same
  expect 0 "$ROSETTA" diff a.gguf keyed.gguf
  expect 0 "$ROSETTA" diff keyed.gguf a.gguf
  expect 0 "$ROSETTA" verify a.gguf keyed.gguf
done
for other in pre=str:gpt-2 pre=str:no-such add_eos_token=bool:true; do
  expect 0 "$ROSETTA" convert -f a.gguf -o keyed.gguf --override-kv tokenizer.ggml.$other
  expect 1 "$ROSETTA" diff a.gguf keyed.gguf
done
# What is left out is named and counted, on both sides; it is then no finding.
expect 0 "$ROSETTA" convert --exclude '*bias*' "$adder" -o partial.gguf
expect 1 "$ROSETTA" verify "$adder" partial.gguf
expect 0 "$ROSETTA" verify --exclude '*bias*' "$adder" partial.gguf
says 'left out +blk.0.attn_q.bias \(excluded\)' out
says 'pass: .* 20 tensors, 6 left out' out
expect 0 "$ROSETTA" diff --exclude '*up_proj*' "$adder" a.gguf
says 'left out +model.layers.1.mlp.up_proj.weight \(excluded\)' out
says 'pass: .* 24 tensors, 2 left out' out
# A value that became infinite is never only rounded.
expect 1 "$ROSETTA" verify large large.gguf
says 'finding data.overflow' out
# A tolerance is for every difference of values, whatever made it, and the verdict says so.
expect 0 "$ROSETTA" convert "$adder" --dtype f16 -o half.gguf
expect 1 "$ROSETTA" verify --values "$adder" half.gguf
expect 1 "$ROSETTA" verify --values --tolerance 1e-9 "$adder" half.gguf
expect 0 "$ROSETTA" verify --values --tolerance 1e-7 "$adder" half.gguf
says 'pass: within tolerance' out
# A difference is told where it stands in the file.
cp half.gguf half_bit.gguf
size=$(stat -c %s half_bit.gguf)
patch half_bit.gguf $((size - 2048)) '\x5a\x5a'
expect 1 "$ROSETTA" diff --json half.gguf half_bit.gguf
at=$(sed -n 's/.*"first_offset_in_file": \([0-9]*\).*/\1/p' out)
[ "$at" = $((size - 2048)) ] || fail "byte $((size - 2048)) of the file was changed, diff says ${at:-nothing}"
# Where one cannot be read nothing was compared.
copy_adder broken
echo '{' >broken/config.json
expect 2 "$ROSETTA" verify --json "$adder" broken
says '"verdict": "error"' out
# A number that only the container states, and one that both do, are told by all that read them; a rewrite keeps both, and says so.
for edit in qwen2.rope.freq_base=f32:77 qwen2.rope.scaling.type=str:linear qwen2.attention.key_length=u32:64:same; do
  expect 0 "$ROSETTA" convert "$adder" -f -o two.gguf --override-kv "${edit%:same}"
  [ $edit = "${edit%:same}" ] || { expect 0 "$ROSETTA" convert two.gguf -f -o two.apr; continue; }
  says 'override.contradicts' out
  expect 1 "$ROSETTA" convert two.gguf -f -o two.apr
  says "config.json says .*--own-metadata" out
  for verb in verify diff derive; do
    expect 1 "$ROSETTA" $verb "$adder" two.gguf
    says "config.json says" out
  done
  for verb in stats fingerprint inspect; do
    expect 0 "$ROSETTA" $verb two.gguf
    says "note.*config.json says" out
  done
  expect 0 "$ROSETTA" diff two.gguf two.gguf
  expect 0 "$ROSETTA" convert two.gguf -f -o two-too.gguf
  says "note.*config.json says" out
  same two.gguf two-too.gguf
  expect 0 "$ROSETTA" quantize two.gguf two-q8.gguf q8_0 -f
done
# A row that is too long for a tile: the difference is found where it is, by stored bytes and by values.
for type in F32:4 F16:2; do
  bytes=$((1500007 * ${type#*:}))
  header=$(printf '{"w":{"dtype":"%s","shape":[1500007],"data_offsets":[0,%d]}}' "${type%:*}" $bytes)
  while [ $((${#header} % 8)) != 0 ]; do header="$header "; done
  printf "\\x$(printf %02x ${#header})\\0\\0\\0\\0\\0\\0\\0%s" "$header" >long-${type%:*}.safetensors
  truncate -s $((8 + ${#header} + bytes)) long-${type%:*}.safetensors
done
expect 0 "$ROSETTA" verify --values long-F32.safetensors long-F16.safetensors
cp long-F16.safetensors long-bit.safetensors
patch long-bit.safetensors $(($(stat -c %s long-bit.safetensors) - 14)) '\x11'
for a in F16 F32; do
  expect 1 "$ROSETTA" verify --values long-$a.safetensors long-bit.safetensors
  says 'compare.different +w: 1 of 1500007 values differ.* element 1500000, byte 3000000 of w' out
done
exit $bad
