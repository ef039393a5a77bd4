#!/bin/sh
# Fingerprints of a model in all three formats equal what an independent script computes from its Hugging Face folder,
# and one changed bit does not.
set -u
data=${ROSETTA_TEST_DATA:-}
python=
for p in "${ROSETTA_PYTHON:-}" python3; do
	[ -n "$p" ] && "$p" -c 'import numpy' 2>/dev/null && { python=$p; break; }
done
[ -n "$python" ] || { . "${srcdir:-.}/tests/interop/peers.sh"; need numpy; rmdir "$scratch"; }
[ -d "$data/models/adder" ] || { echo "skipped: no test data"; exit 77; }
[ -x "$ROSETTA" ] || { echo "skipped: no rosetta"; exit 77; }
here=$(dirname "$0")
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
failed=0

# The digest lines of a fingerprint: tensors sorted by name, then the model's.
ours() {
	"$ROSETTA" fingerprint --json "$1" >"$scratch/json" || return 1
	"$python" - "$scratch/json" <<'END'
import json, sys
r = json.load(open(sys.argv[1]))
for t in sorted(r["tensors"], key=lambda t: t["name"].encode()):
    print(t["canonical"], t["name"], sep="  ")
print(r["model"]["canonical"], " canonical")
END
}

left_out() {
	"$ROSETTA" fingerprint --json "$1" | "$python" -c 'import json, sys
print(*(t["name"] for t in json.load(sys.stdin)["left_out"] if t["why"] == "derivable"))'
}

check() {
	# shellcheck disable=SC2046
	"$python" "$here/canonical.py" "$1" $(left_out "$1") >"$scratch/wanted" || { echo "FAIL $1: the script"; failed=1; return; }
	for form in "$1" "$scratch/m.gguf" "$scratch/m.apr"; do
		[ "$form" = "$1" ] || "$ROSETTA" convert --force "$1" -o "$form" >"$scratch/out" 2>&1 || { cat "$scratch/out"; failed=1; continue; }
		ours "$form" >"$scratch/got"
		cmp -s "$scratch/wanted" "$scratch/got" || { echo "FAIL $1: $form"; diff "$scratch/wanted" "$scratch/got" | head -4; failed=1; }
	done
	echo "$1: $(tail -1 "$scratch/wanted" | cut -c1-16)... in three formats"
}

for model in adder tinystories-656k; do
	check "$data/models/$model"
done
for family in llama llama-tied llama-llama3 llama-linear llama-bias mistral mistral-full mixtral qwen2 qwen2-tied qwen2-yarn \
	gpt2 gemma2 gemma2-qscalar phi3 phi3-swa phi3-longrope; do
	[ -d "$data/families/$family/hf" ] && check "$data/families/$family/hf"
done

# The control: one bit of the last tensor.
cp -r "$data/models/adder" "$scratch/edited"
chmod -R u+w "$scratch/edited"
"$python" - "$scratch/edited/model.safetensors" <<'END'
import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(-1, 2)
    last = f.read(1)[0]
    f.seek(-1, 2)
    f.write(bytes([last ^ 1]))
END
"$python" "$here/canonical.py" "$data/models/adder" >"$scratch/wanted"
ours "$scratch/edited" >"$scratch/got"
cmp -s "$scratch/wanted" "$scratch/got" && { echo "FAIL: a changed bit left the digest as it was"; failed=1; }
exit $failed
