#!/usr/bin/env bash
# Exit status, usage errors, help, JSON; text from files never reaches the terminal as it is.
. "$(dirname "$0")/common.sh"

expect 2 "$ROSETTA"
[ ! -s out ] || fail "an error's usage went to standard output"
says '^Usage' err
expect 0 "$ROSETTA" --version
expect 0 "$ROSETTA" --help
expect 2 "$ROSETTA" convrt
says "did you mean 'convert'" err
expect 2 "$ROSETTA" help convrt
says "did you mean 'convert'" err
expect 2 "$ROSETTA" convrt --json
says '"verdict": "error"' out
expect 2 "$ROSETTA" convert x --out y
says 'may be one of --output, --output-tensor-type$' err
expect 2 "$ROSETTA" convert x --ouptut=y
says "did you mean '--output'" err
expect 2 "$ROSETTA" convert x --json=y
says "'--json' takes no argument" err
expect 2 "$ROSETTA" convert
expect 2 "$ROSETTA" convert "$adder"
says 'where to' err
expect 2 "$ROSETTA" convert "$adder" -o x.gguf --no-such-option
expect 2 "$ROSETTA" convert "$adder" -o x.gguf --dtype q9
expect 2 "$ROSETTA" convert "$adder" -o x.gguf -j many
expect 2 "$ROSETTA" convert "$adder" -o x.gguf --max-shard-size -3
expect 2 "$ROSETTA" convert "$adder" -o x -t onnx
expect 2 "$ROSETTA" convert no-such-file -o x.gguf
says 'no-such-file' err
[ ! -e x.gguf ] && [ ! -e x ] || fail "a usage error wrote"
for c in $("$ROSETTA" help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p'); do
  expect 0 "$ROSETTA" help "$c"
  expect 0 "$ROSETTA" "$c" --help
  says '^Usage: rosetta' out
done
for shell in bash zsh fish; do
  expect 0 "$ROSETTA" completion $shell
  ! command -v $shell >/dev/null || $shell -n out 2>err || fail "$shell does not parse its completion"
done

# What is not a model is named for what it is.
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n' >pointer.safetensors
expect 2 "$ROSETTA" inspect pointer.safetensors
says 'Git LFS' err
printf '<!DOCTYPE html><html><body>404</body></html>' >page.gguf
expect 2 "$ROSETTA" inspect page.gguf
says 'HTML|web page' err
printf 'PK\003\004aaaaaaaaaaaaaaaaaaaaaaaa' >archive.bin
expect 2 "$ROSETTA" inspect archive.bin
says '[Zz][Ii][Pp]' err
: >empty.gguf
expect 2 "$ROSETTA" inspect empty.gguf
says 'empty' err

# What was asked for is repeated, but not as it is: a script may have been fed anything.
esc=$'\e[31m\u202e\u009b'
for request in "$esc" "help $esc" "inspect --$esc" "inspect -$esc" "inspect $esc" "convert x -o y -t $esc" "convert x -o y -j $esc" \
  "completion $esc" "inspect x --color=$esc" "convert $adder -o $esc/x.gguf" "fingerprint x --check $esc" "quantize x y $esc" \
  "fingerprint $adder -o $esc/sums" "chain x $esc -o y" "fingerprint x --digest $esc"; do
  # shellcheck disable=SC2086
  expect 2 "$ROSETTA" $request
  ! LC_ALL=C grep -qE $'\x1b|\xe2\x80\xae|\xc2\x9b' out err || fail "a terminal sequence was repeated: $(cat -v err)"
  [ -s err ] || fail "nothing said: $request" | cat -v
done

# On a terminal: a bar in a unit that suits the model, and colours; none of either where the terminal cannot.
if script -qec true /dev/null </dev/null >/dev/null 2>&1; then
  on_terminal() { TERM=$1 script -qec "'$ROSETTA' fingerprint '$adder'" /dev/null </dev/null >out 2>&1; }
  (unset NO_COLOR; on_terminal xterm)
  says '\[[#.]*\].* of [1-9][0-9.]* MB ' out
  says $'\e\\[32mpass' out
  (unset NO_COLOR; on_terminal dumb)
  says '^pass' out
  ! grep -q $'\e' out || fail "control sequences on a dumb terminal"
fi

# JSON has what scripts rely on.
expect 0 "$ROSETTA" convert "$adder" -o a.gguf
for verb in "inspect a.gguf" "fingerprint a.gguf" "verify $adder a.gguf" "diff $adder a.gguf" "derive $adder a.gguf"; do
  # shellcheck disable=SC2086
  expect 0 "$ROSETTA" $verb --json
  says "\"schema\": \"rosetta.${verb%% *}/1\"" out
  says '"verdict": "pass"' out
  says '"exit_code": 0' out
  says '"findings": \[' out
  ! command -v python3 >/dev/null || python3 -m json.tool out >/dev/null || fail "$verb: not JSON"
done

# Whoever asked for JSON finds one object on standard output, whatever is wrong and wherever --json stands.
mkdir folder
while read -r request; do
  # shellcheck disable=SC2086
  expect 2 "$ROSETTA" $request
  says "\"schema\": \"rosetta.${request%% *}/1\"" out
  says '"verdict": "error"' out
  says '"rule": "' out
  [ "$(grep -c '^{' out)" = 1 ] || fail "$request: not one object"
  ! command -v python3 >/dev/null || python3 -m json.tool out >/dev/null || fail "$request: not JSON"
  [ -s err ] || fail "$request: nothing on standard error"
done <<END
convert --json
convert --json $adder
verify --json $adder
chain --json $adder apr
convert --no-such-option $adder --js
convert $adder --json -o
convert --json $adder -o x.gguf -j many
inspect --json -
inspect --color=pink --json a.gguf
verify --tolerance x --json $adder a.gguf
verify --json $adder a.gguf --include zzz
quantize --json $adder q8_0
fingerprint --json a.gguf -o -
fingerprint --json a.gguf -o a.gguf
fingerprint --json a.gguf -o folder/none/sums
fingerprint --json a.gguf -o folder --force
END
expect 2 "$ROSETTA" inspect --json no-such-file
says '"message": "no-such-file: .*",' out
[ "$(grep -c 'no-such-file: ' out)" = 2 ] || fail "a finding does not name its file"

# A tensor name with an escape sequence, C1 (CSI), DEL, a right-to-left override, a tag and a NUL.
header='{"a\u001b[31mred\u009b\u007f\u202e\udb40\udc01\u0000z":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}'
while [ $((${#header} % 8)) != 0 ]; do header="$header "; done
printf "\\x$(printf %02x ${#header})\\0\\0\\0\\0\\0\\0\\0%sx" "$header" >hostile.safetensors
for verb in "tensors" "inspect --tensors" "inspect --json" "fingerprint" "fingerprint --json" "fingerprint -o -" "stats --json"; do
  # shellcheck disable=SC2086
  "$ROSETTA" $verb hostile.safetensors >out 2>err
  [ -s out ] || fail "$verb: nothing said"
  ! LC_ALL=C grep -qE $'\x1b|\x7f|\xc2\x9b|\xe2\x80\xae|\xf3\xa0' out err || fail "$verb: what acts on a terminal reached it: $(cat -v out)"
done
# The raw digest is that of the stored bytes.
expect 0 "$ROSETTA" fingerprint hostile.safetensors
says "^$(printf x | sha256sum | cut -d' ' -f1)  raw a" out
# It is the same name, and the manifest is one.
"$ROSETTA" fingerprint -o - hostile.safetensors 2>err >sums && sha256sum -c --strict --quiet sums || fail "an odd name spoils the manifest"
expect 0 "$ROSETTA" fingerprint hostile.safetensors --check sums
exit $bad
