#!/usr/bin/env bash
# No family is known by name outside contracts/ (and the tests and models that are about one): none of the names in its
# file as a part of an identifier or a text, in any case. Comments may name one to explain a formula.
cd "${srcdir:-.}" || exit 99

# Keys, architectures, aliases, classes and model types, one a line. A `_` may be a `-`, or missing.
names() {
  sed -nE 's/[[:space:]]+#.*//; s/^(family|gguf_arch|apr_arch|apr_aliases|classes|model_types):[[:space:]]*//p' contracts/families/*.yaml |
    tr -d '[]" ' | tr ',' '\n' | parts | tr 'A-Z' 'a-z' | sed 's/\./\\./g; s/_/[-_]?/g' | sort -u
}

# FileType, fileTYPE -> File_Type, file_TYPE
parts() { sed -E 's/([a-z0-9])([A-Z])/\1_\2/g'; }

# FILE:LINE: and the line without its comments.
code() {
  awk '
  FNR == 1 { inside = 0 }
  {
    line = $0; out = ""
    while (line != "") {
      if (inside) {
        end = index(line, "*/")
        line = end ? substr(line, end + 2) : ""
        inside = !end
      } else if (match(line, /"([^"\\]|\\.)*"|\047([^\047\\]|\\.)*\047|\/\*|\/\//)) {
        token = substr(line, RSTART, RLENGTH)
        out = out substr(line, 1, RSTART - 1)
        line = substr(line, RSTART + RLENGTH)
        if (token == "/*") inside = 1
        else if (token == "//") line = ""
        else out = out token
      } else {
        out = out line; line = ""
      }
    }
    print FILENAME ":" FNR ": " out
  }' "$@"
}

# What only looks like a family: the tools of llama.cpp by their whole names, a kind of rope scaling in the generator that
# reads it, the models in the examples of the help.
others() {
  sed -E 's/(^|[^A-Za-z0-9])llama([._]cpp|-quantize|-gguf-split)($|[^A-Za-z0-9])/\1\3/g
    /^codegen\//s/(^|[^A-Za-z0-9])(llama3|LLAMA3)($|[^A-Za-z0-9])/\1\3/g
    s/\{ "rosetta [^"]*"/{ ""/'
}

all=$(names | paste -sd '|')
[ -n "$all" ] || { echo "no family found in contracts/families"; exit 1; }
hits() { code "$@" | others | parts | grep -iE "^[^:]*:[0-9]+: (.*[^a-z])?($all)([^a-z]|\$)"; }

# The check itself: lines 1 to 8 name a family, the rest do not.
probe=$(mktemp) || exit 99
trap 'rm -f "$probe"' EXIT
cat > "$probe" <<'END'
is_llama();
contract_llama isLlama
"LlamaForCausalLM"
"gptneox" /* llama.cpp */
"deepseek2"
LLAMA
"llama", as in llama.cpp
ROS_IF_FALCON
compat_llama_cpp "llama.cpp-2025" llama-quantize
/* llama
 * falcon */ fine // qwen2
{ "rosetta convert Qwen2.5-0.5B", "" },
END
found=$(hits "$probe" | cut -d: -f2 | paste -sd ' ')
[ "$found" = "1 2 3 4 5 6 7 8" ] || { echo "the check itself: lines 1 to 8 wanted, $found found"; exit 1; }

# shellcheck disable=SC2046
hits=$(hits $(find formats quant codegen infer rosetta -name '*.[ch]' -o -name '*.def' 2>/dev/null | sort))
[ -z "$hits" ] || { echo "families named outside contracts/:"; echo "$hits"; exit 1; }
