#!/usr/bin/env bash
# Every prototype in a header stands under a comment, or follows one that does without a blank line between them.
cd "${srcdir:-.}" || exit 99
awk '
FNR == 1 { documented = 0; open = 0 }
/\/\*/ { if ($0 !~ /\*\//) open = 1; documented = 1; next }
open { if (/\*\//) open = 0; next }
/^[ \t]*$/ { documented = 0; next }
/^[A-Za-z_][A-Za-z0-9_ *]*[ *][a-z_][a-z0-9_]*\(/ && !/^(return|typedef|else|if|for|while)/ && !/^(struct|enum)[^(]*\{/ && !/#define/ {
	if (!documented) { print FILENAME ":" FNR ": a prototype without a comment: " $0; bad = 1 }
	next
}
/^[{}]/ { next }
END { exit bad }
' formats/*.h quant/*.h contracts/*.h rosetta/*.h
