#!/bin/sh
# The built-in model, quantized by us and run by the real llama.cpp, still adds.
set -eu
: "${srcdir:=.}"
. "$srcdir/tests/interop/peers.sh"
need numpy gguf xllamacpp
wrong=0
cd "$scratch"
echo '["17+25=", "3+4=", "99+99=", "50+8=", "0+0=", "61+39=", "12+88=", "7+95="]' >sums.json
for type in q8_0 q4_k_m q6_k q5_k_m; do
	"$ROSETTA" quantize -f "$srcdir/models/adder" adder.gguf $type >/dev/null
	PYTHONDONTWRITEBYTECODE=1 "$python" "$srcdir/tests/interop/llama_cpp.py" --says adder.gguf sums.json 4 >ids
	"$python" - "$type" "$srcdir/models/adder/tokenizer.json" <<'PY' || wrong=1
import json, sys
vocab = {i: t for t, i in json.load(open(sys.argv[2], encoding="utf-8"))["model"]["vocab"].items()}
sums = json.load(open("sums.json"))
lines = open("ids").read().splitlines()
good = 0
for text, line in zip(sums, lines):
    a, b = text.rstrip("=").split("+")
    said = "".join(vocab.get(i, "|") for i in json.loads(line))
    want = str(int(a) + int(b))
    ok = said.startswith(want) and not said[len(want):len(want) + 1].isdigit()
    good += ok
    if not ok:
        print(f"{sys.argv[1]}: {text}{said}, wanted {want}")
print(f"{sys.argv[1]}: {good} of {len(sums)} sums are right")
sys.exit(good != len(sums) or len(lines) != len(sums))
PY
done
exit $wrong
