#!/bin/sh
# Every speed that rosetta promises, beside its limit on the machine at hand, in one table.
#
#     BUILD=build bench/limits.sh [DIR]        or: make bench BENCH_DIR=DIR
#
# Makes a model of 2 GB in DIR (default: a fresh folder under TMPDIR, removed again; a model that is there already is
# kept), then measures turn by turn: each round runs the limit and then the verb, and the table gives the median of
# ROUNDS (5) rounds. Ratios are of wall time, so another program's load disturbs both sides; CPU seconds are beside them.
# Meanwhile 8 GB of memory are kept from going back to a virtual machine's host, where there is so much (bench/steady.c).
# Decoding has a table of its own at the end, by bench/decode: the head of bench/decode.c says what limits it. DIR needs 6 GB;
# tmpfs and disks differ: run it on both.
set -eu

build=${BUILD:-.}
rounds=${ROUNDS:-5}
threads=$(getconf _NPROCESSORS_ONLN)
for tool in rosetta/cli/rosetta bench/cost bench/open bench/make_model bench/read_pass bench/steady bench/decode; do
	[ -x "$build/$tool" ] || { echo "limits: $build/$tool is not built (make bench builds it)" >&2; exit 2; }
done
build=$(cd "$build" && pwd)
rosetta=$build/rosetta/cli/rosetta
cost=$build/bench/cost

if [ $# -gt 0 ]; then
	mkdir -p "$1" && dir=$(cd "$1" && pwd)
	work=$(mktemp -d "$dir/limits.XXXXXX")
else
	work=$(mktemp -d "${TMPDIR:-/tmp}/rosetta-limits.XXXXXX")
	dir=$work
fi
holder=
trap '[ -z "$holder" ] || kill "$holder"; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
model=$dir/model
gguf=$work/a.gguf
quant=$work/q.gguf
[ -e "$model/model.safetensors.index.json" ] || "$build/bench/make_model" 2g "$model" 3 >/dev/null
# shellcheck disable=SC2012
payload=$(cat "$model"/*.safetensors | wc -c)

# Column $1 of the lines on stdin, in the middle.
median() {
	awk -v c="$1" '{ print $c }' | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

div() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.4f", (b > 0 ? a / b : 0) }'; }

# row NAME LIMIT MEASURED RATIO WANTED REST
row() {
	verdict=$(awk -v r="$4" -v w="$5" 'BEGIN { print (r >= w ? "ok" : "MISSED") }')
	printf '%-26s %-26s %-26s %6.0f %%  >= %3.0f %%  %-6s %s\n' "$1" "$2" "$3" "$(awk -v r="$4" 'BEGIN { print r * 100 }')" \
		"$(awk -v r="$5" 'BEGIN { print r * 100 }')" "$verdict" "$6"
}

# Runs "limit" and "verb" (shell functions) in turn; their lines go to $work/limit and $work/verb.
in_turn() {
	: >"$work/limit.txt"
	: >"$work/verb.txt"
	for _ in $(seq "$rounds"); do
		limit >>"$work/limit.txt"
		verb >>"$work/verb.txt"
	done
	limit_s=$(median 1 <"$work/limit.txt")
	verb_s=$(median 1 <"$work/verb.txt")
	verb_cpu=$(median 2 <"$work/verb.txt")
}

# ---- memory that is this machine's own ----
if [ "$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)" -gt 12000 ]; then
	"$build/bench/steady" 8192 >"$work/steady" &
	holder=$!
	until grep -q ready "$work/steady" || ! kill -0 "$holder" 2>/dev/null; do sleep 0.1; done
fi

printf '%s threads, %s rounds, %s bytes of model, in %s; load %s\n' "$threads" "$rounds" "$payload" "$dir" "$(cut -d' ' -f1 /proc/loadavg)"
printf '%-26s %-26s %-26s %8s  %9s\n' what limit measured ratio wanted

# ---- open and list ----
"$build/bench/open" "$model" | sed 's/^/  /'

# ---- convert against cp ----
# Both sides begin with nothing left to write: what a deletion or a copy left over is not the next one's work.
clear() { rm -rf "$work/copy" "$gguf"; mkdir "$work/copy"; sync -f "$work"; }
limit() { clear; "$cost" cp "$model"/*.safetensors "$work/copy/"; }
verb() { clear; "$cost" "$rosetta" convert "$model" -o "$gguf"; }
in_turn
row "convert to GGUF" "cp $limit_s s" "$verb_s s" "$(div "$limit_s" "$verb_s")" 1 "cpu $verb_cpu s"
limit() { clear; "$cost" sh -c "cp '$model'/*.safetensors '$work/copy/' && sync '$work/copy'/*"; }
in_turn
row "convert to GGUF" "cp and sync $limit_s s" "$verb_s s" "$(div "$limit_s" "$verb_s")" 1 "cpu $verb_cpu s"
verb() { clear; "$cost" "$rosetta" convert --digest sha256 "$model" -o "$gguf"; }
in_turn
row "convert --digest sha256" "cp and sync $limit_s s" "$verb_s s" "$(div "$limit_s" "$verb_s")" 0 "cpu $verb_cpu s"
rm -rf "$work/copy"

# ---- fingerprint: the stored bytes and as many float32 are hashed ----
hashed=$((payload * 3))
if command -v openssl >/dev/null; then
	limit() { openssl speed -elapsed -seconds 1 -bytes 65536 -multi "$threads" sha256 2>/dev/null | awk '/^sha256/ { sub("k", "", $2); print $2 / 1e6 }'; }
	verb() { "$cost" "$rosetta" fingerprint "$model"; }
	in_turn
	speed=$(div "$hashed" "$(awk -v s="$verb_s" 'BEGIN { print s * 1e9 }')")
	row "fingerprint, sha256" "openssl $limit_s GB/s" "$speed GB/s" "$(div "$speed" "$limit_s")" 0.9 "cpu $verb_cpu s"
fi
limit() { { "$build/bench/read_pass" "$model"/*.safetensors; "$build/bench/read_pass" -m "$model"/*.safetensors; } | sort -g -k 3 | head -n 1 | awk '{ print $3, $3 }'; }
verb() { "$cost" "$rosetta" fingerprint --digest xxh3 "$model"; }
in_turn
row "fingerprint, xxh3" "read $(div "$payload" "$(awk -v s="$limit_s" 'BEGIN { print s * 1e9 }')") GB/s" \
	"$(div "$hashed" "$(awk -v s="$verb_s" 'BEGIN { print s * 1e9 }')") GB/s hashed" "$(awk -v l="$limit_s" -v v="$verb_s" 'BEGIN { print 3 * l / v }')" 0.8 "cpu $verb_cpu s"

# ---- verify, diff: one pass over both ----
limit() { { "$build/bench/read_pass" "$model"/*.safetensors "$gguf"; "$build/bench/read_pass" -m "$model"/*.safetensors "$gguf"; } | awk '{ print $3, $3 }' | sort -g | head -n 1; }
for name in verify diff; do
	verb() { "$cost" "$rosetta" "$name" "$model" "$gguf"; }
	in_turn
	row "$name" "read both $limit_s s" "$verb_s s" "$(div "$limit_s" "$verb_s")" 0.7 "cpu $verb_cpu s"
done

# ---- derive: source bytes per CPU second ----
"$rosetta" convert -q q4_k_m "$model" -o "$quant" >/dev/null
: >"$work/verb.txt"
for _ in $(seq "$rounds"); do "$cost" "$rosetta" derive "$model" "$quant" >>"$work/verb.txt"; done
speed=$(div "$payload" "$(median 2 <"$work/verb.txt" | awk '{ print $1 * 1e9 }')")
row "derive, Q4_K_M" "1 GB/s of source per core" "$speed GB/s" "$speed" 1 "wall $(median 1 <"$work/verb.txt") s"

# ---- peak memory ----
echo "peak resident memory (wanted: below 100 MB and the header), MB:"
peak() {
	name=$1
	shift
	printf '  %-24s %s\n' "$name" "$("$cost" "$@" | awk '{ print ($4 ? $3 " (exit " $4 ")" : $3) }')"
}
peak "convert to GGUF" "$rosetta" convert "$model" -o "$gguf" --force
peak "convert to APR" "$rosetta" convert "$model" -o "$work/a.apr"
rm -f "$work/a.apr"
peak "convert to f32" "$rosetta" convert "$model" -o "$work/wide.gguf" --dtype f32
rm -f "$work/wide.gguf"
peak quantize "$rosetta" quantize "$gguf" "$work/q2.gguf" q8_0
rm -f "$work/q2.gguf"
peak verify "$rosetta" verify "$model" "$gguf"
peak diff "$rosetta" diff "$model" "$gguf"
peak "diff, all values differ" "$rosetta" diff "$model" "$quant"
peak fingerprint "$rosetta" fingerprint "$model"
peak derive "$rosetta" derive "$model" "$quant"
rm -f "$gguf"

# ---- widening into memory, beside its write bandwidth (wanted: 70 % of memset and of ordinary stores) ----
"$build/bench/decode" -r "$rounds" F16 BF16 Q8_0 Q4_K
