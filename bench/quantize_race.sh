#!/usr/bin/env bash
# rosetta quantize beside llama-quantize, in turn, on one F16 GGUF: seconds, processor seconds, ratios, peak resident memory, and whether the files
# are the same byte for byte.
#
#     bench/make_model 1.5b /tmp/src 3 && rosetta convert /tmp/src -o /tmp/f16.gguf --dtype f16
#     ROSETTA=... LLAMA_QUANTIZE=... bench/quantize_race.sh /tmp/f16.gguf [TYPE...]
#
# Both write into the folder of the input, with JOBS threads (2). rosetta brings its file to the disk before it ends,
# llama-quantize leaves that to the system; `sync` between the runs keeps one from paying for the other.
set -u
: "${ROSETTA:?the built command}" "${LLAMA_QUANTIZE:?the tool to race}"
in=${1:?an F16 GGUF}; shift
[ $# -gt 0 ] || set -- Q4_K_M Q5_K_M Q6_K Q3_K_M Q8_0 Q4_0
jobs=${JOBS:-2} kernels=${KERNELS:-"best avx2"}
dir=$(mktemp -d "$(dirname "$in")/race.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT

# timed COMMAND...: sets seconds, cpu (seconds of all threads) and rss (MB)
timed() {
  sync
  if ! /usr/bin/time -f '%e %U %S %M' -o "$dir/time" "$@" >"$dir/log" 2>&1; then tail -n 3 "$dir/log"; exit 1; fi
  read -r seconds user sys rss <"$dir/time"
  cpu=$(awk "BEGIN { print $user + $sys }")
  rss=$((rss / 1000))
}

cat "$in" >/dev/null      # both read from memory
printf '%-8s %-8s %9s %9s %7s %9s %9s %7s %8s %8s  %s\n' type kernels theirs ours ratio their-CPU our-CPU ratio their-MB our-MB bytes
for type; do
  timed "$LLAMA_QUANTIZE" "$in" "$dir/theirs.gguf" "$type" "$jobs"
  theirs=$seconds their_cpu=$cpu their_rss=$rss
  for k in $kernels; do
    if [ "$k" = best ]; then unset ROSETTA_KERNELS; else export ROSETTA_KERNELS=$k; fi
    rm -f "$dir/ours.gguf"
    timed "$ROSETTA" quantize --quiet --compat llama.cpp --jobs "$jobs" "$in" "$dir/ours.gguf" "$type"
    same=differ; cmp -s "$dir/theirs.gguf" "$dir/ours.gguf" && same=identical
    awk -v t="$type" -v k="$k" -v a="$theirs" -v b="$seconds" -v ca="$their_cpu" -v cb="$cpu" -v ra="$their_rss" -v rb="$rss" -v s="$same" \
      'BEGIN { printf "%-8s %-8s %8.2fs %8.2fs %6.1fx %8.2fs %8.2fs %6.1fx %8d %8d  %s\n", t, k, a, b, a / b, ca, cb, ca / cb, ra, rb, s }'
  done
  rm -f "$dir/theirs.gguf"
done
