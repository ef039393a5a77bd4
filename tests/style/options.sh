#!/usr/bin/env bash
# Help, man page and completion agree with the option table: one row, told everywhere.
cd "${srcdir:-.}" || exit 99
: "${ROSETTA:?the built command}"
bad=0
for name in $("$ROSETTA" help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p'); do
  page=man/rosetta-$name.1
  [ -f "$page" ] || { echo "$name: no man page"; bad=1; continue; }
  help=$("$ROSETTA" "$name" --help)
  in_help=$(grep -oE '^ +(-[a-zA-Z], )?--[a-z-]+' <<<"$help" | grep -oE '\-\-[a-z-]+' | sort -u)
  in_page=$(grep -oE '^\.It .*' "$page" | grep -oE 'Fl [a-zA-Z] , Fl Fl [a-z-]+|Fl Fl [a-z-]+|Fl -[a-z-]+' | grep -oE '[a-z][a-z-]+$' | sed 's/^/--/' | sort -u)
  [ "$in_help" = "$in_page" ] || { echo "$name: help and man page differ:"; diff <(echo "$in_help") <(echo "$in_page"); bad=1; }
  in_bash=$("$ROSETTA" completion bash | sed -n "s/^\t$name) opts=\"\(.*\)\".*/\1/p" | tr ' ' '\n' | sort -u)
  [ "$in_help" = "$in_bash" ] || { echo "$name: help and completion differ:"; diff <(echo "$in_help") <(echo "$in_bash"); bad=1; }
  # The synopsis of the page begins as the usage line does.
  grep -q "^\.Nm rosetta-$name\|^\.Nm rosetta $name\|^\.Nm$" "$page" || { echo "$page: no synopsis"; bad=1; }
  grep -q '^\.Sh SEE ALSO$' "$page" && ! grep -q '.\.Sh ' "$page" || { echo "$page: a heading is lost in the line before it"; bad=1; }
done
exit $bad
