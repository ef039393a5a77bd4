#!/usr/bin/env bash
# What a target records of its source's files is what other tools say of those files.
. "$(dirname "$0")/common.sh"

# recorded KIND FILE: the digests that FILE names, each once (JSON inside JSON has its quotes escaped).
recorded() { grep -a -o "$1"'\\*" *: *\\*"[^"\\]*' "$2" | sed 's/.*"//' | sort -u; }

weights=$adder/model.safetensors
sha=$(sha256sum <"$weights" | cut -d' ' -f1)
for target in a.gguf a.apr; do
  expect 0 "$ROSETTA" convert "$adder" -o $target --digest sha256
  [ "$(recorded sha256 $target)" = "$sha" ] || fail "$target records sha256 '$(recorded sha256 $target)', the file has $sha"
  expect 0 "$ROSETTA" convert "$adder" -o x-$target
  [ -z "$(recorded sha256 x-$target)" ] || fail "x-$target: a digest that nobody asked for"
  xxh=$(recorded xxh3 x-$target)
  [ "${#xxh}" = 32 ] || fail "x-$target records xxh3 '$xxh'"
  case $xxh in *[!0-9a-f]*) fail "x-$target: '$xxh' is no digest" ;; esac
  if command -v xxhsum >/dev/null; then
    [ "$(xxhsum -H2 "$weights" | cut -d' ' -f1)" = "$xxh" ] || fail "x-$target records xxh3 $xxh, xxhsum disagrees"
  fi
done
command -v xxhsum >/dev/null || echo "skipped: xxhsum is not here to be compared with"
# The digest goes along: a folder made from the GGUF still names the first source.
expect 0 "$ROSETTA" convert a.gguf -t safetensors -o back
expect 0 "$ROSETTA" convert back -o again.gguf
same again.gguf a.gguf
# Of several files each has its own, and nothing that stood for them in between is left or differs from run to run.
expect 0 "$ROSETTA" convert "$adder" -t safetensors --max-shard-size 500K -o shards
shas=$(sha256sum shards/*.safetensors | cut -d' ' -f1 | sort)
for options in b.gguf b.apr '--compress zstd z.apr'; do
  target=${options##* }
  expect 0 "$ROSETTA" convert shards --digest sha256 ${options%$target} -o $target
  expect 0 "$ROSETTA" convert shards --digest sha256 ${options%$target} -o twice-$target
  same $target twice-$target
done
expect 0 "$ROSETTA" convert z.apr -o plain.apr
for target in b.gguf b.apr plain.apr; do
  [ "$(recorded sha256 $target)" = "$shas" ] || fail "$target records '$(recorded sha256 $target)', the files have $shas"
done
# What the model itself says is kept, even where it looks as if it stood for a digest.
copy_adder odd
odd=rosetta-source-digest-0000000000
sed -i "1s/{/{\"note\": \"$odd\",/" odd/generation_config.json
for target in odd.gguf odd.apr; do
  expect 0 "$ROSETTA" convert odd -o $target
  grep -a -q $odd $target || fail "$target has lost a text of the model"
done
# Other bytes have another digest; a kind that is none is refused.
copy_adder changed
patch changed/model.safetensors 100000 '\001'
expect 0 "$ROSETTA" convert changed -o changed.gguf
[ "$(recorded xxh3 changed.gguf)" != "$xxh" ] || fail "a changed source has the same digest"
expect 2 "$ROSETTA" convert "$adder" -o never.gguf --digest md5
says "'md5' is no digest" err
[ ! -e never.gguf ] || fail "an output after a refusal"
exit $bad
