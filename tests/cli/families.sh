#!/usr/bin/env bash
# Round trips of every family whose Hugging Face folder is there, with nothing but the command and cmp: the same file
# whatever the way, the folder back byte for byte.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/common.sh"
data=${ROSETTA_TEST_DATA:-}
[ -d "$data/families" ] || skip "no families in \$ROSETTA_TEST_DATA"

# Everything that belongs to the model beside its weights.
same_files() {
  local f
  for f in config generation_config tokenizer tokenizer_config special_tokens_map vocab; do
    [ ! -f "$1/$f.json" ] || same "$1/$f.json" "$2/$f.json"
  done
  for f in merges.txt tokenizer.model chat_template.jinja; do
    [ ! -f "$1/$f" ] || same "$1/$f" "$2/$f"
  done
}

# SHA-256 of every tensor's stored bytes.
stored() { "$ROSETTA" fingerprint --json "$1" | grep -oE '"raw": *"[0-9a-f]{64}"' | sort; }

round() {
  local hf=$1 f prints
  rm -rf a.gguf a.apr b.gguf b.apr back back-apr lone.safetensors lone.gguf again.gguf chain
  expect 0 "$ROSETTA" convert "$hf" a.gguf
  expect 0 "$ROSETTA" convert "$hf" a.apr
  expect 0 "$ROSETTA" verify "$hf" a.gguf
  expect 0 "$ROSETTA" verify "$hf" a.apr
  expect 0 "$ROSETTA" convert a.apr b.gguf
  expect 0 "$ROSETTA" convert a.gguf b.apr
  same a.gguf b.gguf
  same a.apr b.apr
  expect 0 "$ROSETTA" convert a.gguf back -t safetensors
  expect 0 "$ROSETTA" convert a.apr back-apr -t safetensors
  for f in back/*; do
    same "$f" "back-apr/${f##*/}"
  done
  expect 0 "$ROSETTA" verify --values "$hf" back
  expect 0 "$ROSETTA" diff "$hf" back
  same_files "$hf" back
  stored "$hf" >want
  stored back >got
  [ -s want ] || fail "$hf: no digests"
  same want got
  expect 0 "$ROSETTA" convert back again.gguf
  same a.gguf again.gguf
  expect 0 "$ROSETTA" convert a.gguf lone.safetensors
  expect 0 "$ROSETTA" convert lone.safetensors lone.gguf
  same a.gguf lone.gguf
  expect 0 "$ROSETTA" chain "$hf" apr,gguf,st -o chain
  for f in back/*; do
    same "$f" "chain/${f##*/}"
  done
  prints=$(for f in "$hf" a.gguf a.apr back lone.safetensors; do
    "$ROSETTA" fingerprint --json "$f" | grep -o '"canonical": *"[0-9a-f]*"' | head -n 1
  done | sort -u | wc -l)
  [ "$prints" = 1 ] || fail "$hf: $prints canonical digests"
}

# A file that repeats a tied embedding because its readers ask for it is the same model; the folder of it does not repeat it.
for hf in "$data"/families/{gpt2,falcon}/hf; do
  [ -d "$hf" ] || continue
  "$ROSETTA" diff "$hf" "$hf/../model.gguf" >out 2>err
  grep -qE 'compare\.(missing|extra|different)' out && fail "$hf: another set of tensors"
  says 'left out +output.weight .tied, in B' out
  expect 0 "$ROSETTA" convert "$hf/../model.gguf" tied -t safetensors --force
  [ "$("$ROSETTA" tensors tied | grep -c lm_head)" = "$("$ROSETTA" tensors "$hf" | grep -c lm_head)" ] || fail "$hf: lm_head.weight there or not"
  grep -q '"tie_word_embeddings": false' tied/config.json && fail "$hf: not tied"
  expect 0 "$ROSETTA" convert tied tied.gguf --force
  same tied.gguf "$hf/../model.gguf"
  "$ROSETTA" fingerprint --json "$hf" | grep -m1 '"canonical":' >want
  "$ROSETTA" fingerprint --json "$hf/../model.gguf" | grep -m1 '"canonical":' >got
  same want got
done

# Rows that stay in pair order are said to be so, in a copy and in one of another type.
for apr in "$data"/apr-golden/models/*.apr; do
  expect 0 "$ROSETTA" verify "$apr" "$apr"
  expect 0 "$ROSETTA" convert "$apr" narrow.apr --dtype f16 --force
  expect 0 "$ROSETTA" verify "$apr" narrow.apr
done

# What Python writes into configurations although it is no JSON.
copy_adder odd
sed -i '1s/{/{ "limits": [0.0, -Infinity, Infinity, NaN, "\\"NaN"],/' odd/config.json
expect 0 "$ROSETTA" convert odd odd.gguf
expect 0 "$ROSETTA" convert odd.gguf odd-back -t safetensors
same odd/config.json odd-back/config.json
says 'qwen2' <("$ROSETTA" inspect odd.gguf)

# What the canonical digest leaves out is listed, in text as in JSON.
for model in "$data"/families/{llama-llama3,phi3-longrope}/model.gguf; do
  "$ROSETTA" fingerprint --json "$model" | sed -n '/"left_out": \[/,/^  \]/s/.*"name": "\(.*\)",$/\1/p' >want
  [ -s want ] || fail "$model: nothing left out"
  "$ROSETTA" fingerprint "$model" | sed -n 's/^left out  \(.*\) ([a-z]*)$/\1/p' >got
  same want got
done

count=0
for hf in "$adder" "$data"/models/tinystories-656k "$data"/families/{llama,llama-tied,llama-llama3,llama-linear,llama-bias,mistral,mixtral,qwen2,qwen2-tied,qwen2-yarn,gpt2,gemma2,gemma2-qscalar,phi3,phi3-swa,phi3-longrope}/hf; do
  [ -d "$hf" ] || continue
  was=$bad
  bad=0
  round "$hf"
  [ $bad = 0 ] || echo "  (of $hf)"
  bad=$((bad + was))
  count=$((count + 1))
done
[ $bad = 0 ] && echo "$count folders there and back"
exit $((bad > 0))
