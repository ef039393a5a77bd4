#!/usr/bin/env bash
# No family is known by name outside contracts/ (and the tests and models that are about one).
cd "${srcdir:-.}" || exit 99
names=$(sed -n 's/^family:[ ]*//p' contracts/families/*.yaml | tr -d '"' | sort -u)
[ -n "$names" ] || { echo "no family found in contracts/families"; exit 1; }
bad=0
for name in $names; do
  # As a string, or as a word of an identifier; comments may name a family to explain a formula.
  hits=$(grep -rnwE "\"[^\"]*\b$name\b[^\"]*\"" formats quant codegen $( [ -d infer ] && echo infer ) rosetta --include='*.[ch]' --include='*.def' |
    grep -v 'llama\.cpp\|llama-quantize' | grep -v 'cli_example\|{ "rosetta ' || true)
  [ -z "$hits" ] || { echo "family '$name' named outside contracts/:"; echo "$hits"; bad=1; }
done
exit $bad
