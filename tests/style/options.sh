#!/usr/bin/env bash
# Help, man page and completions agree with the option table and with what the command takes: one row, told everywhere.
cd "${srcdir:-.}" || exit 99
: "${ROSETTA:?the built command}"
bad=0
commands=$("$ROSETTA" help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
[ "$(wc -w <<<"$commands")" -gt 10 ] || { echo "help lists no commands"; exit 1; }
# A row that no command uses is dead.
while IFS= read -r option; do
  grep -qE "\bOPT_$option\b" rosetta/cli/cmd_*.c || { echo "options.def: no command has $option"; bad=1; }
done < <(sed -n 's/^CLI_OPTION(\([A-Z0-9_]*\),.*/\1/p' rosetta/cli/options.def)

# agree COMMAND WHAT LIST: LIST is that of the help.
agree() {
  [ "$in_help" = "$3" ] || { echo "$1: help and $2 differ:"; diff <(echo "$in_help") <(echo "$3"); bad=1; }
}

# What the parser takes, of all options there are; --help ends the line, so nothing runs. The short form of another is none.
taken_by() {
  local name value
  echo --help
  while read -r name value; do
    ! grep -q "^--$name." <<<"$in_help" || grep -qx -- "--$name" <<<"$in_help" || continue
    [ "$value" = NULL ] && value='' || value==x
    "$ROSETTA" "$1" "--$name$value" --help >/dev/null 2>&1 && echo "--$name"
  done < <(sed -nE 's/^CLI_OPTION\([A-Z_]+, *"([a-z-]+)", *[^,]+, *(NULL|"[^"]*").*/\1 \2/p' rosetta/cli/options.def)
}

bash=$("$ROSETTA" completion bash) zsh=$("$ROSETTA" completion zsh) fish=$("$ROSETTA" completion fish)
for name in $commands; do
  page=man/rosetta-$name.1
  [ -f "$page" ] || { echo "$name: no man page"; bad=1; continue; }
  help=$("$ROSETTA" "$name" --help)
  in_help=$(grep -oE '^ +(-[a-zA-Z], )?--[a-z-]+' <<<"$help" | grep -oE '\-\-[a-z-]+' | sort -u)
  agree "$name" "the parser" "$(taken_by "$name" | sort -u)"
  agree "$name" "man page" "$(grep -oE '^\.It .*' "$page" | grep -oE 'Fl [a-zA-Z] , Fl Fl [a-z-]+|Fl Fl [a-z-]+|Fl -[a-z-]+' | grep -oE '[a-z][a-z-]+$' | sed 's/^/--/' | sort -u)"
  agree "$name" "completion in bash" "$(sed -n "s/^\t$name) opts=\"\(.*\)\".*/\1/p" <<<"$bash" | tr ' ' '\n' | sort -u)"
  agree "$name" "completion in zsh" "$(sed -n "/^\t$name) _arguments/,/;;\$/p" <<<"$zsh" | grep -oE "^\s*'--[a-z-]+" | grep -oE -- '--[a-z-]+' | sort -u)"
  agree "$name" "completion in fish" "$(sed -nE "s/.*__fish_seen_subcommand_from $name' -l ([a-z-]+) .*/--\1/p" <<<"$fish" | sort -u)"
  # Letters and arguments too: "-o, --output DST" is ".It Fl o , Fl Fl output Ar DST".
  in_help=$(grep -oE '^ +(-[a-zA-Z], )?--[a-z-]+( [A-Z][A-Z=:_]*)?( |$)' <<<"$help" | sed -E 's/^ +//; s/ +$//' | sort)
  agree "$name" "spelling in the man page" "$(grep -E '^\.It Fl ([a-zA-Z] , Fl )?Fl [a-z-]+( Ar [A-Z=:_]+)?$' "$page" |
    sed -E 's/^\.It //; s/Fl Fl /--/; s/Fl ([a-zA-Z]) ,/-\1,/; s/Ar //' | sort)"
  # The page has a synopsis, and its headings stand at the beginning of a line.
  grep -q "^\.Nm rosetta-$name\|^\.Nm rosetta $name\|^\.Nm$" "$page" || { echo "$page: no synopsis"; bad=1; }
  grep -q '^\.Sh SEE ALSO$' "$page" && ! grep -q '.\.Sh ' "$page" || { echo "$page: a heading is lost in the line before it"; bad=1; }
done
# The types that quantize takes are in its page.
in_help=$(sed -n 's/^\tquantize) also="\(.*\)".*/\1/p' <<<"$bash" | tr ' ' '\n' | sort)
agree quantize "the types in the man page" "$({ sed -n '/^is one of$/,/^in any case/p' man/rosetta-quantize.1 | grep -oE '\b[a-z]+[0-9][a-z0-9_]*' ; echo copy; } | sort)"
exit $bad
