#!/usr/bin/env bash
# Six direct conversions and the chain, on the built-in model: verified, equal fingerprints, paths that agree, nothing lost.
. "$(dirname "$0")/common.sh"

canonical() { "$ROSETTA" fingerprint --json "$1" | grep -A3 '"model"' | sed -n 's/.*"canonical": "\(.*\)".*/\1/p' | head -n 1; }

expect 0 "$ROSETTA" convert "$adder" -o a.gguf
expect 0 "$ROSETTA" convert "$adder" -o a.apr
expect 0 "$ROSETTA" convert a.gguf -o a-gguf.apr
expect 0 "$ROSETTA" convert a.apr -o a-apr.gguf
expect 0 "$ROSETTA" convert a.gguf -t safetensors -o from-gguf
expect 0 "$ROSETTA" convert a.apr -t st -o from-apr
expect 0 "$ROSETTA" convert a.apr lone.safetensors
same a-apr.gguf a.gguf                  # A -> B -> C equals A -> C
same a-gguf.apr a.apr
for pair in "$adder a.gguf" "$adder a.apr" "a.gguf a.apr" "a.apr a.gguf" "a.gguf from-gguf" "a.apr from-apr" "$adder from-apr" "a.apr lone.safetensors"; do
  # shellcheck disable=SC2086
  expect 0 "$ROSETTA" verify $pair
done
want=$(canonical "$adder")
[ "${#want}" = 64 ] || fail "no canonical digest: '$want'"
for m in a.gguf a.apr from-gguf from-apr lone.safetensors; do
  [ "$(canonical $m)" = "$want" ] || fail "$m: another canonical digest"
done
for folder in from-gguf from-apr; do
  for f in config.json generation_config.json tokenizer.json tokenizer_config.json special_tokens_map.json vocab.json merges.txt; do
    same "$adder/$f" $folder/$f
  done
done
# Every tensor byte: raw digests of the stored tensors are the same again.
raw() { "$ROSETTA" fingerprint --json "$1" | grep -E '"(name|raw)"' | sort; }
[ "$(raw "$adder")" = "$(raw from-gguf)" ] || fail "from-gguf: stored bytes differ"
[ "$(raw "$adder")" = "$(raw from-apr)" ] || fail "from-apr: stored bytes differ"
# Twice is once.
for f in gguf apr; do
  expect 0 "$ROSETTA" convert a.$f -o twice.$f
  same a.$f twice.$f
done
expect 0 "$ROSETTA" convert from-gguf -o again.gguf
same again.gguf a.gguf
expect 0 "$ROSETTA" convert from-gguf -t st -o from-twice
same from-gguf/model.safetensors from-twice/model.safetensors
# A model of no known family comes back byte for byte too.
mkdir bare && cp "$adder/model.safetensors" bare/
expect 0 "$ROSETTA" chain bare apr,gguf,st -o bare-back
same bare/model.safetensors bare-back/model.safetensors
# Types that only SafeTensors has are widened on the way and come back, those of less than a byte too.
tensor() { printf '"%s":{"dtype":"%s","shape":[11,4],"data_offsets":[%d,%d]}' "$@"; }
header=$(printf '{"__metadata__":{"format":"pt"},'; tensor a F8_E5M2FNUZ 0 44; printf ,; tensor b F8_E4M3FNUZ 44 88; printf ,; tensor c F8_E8M0 88 132; printf ,
  tensor d F8_E4M3 132 176; printf ,; tensor e F8_E5M2 176 220; printf ,; tensor f F6_E3M2 220 253; printf ,; tensor g F6_E2M3 253 286; printf ,
  tensor h F4 286 308; printf '}')
header=$(printf "%-$(((${#header} + 7) / 8 * 8))s" "$header")
mkdir small
{ printf "\\$(printf %03o $((${#header} % 256)))\\$(printf %03o $((${#header} / 256)))\\0\\0\\0\\0\\0\\0%s" "$header"
  printf '%s' "$header$header" | tr '"{}:,' '\001\022\064\107\132' | head -c 308; } >small/model.safetensors
for way in gguf apr gguf,apr; do
  expect 0 "$ROSETTA" chain small $way,st -f -o small-back
  same small/model.safetensors small-back/model.safetensors
done
# With --preserve a file is rewritten byte for byte.
expect 0 "$ROSETTA" convert --preserve "$adder/model.safetensors" -o kept.safetensors
same "$adder/model.safetensors" kept.safetensors
# A wrong rope_type is told, and no copy repeats it unless it shall be that very file; no footer, or its checksum would say so first.
lies=$(grep -abo '"rope_type":2' a.apr | head -n 1 | cut -d: -f1)
head -c -4 a.apr >lie.apr
patch lie.apr $((lies + 12)) 0
expect 0 "$ROSETTA" convert lie.apr -o truth.apr
says 'apr.rope-type-wrong.*rope_type is 0' out
same truth.apr a.apr
expect 0 "$ROSETTA" convert lie.apr --preserve -o kept.apr
grep -aq '"rope_type":0' kept.apr || fail "--preserve: another rope_type"
# An output matrix that repeats the embedding is the tied one whatever the configuration says of it, and comes back where it was.
header=$(od -An -tu8 -N8 "$adder/model.safetensors" | tr -d ' ')
for tied in true false; do
  copy_adder out-$tied
  sed -i "s/\"tie_word_embeddings\": true/\"tie_word_embeddings\": $tied/" out-$tied/config.json
  size=$(($(stat -c %s "$adder/model.safetensors") - 8 - header))
  json=$(head -c $((8 + header)) "$adder/model.safetensors" | tail -c +9 | sed 's/} *$//')
  [[ $json =~ embed_tokens.weight\":(\{[^\}]*)\"data_offsets\":\[0,([0-9]+) ]] || fail "the embedding is not the first tensor"
  rows=${BASH_REMATCH[2]}
  json+=",\"lm_head.weight\":${BASH_REMATCH[1]}\"data_offsets\":[$size,$((size + rows))]}}"
  while [ $((${#json} % 8)) != 0 ]; do json+=' '; done
  {
    printf "\\x$(printf %x $((${#json} % 256)))\\x$(printf %x $((${#json} / 256)))\\0\\0\\0\\0\\0\\0%s" "${json//%/%%}"
    tail -c "$size" "$adder/model.safetensors"
    tail -c "$size" "$adder/model.safetensors" | head -c "$rows"
  } >out-$tied/model.safetensors
  for f in gguf apr; do
    expect 0 "$ROSETTA" convert out-$tied -o out-$tied.$f
    expect 0 "$ROSETTA" verify out-$tied out-$tied.$f
    expect 0 "$ROSETTA" convert out-$tied.$f -o out-$tied-$f -t st
    [ "$(raw out-$tied)" = "$(raw out-$tied-$f)" ] || fail "out-$tied-$f: stored tensors differ"
    same out-$tied/config.json out-$tied-$f/config.json
  done
  for m in out-$tied out-$tied.gguf out-$tied.apr; do
    [ "$(canonical $m)" = "$want" ] || fail "$m: another canonical digest"
    "$ROSETTA" diff "$adder" $m >out
    grep -qE 'compare\.(missing|extra|different)' out && fail "$m: another set of tensors"
  done
done
# Shards.
expect 0 "$ROSETTA" convert a.gguf -t st --max-shard-size 1MB -o sharded
[ -f sharded/model.safetensors.index.json ] || fail "no index"
expect 0 "$ROSETTA" verify a.gguf sharded
# A set that is no folder is called after its target: two lie side by side.
mkdir side
for name in x y; do expect 0 "$ROSETTA" convert a.gguf --max-shard-size 1MB -o side/$name.safetensors; done
says 'wrote side/y-00001-of-00003.safetensors and 2 more' out
for named in side/x-00002-of-00003.safetensors side/y.safetensors.index.json; do expect 0 "$ROSETTA" verify a.gguf $named; done
[ "$(find side -type f | wc -l)" = 8 ] || fail "side by side: $(ls side)"
# --preserve keeps the files of a set, and their names and index where a folder can have them.
expect 0 "$ROSETTA" convert sharded -t st --preserve -o kept
for file in sharded/model*; do same $file kept/${file#*/}; done
expect 0 "$ROSETTA" convert sharded --preserve -o kept/z.safetensors
expect 0 "$ROSETTA" verify a.gguf kept/z.safetensors.index.json
for n in 1 2 3; do same sharded/model-0000$n-of-00003.safetensors kept/z-0000$n-of-00003.safetensors; done
mkdir -p below/s/t/u && cp sharded/*.json below/
for n in 1 2 3; do
  to=s && [ $n = 1 ] || to=s/t && [ $n != 3 ] || to=s/t/u
  cp sharded/model-0000$n-of-00003.safetensors below/$to/model.safetensors
  sed -i "s,\"model-0000$n-of-00003,\"./$to/model," below/model.safetensors.index.json
done
expect 0 "$ROSETTA" convert below -t st --preserve -o flat
expect 0 "$ROSETTA" convert below --preserve -o flat.safetensors
[ "$(sha256sum sharded/model-*.safetensors | cut -c1-64 | sort)" = "$(sha256sum flat/model-*.safetensors | cut -c1-64 | sort)" ] || fail "shards from folders below"
[ "$(sha256sum sharded/model-*.safetensors | cut -c1-64 | sort)" = "$(sha256sum flat-*.safetensors | cut -c1-64 | sort)" ] || fail "shards from folders below, named"
expect 0 "$ROSETTA" verify below flat
expect 1 "$ROSETTA" verify below flat.safetensors.index.json    # the same tensors; configuration and tokenizer are not in it
says '26 tensors: 26 identical' out
says 'fail: 1 finding' out
# Sets of more files than a shell lets a program have open.
expect 0 bash -c 'ulimit -Sn 24 && exec "$@"' - "$ROSETTA" convert a.gguf -t st --max-shard-size 1K -o many
expect 0 bash -c 'ulimit -Sn 24 && exec "$@"' - "$ROSETTA" verify a.gguf many
# Names that would be one are refused before anything is written.
mv sharded/model.safetensors.index.json sharded/config.json
expect 2 "$ROSETTA" convert sharded/config.json -t st --preserve -o clash
says "two files of the target would be called 'config.json'" err
[ ! -e clash ] || fail "files of one name: $(ls clash)"
expect 0 "$ROSETTA" convert "$adder" --max-shard-size 1MB -o split.gguf
expect 0 "$ROSETTA" verify "$adder" split-00001-of-0000*.gguf
for kind in lz4 zstd; do
  expect 0 "$ROSETTA" convert "$adder" --compress $kind -o packed-$kind.apr
  expect 0 "$ROSETTA" verify "$adder" packed-$kind.apr
done
exit $bad
