#!/usr/bin/env bash
# The library prints nothing, ends nothing, and keeps no state but tables that are made once and the list of temporary files.
cd "${srcdir:-.}" || exit 99
: "${ROSETTA_BUILD:?the build folder}"
library=
for l in "$ROSETTA_BUILD/.libs/libros.a" "$ROSETTA_BUILD/libros.a"; do [ -f "$l" ] && library=$l && break; done
[ -n "$library" ] && command -v nm >/dev/null || { echo "skipped: no archive of the library, or no nm"; exit 77; }
symbols=$(nm -A "$library" 2>/dev/null)
[ "$(wc -l <<<"$symbols")" -gt 500 ] || { echo "$library: hardly a symbol"; exit 1; }
bad=0
# With _chk as fortified builds have them.
for name in printf vprintf fprintf vfprintf puts fputs putchar putc fputc fwrite perror stdout stderr err errx warn warnx \
  exit _exit quick_exit abort __assert_fail raise; do
  hits=$(grep -E " U (__)?$name(_chk)?\$" <<<"$symbols") && { echo "the library uses $name:"; echo "$hits"; bad=1; }
done
# Small letters are static; sanitizers and coverage add names that begin with an underscore or have a dot.
state=$(sed -n 's/.*[:/]\([a-z0-9_]*\)\.o:[0-9a-f]* [bBC] \([a-zA-Z][a-zA-Z0-9_]*\)$/\1 \2/p' <<<"$symbols")
while read -r object name; do
  case $object in
  crc32 | kernels | lattice) ;;   # made once, under pthread_once or by the first caller
  temporary) [ "$name" = entries ] || { echo "$object.o keeps $name"; bad=1; } ;;
  *) [ -z "$object" ] || { echo "$object.o keeps $name"; bad=1; } ;;
  esac
done <<<"$state"
exit $bad
