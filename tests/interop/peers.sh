# Sourced by the tests here: finds or makes a Python with the reference implementations.
# Sets $python, or ends the test with 77 ("skipped") and the reason.
#   need PACKAGE...   each a name on PyPI, imported by the name given after ':' if that differs
: "${ROSETTA:?the built command}" "${ROSETTA_BUILD:?the build directory}"
export ROSETTA_TEST_DATA=${ROSETTA_TEST_DATA:-$PWD/../shared/data}

skip() { echo "skipped: $*"; exit 77; }

need() {
  local venv=${ROSETTA_INTEROP_VENV:-$ROSETTA_BUILD/interop-venv} spec name import
  command -v python3 >/dev/null || skip "python3 is not here"
  [ -x "$venv/bin/python" ] || python3 -m venv "$venv" >/dev/null 2>&1 || skip "python3 cannot make a virtual environment"
  python=$venv/bin/python
  for spec in "$@"; do
    name=${spec%%:*} import=${spec##*:}
    "$python" -c "import $import" 2>/dev/null ||
      timeout 900 "$python" -m pip install -q --disable-pip-version-check "$name" >/dev/null 2>&1 ||
      skip "the Python package $name cannot be installed"
    "$python" -c "import $import" 2>/dev/null || skip "the Python package $name does not import"
  done
}

# A scratch folder that goes with the test.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
