#!/usr/bin/env bash
# The command's own files: `rosetta quantize --compat llama.cpp-2025` makes every whole file whose SHA-256 was recorded
# from llama-quantize, and `rosetta derive` raises no alarm on any of them. The slow grid types are done with ROSETTA_TEST_SLOW=1, a share of them always.
: "${ROSETTA:?the built command}" "${ROSETTA_BUILD:?the build folder}"
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
"$ROSETTA_BUILD/tests/fixtures/write_golden" "$dir" >"$dir/list" || { rc=$?; head -n 1 "$dir/list"; exit $rc; }
done=0 bad=0 left=0
while read -r model kind type sha; do
  case $model:$type in
  dense:IQ1_S | tied:IQ2_S | odd:IQ3_M) ;;
  *:IQ[123]*) [ "${ROSETTA_TEST_SLOW:-}" = 1 ] || { left=$((left + 1)); continue; } ;;
  esac
  imatrix=()
  [ "$kind" = with_imatrix ] && imatrix=(--imatrix imx.dat)
  if ! (cd "$dir/$model" && "$ROSETTA" quantize --quiet -f --compat llama.cpp-2025 "${imatrix[@]}" in.gguf out.gguf "$type") >"$dir/log" 2>&1; then
    echo "$model $kind $type:"; cat "$dir/log"; bad=$((bad + 1))
  elif [ "$(sha256sum <"$dir/$model/out.gguf" | cut -d' ' -f1)" != "$sha" ]; then
    echo "$model $kind $type: other bytes than llama-quantize's"; bad=$((bad + 1))
  elif ! "$ROSETTA" derive --quiet "$dir/$model/in.gguf" "$dir/$model/out.gguf" >"$dir/log" 2>&1; then
    echo "$model $kind $type: a false alarm"; head -n 12 "$dir/log"; bad=$((bad + 1))
  fi
  done=$((done + 1))
done <"$dir/list"
echo "$done whole files compared, $bad differ, $left left for ROSETTA_TEST_SLOW=1"
[ "$bad" = 0 ] && [ "$done" -ge 40 ]
