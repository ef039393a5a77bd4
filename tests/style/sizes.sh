#!/usr/bin/env bash
# File and function sizes: the hard limits fail (500 lines, 80 lines), the targets are reported (about 200, about 12).
cd "${srcdir:-.}" || exit 99
files=$(find formats quant contracts codegen infer rosetta tests bench -name '*.[ch]' -not -path '*/gen/*' 2>/dev/null | sort)
bad=0
for f in $files; do
  n=$(wc -l <"$f")
  case $f in *grid*) continue ;; esac     # constant grids aside
  [ "$n" -gt 500 ] && { echo "$f: $n lines; what is the second subject in it?"; bad=1; }
done
# A function runs from a line that is "{" alone to the next "}" alone.
# shellcheck disable=SC2086
awk '
FNR == 1 { start = 0 }
/^\{/ { start = FNR; next }
/^\}/ && start { n = FNR - start - 1; len[++k] = n; if (n > 80) { print FILENAME ":" start ": a function of " n " lines"; bad = 1 } start = 0 }
END {
	m = 0; for (i = 1; i <= k; i++) { hist[len[i]]++; if (len[i] > m) m = len[i] }
	for (i = 0; i <= m; i++) { c += hist[i]; if (!med && c * 2 >= k) med = i; if (!p95 && c >= 0.95 * k) p95 = i }
	printf "functions: %d, median %d lines, 95th percentile %d, longest %d\n", k, med, p95, m
	exit bad
}' $files || bad=1
echo "$files" | xargs wc -l | awk '$2 != "total" { print $1 }' | sort -n | awk '{ a[NR] = $1 } END { print "files: " NR ", median " a[int((NR + 1) / 2)] " lines, longest " a[NR] }'
exit $bad
