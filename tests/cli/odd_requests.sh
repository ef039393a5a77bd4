#!/usr/bin/env bash
# Requests that make no sense, or would surprise: refused with a reason before anything is written, or told.
. "$(dirname "$0")/common.sh"

expect 0 "$ROSETTA" convert "$adder" -o a.gguf

# No tensor asked for: no target.
expect 2 "$ROSETTA" convert a.gguf --include 'no such*' -o none.gguf
says 'none of its tensors' err
[ ! -e none.gguf ] || fail "a model without tensors was written"

# Which names a pattern matches: the target's, B's, the file's own, the canonical ones. None listed is no success.
expect 0 "$ROSETTA" convert "$adder" --include 'blk.0.*' -o layer.gguf
expect 2 "$ROSETTA" convert "$adder" --include 'model.layers.0.*' -o layer2.gguf
expect 0 "$ROSETTA" verify "$adder" a.gguf --include 'blk.0.*'
expect 2 "$ROSETTA" verify "$adder" a.gguf --include 'model.layers.0.*'
expect 0 "$ROSETTA" derive "$adder" a.gguf --include 'blk.0.*'
expect 2 "$ROSETTA" derive "$adder" a.gguf --include 'model.layers.0.*'
for verb in "diff $adder" fingerprint stats; do
  # shellcheck disable=SC2086
  expect 0 "$ROSETTA" $verb a.gguf --include 'model.layers.0.*'
  # shellcheck disable=SC2086
  expect 2 "$ROSETTA" $verb a.gguf --include 'blk.0.*'
done
for verb in tensors "inspect --tensors"; do
  # shellcheck disable=SC2086
  expect 0 "$ROSETTA" $verb a.gguf --include 'blk.0.*'
  # shellcheck disable=SC2086
  expect 1 "$ROSETTA" $verb a.gguf --include 'model.layers.0.*'
  says 'tensors.none: none of its [0-9]* tensors' out
done

# A part of a model is said to be one.
expect 0 "$ROSETTA" convert "$adder" --include '*norm*' -o norms.gguf
says 'convert.partial' out
expect 1 "$ROSETTA" verify "$adder" norms.gguf

# Compression: what was planned and what was written are both said, and nothing else is left.
expect 0 "$ROSETTA" convert -n "$adder" -o press.apr --compress zstd
says 'in 1 file before compression' out
touch .press.apr.plain
expect 0 "$ROSETTA" convert "$adder" -o press.apr --compress zstd --json
says "\"written\": $(stat -c %s press.apr)," out
[ "$(find . -name '*press*' | wc -l)" = 2 ] && [ ! -s .press.apr.plain ] || fail "--compress: $(find . -name '*press*')"

# A model is no stream; "-" makes no file of that name.
expect 2 "$ROSETTA" convert a.gguf -o -
expect 2 "$ROSETTA" convert a.gguf -t apr -
expect 2 "$ROSETTA" chain a.gguf apr -o -
expect 2 "$ROSETTA" inspect -
says 'not a stream' err
[ ! -e ./- ] || fail "a file called - was written"

# What is trouble for one conversion is trouble for a chain of them.
expect 2 "$ROSETTA" chain "$adder" apr,gguf -o a.gguf
says '^rosetta chain: a.gguf: the target exists' err        # before any work
expect 2 "$ROSETTA" chain no-such-model apr -o x.apr
says 'hop 1, convert: no-such-model' err
[ -z "$(find . -name '*.hop*')" ] || fail "a chain left $(find . -name '*.hop*')"

# Options that would be passed over in silence.
expect 2 "$ROSETTA" inspect a.gguf --color=sometimes
says "auto, always or never" err
expect 2 "$ROSETTA" convert a.gguf -t safetensors -o folder --split-max-tensors 3
[ ! -e folder ] || fail "--split-max-tensors was passed over"
expect 2 "$ROSETTA" convert a.gguf -o none.gguf --split-max-tensors 0
says 'at least 1' err
expect 2 "$ROSETTA" convert a.gguf -o none.gguf --split-max-size 0

# Split sets: both names of the option, the files' own names in the report, tensors larger than the bound told.
expect 0 "$ROSETTA" convert a.gguf -o one.gguf --max-shard-size 1MB
says 'wrote one-00001-of-00003.gguf and 2 more' out
expect 0 "$ROSETTA" convert a.gguf -o two.gguf --split-max-size 1MB
same one-00002-of-00003.gguf two-00002-of-00003.gguf
expect 0 "$ROSETTA" convert a.gguf -o small.gguf --split-max-size 100K
says 'split.too-large  blk.0.ffn_down.weight: 262144 bytes' out
expect 2 "$ROSETTA" convert one-00001-of-00003.gguf -f -o one.gguf --max-shard-size 1MB
says 'one-0000[123]-of-00003.gguf is the source itself' err

# A suffix that is no format's is most likely a slip; a folder's name may have a dot.
expect 2 "$ROSETTA" convert a.gguf -o model.ggfu
says "'.ggfu' is the suffix of no format" err
[ ! -e model.ggfu ] || fail "a slip of the suffix made a folder"
expect 0 "$ROSETTA" convert a.gguf -t safetensors -o model.hf
expect 0 "$ROSETTA" convert a.gguf -o Adder-1.3M-Instruct
[ -f Adder-1.3M-Instruct/config.json ] || fail "no folder"

# A name that says another format than what would be in it.
expect 2 "$ROSETTA" quantize a.gguf q.safetensors q8_0
says 'safetensors has no quantized types' err

# The target of quantize may be an operand or -o, not both.
expect 0 "$ROSETTA" quantize "$adder" q1.gguf q8_0
expect 0 "$ROSETTA" quantize "$adder" q8_0 -o q2.gguf
same q1.gguf q2.gguf
expect 2 "$ROSETTA" quantize "$adder" q3.gguf q8_0 -o q4.gguf
says 'two targets' err
expect 2 "$ROSETTA" quantize "$adder" q8_0
says 'where to' err
expect 2 "$ROSETTA" quantize "$adder" q8_0 -o -

# Sets that lack a file, or whose index speaks of others: refused, and the file named.
expect 0 "$ROSETTA" convert a.gguf -t safetensors -o set --max-shard-size 1MB
sed 's/"model.norm.weight"/"model.norma.weight"/' set/model.safetensors.index.json >index && mv index set/model.safetensors.index.json
expect 2 "$ROSETTA" inspect set
says "set/model.safetensors.index.json: the index lists 1 tensors that no shard holds: 'model.norma.weight'; the shards hold 1 tensors that .*: 'model.norm.weight'" err
rm set/model-00002-of-00003.safetensors
expect 2 "$ROSETTA" inspect set
says "inspect: set/model-00002-of-00003.safetensors: cannot open" err

# What is broken is named with its folder, and refused by whoever reads it.
copy_adder broken
printf '{"vocab": x}' >broken/tokenizer.json
expect 2 "$ROSETTA" convert broken -o none.gguf
says '^rosetta convert: broken/tokenizer.json: at byte 10: JSON' err
printf '{"hidden_size": x}' >broken/config.json
for verb in inspect tensors fingerprint "convert -n -t gguf"; do
  # shellcheck disable=SC2086
  expect 2 "$ROSETTA" $verb broken
  says "^rosetta ${verb%% *}: broken/config.json: at byte 16: JSON" err
done
printf '\1\0\0\0\0\0\0\0{' >broken/model.safetensors
expect 2 "$ROSETTA" inspect broken/
says '^rosetta inspect: broken/model.safetensors: at byte 9' err

# A folder that holds another model's weights under names that readers look for; the source's own folder.
copy_adder own
expect 2 "$ROSETTA" convert own -t safetensors -f --dtype f32 -o own
says 'own/model.safetensors is the source itself' err
expect 2 "$ROSETTA" convert a.gguf -t safetensors -f -o own --max-shard-size 1MB
says 'own holds model.safetensors' err
same own/model.safetensors "$adder/model.safetensors"
expect 0 "$ROSETTA" convert a.gguf -t safetensors -f -o own
rm own/model.safetensors
expect 0 "$ROSETTA" convert a.gguf -t safetensors -f -o own --max-shard-size 1MB
expect 2 "$ROSETTA" convert a.gguf -t safetensors -f -o own
says 'own holds model-0000[123]-of-00003.safetensors|own holds model.safetensors.index.json' err
expect 0 "$ROSETTA" verify "$adder" own
expect 0 "$ROSETTA" convert a.gguf -o packed.apr --compress zstd
expect 2 "$ROSETTA" convert packed.apr -f -o packed.apr
says 'the source itself' err
# What is listed of a compressed file is inflated up to where its data begin, and no further.
expect 0 "$ROSETTA" tensors packed.apr
cp out listed
head_kb=$(($(od -An -t u8 -j 32 -N 8 packed.apr) / 1024 + 1))
expect 0 bash -c "trap '' XFSZ; ulimit -f $head_kb; exec '$ROSETTA' tensors packed.apr"
same out listed
expect 2 bash -c "trap '' XFSZ; ulimit -f $head_kb; exec '$ROSETTA' inspect packed.apr"
says 'cannot write the inflated image' err

# Another architecture is another model.
expect 0 "$ROSETTA" convert a.gguf -o other.gguf --override-kv general.architecture=str:llama
expect 1 "$ROSETTA" verify a.gguf other.gguf
says 'general.architecture' out

# A number for a key that holds text is no number of that key's type.
expect 2 "$ROSETTA" convert a.gguf -o odd.gguf --override-kv general.name=int:abc
says "override 'general.name=int:abc'" err

# A manifest on standard output is nothing but the manifest.
"$ROSETTA" fingerprint a.gguf -o - 2>err | sha256sum -c --strict --quiet || fail "fingerprint -o -: not a manifest"
says '^pass' err
expect 2 "$ROSETTA" fingerprint a.gguf -o - --json
# One made with another digest is checked with that; of a part of the model, with that part.
expect 0 "$ROSETTA" fingerprint a.gguf --digest xxh3 -o sums
expect 0 "$ROSETTA" fingerprint "$adder" --check sums
expect 2 "$ROSETTA" fingerprint "$adder" --check sums --digest sha256
says 'give --digest xxh3' err
expect 0 "$ROSETTA" fingerprint "$adder" --check sums --include '*norm*'
says 'manifest.partial' out
expect 0 "$ROSETTA" fingerprint "$adder" --include '*norm*'
says 'fingerprint.partial' out
sed -i '/ model.norm.weight$/s/ [0-9a-f]* / 00000000000000000000000000000000 /' sums
expect 1 "$ROSETTA" fingerprint "$adder" --check sums --include '*norm*'
says 'manifest.tensor  model.norm.weight' out
# A folder's manifest has its tokenizer and configuration too, and sees them traded.
copy_adder whole
expect 0 "$ROSETTA" fingerprint whole -o whole.sums
(cd whole && sha256sum -c --strict --quiet ../whole.sums) || fail "the manifest of a folder"
says '  tokenizer_config.json$' whole.sums
expect 0 "$ROSETTA" fingerprint whole --check whole.sums
sed -i 's/assistant/attacker/' whole/tokenizer_config.json
expect 1 "$ROSETTA" fingerprint whole --check whole.sums
says 'manifest.file  tokenizer_config.json' out
expect 0 "$ROSETTA" fingerprint a.gguf --check whole.sums
# It may come through a pipe, and from where lines end in CR LF; what it does not cover is said.
expect 0 "$ROSETTA" fingerprint whole -f -o whole.sums
sed 's/$/\r/' whole.sums >crlf.sums
expect 0 "$ROSETTA" fingerprint whole --check crlf.sums
! grep -q '  note' out || fail "a whole manifest: $(cat out)"
expect 0 "$ROSETTA" fingerprint whole --check - < <(cat crlf.sums)
says 'agrees' out
expect 1 "$ROSETTA" fingerprint whole --check - < <(sed '/ tokenizer.json/s/^./x/' whole.sums)
says 'manifest.file  tokenizer.json' out
expect 1 "$ROSETTA" fingerprint whole --check - < <(cat whole.sums; sed -n '/ tokenizer.json/s/^./x/p' whole.sums)
says 'manifest.file  tokenizer.json' out
# Files of one name in two folders: a line is of both, and neither goes unseen.
expect 0 "$ROSETTA" convert "$adder" -t st --max-shard-size 2M -o below
mkdir below/a below/b
mv below/model-00001-of-00002.safetensors below/a/x.safetensors
mv below/model-00002-of-00002.safetensors below/b/x.safetensors
sed -i 's#model-00001-of-00002#a/x#; s#model-00002-of-00002#b/x#' below/model.safetensors.index.json
expect 0 "$ROSETTA" fingerprint below -o below.sums
for line in 1 2; do
  expect 1 "$ROSETTA" fingerprint below --check - < <(grep '^#' below.sums; grep '  x.safetensors' below.sums | sed -n ${line}p)
  says 'manifest.file  x.safetensors' out
done
expect 2 "$ROSETTA" fingerprint whole --check - </dev/null
says 'standard input: .*a manifest begins with' err
expect 0 "$ROSETTA" fingerprint whole --check - < <(grep -v '^# canonical' whole.sums)
says 'manifest.no-canonical' out
expect 0 "$ROSETTA" fingerprint a.gguf --check whole.sums
says 'manifest.other-files: 8 of' out
# A name that sha256sum escapes is checked too.
odd=$'a\\b\nc.gguf'
cp a.gguf "$odd"
expect 0 "$ROSETTA" fingerprint "$odd" -o odd.sums
expect 0 "$ROSETTA" fingerprint "$odd" --check odd.sums
! grep -q 'other-files' out || fail "the file of an escaped name was not compared"
expect 1 "$ROSETTA" fingerprint "$odd" --check - < <(sed 's/^\\./\\x/' odd.sums)
# The order of a manifest's lines says nothing.
(grep -v '^# tensor' sums; grep '^# tensor' sums | sort) >sorted
expect 1 "$ROSETTA" fingerprint "$adder" --check sorted
says 'fail: 1 finding' out
expect 2 "$ROSETTA" fingerprint "$adder" --check sums --exclude '*'

# Lists hold what was asked for, and JSON is named after its command.
expect 0 "$ROSETTA" inspect "$adder" --tensors
! grep -q '^format = ' out || fail "inspect --tensors lists metadata"
expect 0 "$ROSETTA" tensors a.gguf --json
says '"schema": "rosetta.tensors/1"' out
expect 0 "$ROSETTA" quantize -n a.gguf q8_0 --json
says '"schema": "rosetta.quantize/1"' out

# Quiet is without notes, not without what was asked for.
for request in "fingerprint" "tensors" "inspect" "convert -n -t apr"; do
  # shellcheck disable=SC2086
  expect 0 "$ROSETTA" $request a.gguf
  grep -v '^  note' out >wanted
  # shellcheck disable=SC2086
  expect 0 "$ROSETTA" $request --quiet a.gguf
  same out wanted
done
expect 0 "$ROSETTA" fingerprint --quiet --include '*norm*' a.gguf
! grep -q '^  note' out || fail "--quiet: a note"
expect 1 "$ROSETTA" verify --quiet "$adder" other.gguf
says '^  finding' out
expect 0 "$ROSETTA" verify --quiet "$adder" a.gguf
[ "$(wc -l <out)" = 1 ] || fail "verify --quiet: more than the verdict"

# Standard output that cannot be written is trouble, whatever was to be said.
if [ -w /dev/full ]; then
  for say in --version --help "convert --help" "help" "inspect a.gguf"; do
    # shellcheck disable=SC2086
    "$ROSETTA" $say >/dev/full 2>err
    [ $? = 2 ] || fail "'$say' to a full device: not exit 2"
  done
fi

# Completion: short options have values too, commands that take no files offer none.
"$ROSETTA" completion bash >complete
complete_words() {
  COMP_WORDS=(rosetta "$@") COMP_CWORD=$# COMPREPLY=()
  _rosetta
  echo "${COMPREPLY[*]}"
}
. ./complete
[ "$(complete_words convert -t '')" = "gguf apr safetensors" ] || fail "completion of -t: $(complete_words convert -t '')"
[ "$(complete_words convert --color = a)" = "auto always" ] || fail "completion of --color=a"
[ "$(complete_words completion '')" = "bash zsh fish" ] || fail "completion of completion"
[ "$(complete_words help conv)" = "convert" ] || fail "completion of help"
[ "$(complete_words quantize x.gguf nv)" = "nvfp4" ] || fail "completion of quantize's TYPE: $(complete_words quantize x.gguf nv)"
[ "$(complete_words quantize a.g)" = "a.gguf" ] || fail "completion of quantize's files: $(complete_words quantize a.g)"
# Every type that completion offers can be asked for.
for type in $(complete_words quantize --quantize ''); do
  "$ROSETTA" quantize -n a.gguf "$type" >out 2>err || says 'importance matrix' err
done
[ "$(complete_words --v)" = "--version" ] || fail "completion of --v"
exit $bad
