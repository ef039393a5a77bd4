#!/usr/bin/env bash
# Help, man page and completion agree with the option table: one row, told everywhere.
cd "${srcdir:-.}" || exit 99
: "${ROSETTA:?the built command}"
bad=0
commands=$("$ROSETTA" help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
[ "$(wc -w <<<"$commands")" -gt 10 ] || { echo "help lists no commands"; exit 1; }
# A row that no command uses is dead.
while IFS= read -r option; do
  grep -qE "\bOPT_$option\b" rosetta/cli/cmd_*.c || { echo "options.def: no command has $option"; bad=1; }
done < <(sed -n 's/^CLI_OPTION(\([A-Z0-9_]*\),.*/\1/p' rosetta/cli/options.def)
for name in $commands; do
  page=man/rosetta-$name.1
  [ -f "$page" ] || { echo "$name: no man page"; bad=1; continue; }
  help=$("$ROSETTA" "$name" --help)
  in_help=$(grep -oE '^ +(-[a-zA-Z], )?--[a-z-]+' <<<"$help" | grep -oE '\-\-[a-z-]+' | sort -u)
  in_page=$(grep -oE '^\.It .*' "$page" | grep -oE 'Fl [a-zA-Z] , Fl Fl [a-z-]+|Fl Fl [a-z-]+|Fl -[a-z-]+' | grep -oE '[a-z][a-z-]+$' | sed 's/^/--/' | sort -u)
  [ "$in_help" = "$in_page" ] || { echo "$name: help and man page differ:"; diff <(echo "$in_help") <(echo "$in_page"); bad=1; }
  in_bash=$("$ROSETTA" completion bash | sed -n "s/^\t$name) opts=\"\(.*\)\".*/\1/p" | tr ' ' '\n' | sort -u)
  [ "$in_help" = "$in_bash" ] || { echo "$name: help and completion differ:"; diff <(echo "$in_help") <(echo "$in_bash"); bad=1; }
  # The page has a synopsis, and its headings stand at the beginning of a line.
  grep -q "^\.Nm rosetta-$name\|^\.Nm rosetta $name\|^\.Nm$" "$page" || { echo "$page: no synopsis"; bad=1; }
  grep -q '^\.Sh SEE ALSO$' "$page" && ! grep -q '.\.Sh ' "$page" || { echo "$page: a heading is lost in the line before it"; bad=1; }
done
exit $bad
