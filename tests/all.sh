#!/usr/bin/env bash
# Every test there is: `make check` with gcc, the same under sanitizers with clang, `make distcheck`, interoperability
# with the reference implementations. Ends in one line "N passed, N failed, N skipped".
set -uo pipefail
cd "$(dirname "$0")/.."
top=$PWD
export ROSETTA_TEST_DATA=${ROSETTA_TEST_DATA:-$top/../shared/data}
jobs=$(nproc)
passed=0 failed=0 skipped=0

# Adds up the totals of an automake test log directory.
count() {
  local f
  while IFS= read -r f; do
    case $(sed -n 's/^:test-result: //p' "$f") in
    PASS*) passed=$((passed + 1)) ;;
    SKIP*) skipped=$((skipped + 1)) ;;
    *) failed=$((failed + 1)) ;;
    esac
  done < <(find "$1" -name '*.trs')
}

# One step that either holds or does not; its output is shown when it fails.
step() {
  local name=$1 log rc
  shift
  log=$(mktemp)
  printf '== %s\n' "$name"
  "$@" >"$log" 2>&1
  rc=$?
  case $rc in
  0) passed=$((passed + 1)) ;;
  77) skipped=$((skipped + 1)); printf 'skipped: %s\n' "$(tail -n 1 "$log")" ;;
  *) failed=$((failed + 1)); tail -n 60 "$log" ;;
  esac
  rm -f "$log"
  return $rc
}

check_in() {
  local dir=$1
  shift
  mkdir -p "$dir" && (cd "$dir" && { [ -f Makefile ] || "$top/configure" -q "$@"; } &&
    make -j"$jobs" -s && make -j"$jobs" -s check)
}

step "make check (gcc)" check_in build
count build
# clang may be there without the runtime of its sanitizers.
sanitizers_link() {
  echo 'int main(void) { return 0; }' | clang -fsanitize=address,undefined -x c - -o /dev/null 2>/dev/null
}
if sanitizers_link; then
  step "make check (clang, address and undefined behaviour sanitizers)" \
    check_in build-sanitized --enable-sanitizers CC=clang CFLAGS='-O1 -g'
  count build-sanitized
else
  skipped=$((skipped + 1)); echo "skipped: clang with its sanitizers is not here"
fi
step "make distcheck" make -C build -s distcheck
# Reference implementations, each test once. What cannot be installed makes its test say so and be skipped.
venv=${ROSETTA_INTEROP_VENV:-$top/build/interop-venv}
if [ -x "$venv/bin/python" ] || python3 -m venv "$venv" >/dev/null 2>&1; then
  for package in numpy gguf safetensors sentencepiece transformers xllamacpp; do
    "$venv/bin/python" -c "import $package" 2>/dev/null ||
      timeout 600 "$venv/bin/python" -m pip install -q --disable-pip-version-check "$package" >/dev/null 2>&1
  done
  export ROSETTA_PYTHON="$venv/bin/python" ROSETTA_INTEROP_VENV="$venv"
fi
export ROSETTA="$top/build/rosetta/cli/rosetta" ROSETTA_BUILD="$top/build" srcdir="$top"
for t in tests/interop/*.sh; do
  case $t in */peers.sh) continue ;; esac
  step "$t" bash "$t"
done
printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
