#!/usr/bin/env bash
# Every defect of metadata, in every direction between formats: verify and diff fail, and name it.
. "$(dirname "$0")/common.sh"

expect 0 "$ROSETTA" convert "$adder" -o a.gguf
expect 0 "$ROSETTA" convert "$adder" -o a.apr

# edit FOLDER FILE SED: a copy of the model with one file changed, which must have changed.
edit() {
  copy_adder "$1"
  sed -i "$3" "$1/$2"
  ! cmp -s "$1/$2" "$adder/$2" || fail "$1: nothing was changed in $2"
}

# catches NAME REGEX A B: both verbs fail on A against B, and say what differs.
catches() {
  local verb
  for verb in verify diff; do
    expect 1 "$ROSETTA" $verb "$3" "$4"
    grep -qE -- "finding.*($2)" out || fail "$1: $verb $3 $4 does not name it"
  done
}

# Defects of a folder: name, file, edit, what is to be named. Converted ones carry the defect along.
while IFS='|' read -r name file how named; do
  edit "$name" "$file" "$how"
  expect 0 "$ROSETTA" convert "$name" -o "$name.gguf"
  expect 0 "$ROSETTA" convert "$name" -o "$name.apr"
  for good in "$adder" a.gguf a.apr; do
    for bad_one in "$name" "$name.gguf" "$name.apr"; do
      catches "$name" "$named" "$good" "$bad_one"
      catches "$name" "$named" "$bad_one" "$good"
    done
  done
done <<'ROWS'
rope|config.json|s/"rope_theta": *[0-9.]*/"rope_theta": 77.0/|rope.freq_base|rope_theta
eps|config.json|s/"rms_norm_eps": *[0-9.e-]*/"rms_norm_eps": 0.001/|epsilon|rms_norm_eps
context|config.json|s/"max_position_embeddings": *[0-9]*/"max_position_embeddings": 99/|context_length|max_position
window|config.json|s/"use_sliding_window": *false/"use_sliding_window": true/; s/"sliding_window": *[a-z0-9]*/"sliding_window": 7/|sliding
stop|config.json|s/"eos_token_id": *[0-9]*/"eos_token_id": 5/|eos_token_id
token|tokenizer.json|s/"Ġtwo": *\([0-9]*\)/"ZZtwo": \1/|tokens|vocabulary
template|tokenizer_config.json|s/"chat_template": *"/&EVIL/|chat_template
template_end|tokenizer_config.json|s/endif %}"/endif %}EVIL"/|chat_template.*EVIL
untold|tokenizer_config.json|s/"chat_template"/"not_the_template"/|chat_template
end|tokenizer_config.json|s/"eos_token": *"[^"]*"/"eos_token": "!"/|token_type|token_id|special_tokens
ROWS

# Files that are gone.
copy_adder gone
rm gone/tokenizer.json gone/tokenizer_config.json gone/merges.txt
rm -f gone/vocab.json gone/special_tokens_map.json
for good in "$adder" a.gguf a.apr; do
  catches gone 'tokenizer.ggml.tokens' "$good" gone
done
copy_adder nothing
rm nothing/config.json
for good in "$adder" a.gguf a.apr; do
  catches nothing compare.family "$good" nothing
  catches nothing compare.family nothing "$good"
done

# rename FILE KEY COPY: one key is called otherwise, and so is lacking.
rename() {
  local at
  at=$(grep -abo -m1 -F -- "$2" "$1" | head -n 1 | cut -d: -f1)
  cp "$1" "$3"
  patch "$3" $((at + ${#2} - 1)) '~'
}
for key in qwen2.rope.freq_base qwen2.attention.head_count_kv qwen2.context_length tokenizer.ggml.merges tokenizer.ggml.token_type \
    tokenizer.ggml.eos_token_id tokenizer.ggml.pre tokenizer.chat_template; do
  rename a.gguf $key lacking.gguf
  for good in "$adder" a.gguf a.apr; do
    catches "without $key" "$key" "$good" lacking.gguf
    expect 1 "$ROSETTA" diff lacking.gguf "$good"
  done
done
# What readers take in its place is the same: no other model, but a difference.
rename a.gguf qwen2.attention.layer_norm_rms_epsilon lacking.gguf
expect 0 "$ROSETTA" verify "$adder" lacking.gguf
expect 1 "$ROSETTA" diff "$adder" lacking.gguf

# --values is for element types.
expect 1 "$ROSETTA" verify --values "$adder" rope.gguf
expect 0 "$ROSETTA" convert "$adder" --dtype f32 -o wide.gguf
expect 0 "$ROSETTA" verify --values "$adder" wide.gguf

# Another spelling is no other model; it is told.
edit spelled config.json 's/"rope_theta": *1000000.0/"transformers_version": "9.9", "rope_theta" :  1e6/; s/"torch_dtype": *"[a-z0-9]*"/"torch_dtype": "float64"/'
for verb in verify diff; do
  expect 0 "$ROSETTA" $verb "$adder" spelled
  says 'note.*torch_dtype' out
  expect 0 "$ROSETTA" $verb a.gguf spelled
done

# Families that nobody knows: keys are compared as they stand.
edit unknown config.json 's/Qwen2ForCausalLM/FooForCausalLM/; s/"model_type": *"qwen2"/"model_type": "foo"/'
cp -r unknown unknown_rope
sed -i 's/"rope_theta": *[0-9.]*/"rope_theta": 77.0/' unknown_rope/config.json
for form in gguf apr; do
  expect 0 "$ROSETTA" convert unknown -o unknown.$form
  expect 0 "$ROSETTA" convert unknown_rope -o unknown_rope.$form
done
for one in unknown unknown.gguf unknown.apr; do
  for other in unknown unknown.gguf unknown.apr; do
    expect 0 "$ROSETTA" verify $one $other
  done
  for other in unknown_rope unknown_rope.gguf unknown_rope.apr; do
    catches unknown rope_theta $one $other
  done
  catches unknown compare.family $one a.gguf
  catches unknown compare.family a.gguf $one
done
expect 0 "$ROSETTA" convert unknown -o keyed.gguf --override-kv foo.key=u32:3
expect 0 "$ROSETTA" convert unknown -o other.gguf --override-kv foo.key=u32:4
catches "unknown key" foo.key keyed.gguf other.gguf

# SafeTensors' own metadata is told. tensors FILE MEMBERS: one number, and what else the header has.
tensors() {
  local header="{$2\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}"
  { printf "\\x$(printf %02x ${#header})\\0\\0\\0\\0\\0\\0\\0"; printf '%s\0\0\200\77' "$header"; } >"$1"
}
tensors plain.safetensors ''
tensors own.safetensors '"__metadata__":{"origin":"here"},'
tensors other.safetensors '"__metadata__":{"origin":"elsewhere"},'
for pair in 'plain own' 'own plain' 'own other'; do
  expect 1 "$ROSETTA" diff "${pair% *}.safetensors" "${pair#* }.safetensors"
  says 'finding.*__metadata__: origin' out
  expect 0 "$ROSETTA" verify "${pair% *}.safetensors" "${pair#* }.safetensors"
  says 'note.*__metadata__: origin' out
done

# Files of other converters: what they leave out has its default, and a file is what it is.
models=${ROSETTA_TEST_DATA:-}/models/tinystories-656k
if [ -f "$models/gguf/tinystories-656k-f32.gguf" ]; then
  expect 0 "$ROSETTA" verify "$models" "$models/gguf/tinystories-656k-f32.gguf"
  expect 0 "$ROSETTA" verify "$models/gguf/tinystories-656k-f32.gguf" "$models"
fi
for file in "${ROSETTA_TEST_DATA:-}"/apr-golden/good/known-answer-*.apr; do
  [ -f "$file" ] || continue
  expect 0 "$ROSETTA" diff "$file" "$file"
done

# Families' switches: what other tests make wrong on purpose.
families=${ROSETTA_TEST_DATA:-}/families
for row in 'llama-theta llama freq_base' 'gemma2-final-softcap gemma2 final_logit_softcapping' 'gemma2-window gemma2 sliding_window'; do
  # shellcheck disable=SC2086
  set -- $row
  [ -f "$families/mutants/$1.gguf" ] || continue
  catches "$1" "$3" "$families/mutants/$1.gguf" "$families/$2/hf"
  catches "$1" "$3" "$families/$2/hf" "$families/mutants/$1.gguf"
done
# GGUF has no keys for what its rope factors are made of.
for family in phi3-longrope llama-llama3; do
  [ -d "$families/$family/hf" ] || continue
  rm -rf factors && cp -r "$families/$family/hf" factors && chmod -R u+w factors
  sed -i '/"long_factor"/,/]/{0,/[0-9]\.[0-9]*/s//7.75/}; s/"low_freq_factor": *[0-9.]*/"low_freq_factor": 1.5/' factors/config.json
  ! cmp -s factors/config.json "$families/$family/hf/config.json" || fail "$family: no factor was changed"
  catches "$family" 'long_factor|rope_low|freq_factor' "$families/$family/hf" factors
  catches "$family" 'long_factor|rope_low|freq_factor' factors "$families/$family/hf"
done
exit $bad
