# Sourced by the tests here. A scratch folder that goes with the test, the built-in model, and what to say when
# something does not hold.
: "${ROSETTA:?the built command}"
srcdir=$(cd "${srcdir:-.}" && pwd)
adder=$srcdir/models/adder
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 99
bad=0

fail() { echo "FAIL: $*"; bad=1; }
skip() { echo "skipped: $*"; exit 77; }

# expect STATUS COMMAND...: runs it, keeps stdout in out and stderr in err.
expect() {
  local want=$1 got
  shift
  "$@" >out 2>err
  got=$?
  [ "$got" = "$want" ] || { fail "exit $got, wanted $want: $*"; sed 's/^/    /' out err | tail -n 12; }
}

# says REGEX FILE: the file has a line that matches.
says() { grep -qE -- "$1" "$2" || { fail "no '$1' in $2:"; sed 's/^/    /' "$2" | tail -n 12; }; }

same() { cmp -s "$1" "$2" || fail "$1 and $2 differ"; }

# A Hugging Face folder to damage.
copy_adder() { rm -rf "$1" && mkdir "$1" && cp "$adder"/*.json "$adder"/merges.txt "$adder"/model.safetensors "$1/" && chmod -R u+w "$1"; }

# patch FILE OFFSET BYTES(printf form)
patch() { printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }

# offset_of NAME FILE: where a tensor's payload begins.
offset_of() { "$ROSETTA" tensors --json "$2" | grep -A14 "\"name\": \"$1\"" | sed -n 's/.*"offset": \([0-9]*\).*/\1/p' | head -n 1; }
