#!/usr/bin/env bash
# Every example of every --help, man page and of the README is run as it stands, with the built-in model under the
# names that the examples give theirs.
. "$(dirname "$0")/common.sh"

mkdir pantry bin
ln -s "$(readlink -f "$ROSETTA")" bin/rosetta
PATH=$scratch/bin:$PATH
export HOME=$scratch/home
mkdir -p "$HOME/.local/share/bash-completion/completions"

# What the examples name: folders, files made from them, a model that differs, a manifest.
cd pantry || exit 99
for name in Qwen2.5-0.5B adder model-hf qwen-hf; do copy_adder $name; done
for name in model qwen a base in; do expect 0 rosetta convert adder -o $name.gguf; done
for name in qwen-f16 f16; do expect 0 rosetta convert adder --dtype f16 -o $name.gguf; done
for name in qwen-q4_k_m q4; do expect 0 rosetta quantize adder $name.gguf q4_k_m; done
expect 0 rosetta quantize adder qwen-q8_0.gguf q8_0
expect 0 rosetta convert a.gguf -o b.safetensors
expect 0 rosetta convert a.gguf -o b.gguf
cp b.safetensors finetuned.safetensors
patch finetuned.safetensors $(($(stat -c %s b.safetensors) / 2)) '\x11\x22'
cp finetuned.safetensors tuned.safetensors
for name in model qwen; do expect 0 rosetta fingerprint $name.gguf -o $name.sums; done
cd .. || exit 99

help_examples() {
  local c
  for c in $(rosetta help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p'); do
    rosetta help "$c" | sed -n '/^Examples:/,/^$/s/^  \([^ ].*\)/\1/p'
  done
}
man_examples() { sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/s/^\.Dl //p' "$srcdir"/man/*.1 | sed 's/\\e/\\/g'; }
readme_examples() { sed -n 's/^\(rosetta [^#]*[^# ]\) *\(#.*\)\{0,1\}$/\1/p' "$srcdir/README.md"; }

# lay_out LINE: what LINE reads lies in the folder, what it writes does not.
lay_out() {
  local words word last='' i
  read -ra words <<<"${1%%&&*}"
  rm -rf run && mkdir run
  for i in "${!words[@]}"; do
    word=${words[i]#./}
    [ "$last" = -o ] || [[ ${words[1]} == quantize && $1 != *' -n '* && $((i + 2)) == "${#words[@]}" ]] || case ${words[i]} in
    ./* | *.gguf | *.apr | *.safetensors | *.sums)
      [ -e "pantry/$word" ] || { fail "an example reads $word, which this test does not make: $1"; continue; }
      cp -r "pantry/$word" run/
      ;;
    esac
    last=${words[i]}
  done
}

count=0
while IFS= read -r line; do
  lay_out "$line"
  want=0
  [[ $line != "rosetta diff "* ]] || want=1       # the two are not the same
  (cd run && bash -c "$line") >out 2>err </dev/null
  got=$?
  [ $got = $want ] || { fail "exit $got, wanted $want: $line"; sed 's/^/    /' out err | tail -n 12; }
  count=$((count + 1))
done < <({ help_examples; man_examples; readme_examples; } | sort -u)
for from in help_examples man_examples readme_examples; do
  [ "$($from | wc -l)" -ge 10 ] || fail "$from finds too few: $($from)"
done
[ $bad = 0 ] && echo "$count examples hold"
exit $bad
