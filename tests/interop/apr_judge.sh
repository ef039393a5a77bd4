#!/bin/sh
# The reference reader of APR (crate apr-format, built from $ROSETTA_TEST_DATA/apr-golden/judge) accepts what we
# write and sees in it the same tensors, byte for byte, with both checksums right.
set -eu
: "${ROSETTA_BUILD:=.}" "${ROSETTA_TEST_DATA:=}"
rewrite=$ROSETTA_BUILD/tests/interop/rewrite
golden=$ROSETTA_TEST_DATA/apr-golden

[ -d "$golden/judge" ] || { echo "skipped: no judge in \$ROSETTA_TEST_DATA"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/apr-judge.XXXXXX")
trap 'rm -rf "$work"' EXIT

judge=${ROSETTA_APR_JUDGE:-}
if [ -z "$judge" ]; then
	command -v cargo > /dev/null || { echo "skipped: no cargo to build the judge with"; exit 77; }
	cp -R "$golden/judge" "$work/judge"
	chmod -R u+w "$work/judge"
	if ! (cd "$work/judge" && cargo build --quiet --release --target-dir "$work/target") 2> "$work/log"; then
		echo "skipped: the judge does not build here:"
		tail -n 3 "$work/log"
		exit 77
	fi
	judge=$work/target/release/apr-judge
fi

# What a verdict says of names, types, shapes, sizes and bytes; the places may differ.
tensors() {
	"$judge" "$1" | tr '{' '\n' | grep '"dtype_id"' | sed 's/"offset":[0-9]*,//; s/}[],]*$//'
}

files=0
mkdir "$work/out"
for source in "$golden"/good/*.apr "$golden"/models/*.apr "$ROSETTA_TEST_DATA"/models/*/gguf/*-f32.gguf \
	"$ROSETTA_TEST_DATA"/families/*/model.gguf; do
	[ -f "$source" ] || continue
	name=$(echo "$source" | sed 's|^.*/\([^/]*/[^/]*\)$|\1|; s|/|-|g; s|\.[a-z]*$||')
	ours=$work/out/$name.apr
	if ! "$rewrite" "$source" "$ours" 2> "$work/why"; then
		case $source in
		*.gguf) continue ;;     # a type that APR cannot say
		esac
		echo "FAIL $source: $(cat "$work/why")"
		exit 1
	fi
	"$judge" "$ours" > "$work/verdict" || { echo "FAIL $name: $(cat "$work/verdict")"; exit 1; }
	grep -q '"footer":"ok"' "$work/verdict" && grep -q '"header_crc_ok":true' "$work/verdict" ||
		{ echo "FAIL $name: a checksum: $(cut -c1-300 "$work/verdict")"; exit 1; }
	case $source in
	*.apr)
		tensors "$source" > "$work/a"
		tensors "$ours" > "$work/b"
		cmp -s "$work/a" "$work/b" || { echo "FAIL $name: other tensors"; diff "$work/a" "$work/b" | head -n 4; exit 1; } ;;
	esac
	files=$((files + 1))
done

# The test can fail: the judge sees a spoiled byte of the header.
first=$(ls "$work"/out/*.apr | head -n 1)
printf '\377' | dd of="$first" bs=1 seek=9 conv=notrunc 2> /dev/null
if "$judge" "$first" > /dev/null; then
	echo "FAIL: a spoiled header is accepted"
	exit 1
fi
[ "$files" -ge 40 ] || { echo "FAIL: only $files files"; exit 1; }
echo "$files files accepted by the reference reader"
