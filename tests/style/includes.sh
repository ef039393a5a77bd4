#!/usr/bin/env bash
# No include points right: formats <- quant <- contracts <- infer <- rosetta <- rosetta/cli; the command line sees
# rosetta.h and its own files only; codegen includes none of ours.
cd "${srcdir:-.}" || exit 99
bad=0
say() { echo "$1"; bad=1; }
# A file of ours is never included as a system's, where the rules below would not see it.
while IFS= read -r line; do say "$line: one of our files in angle brackets"; done < <(
  grep -rnE '^[ \t]*#[ \t]*include <(formats|quant|contracts|infer|rosetta|codegen|tests)/' formats quant contracts codegen rosetta $( [ -d infer ] && echo infer ) --include='*.[ch]' --include='*.def')
check() { # ROOM ALLOWED-REGEX
  local room=$1 allowed=$2 line
  while IFS= read -r line; do
    [[ ${line#*\"} =~ ^($allowed) ]] || say "$line: $room may include only $allowed"
  done < <(grep -rnE '^[ \t]*#[ \t]*include "' "$room" --include='*.[ch]' --include='*.def' | grep -v '"config\.h"')
}
check formats 'formats/'
check quant '(formats|quant)/'
check contracts '(formats|quant|contracts)/'
[ -d infer ] && [ -n "$(ls infer/*.c 2>/dev/null)" ] && check infer '(formats|quant|contracts|infer)/'
while IFS= read -r line; do
  [[ ${line#*\"} =~ ^(formats|quant|contracts|infer|rosetta)/ ]] || say "$line: outside the house"
  [[ ${line#*\"} =~ ^rosetta/cli/ ]] && say "$line: the library must not see the command line"
done < <(grep -nE '^[ \t]*#[ \t]*include "' rosetta/*.[ch] | grep -v '"config\.h"')
while IFS= read -r line; do
  [[ ${line#*\"} =~ ^rosetta/(rosetta\.h|cli/) ]] || say "$line: the command line sees rosetta/rosetta.h and its own files only"
done < <(grep -rnE '^[ \t]*#[ \t]*include "' rosetta/cli | grep -v '"config\.h"')
while IFS= read -r line; do
  [[ ${line#*\"} =~ ^codegen/ ]] || say "$line: codegen stands apart"
done < <(grep -rnE '^[ \t]*#[ \t]*include "' codegen)
exit $bad
