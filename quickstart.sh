#!/usr/bin/env bash
# Sets up a fresh Debian or Ubuntu machine, builds in build/, and shows the main job.
#   ./quickstart.sh            install what is missing, build, run `rosetta demo`
#   ./quickstart.sh check      the same, then every test
# Other systems: install the packages named below by hand; the script then goes on.
set -euo pipefail
cd "$(dirname "$0")"

packages=(gcc make autoconf automake libtool autoconf-archive pkg-config
  libyaml-dev libcjson-dev libzstd-dev liblz4-dev libssl-dev libxxhash-dev check mandoc)
# What only the tests use: a second compiler with its sanitizers, and a second architecture.
check_packages=(clang python3 python3-venv python3-numpy gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user)

say() { printf '\n== %s\n' "$*"; }

missing() {
  local p
  for p in "$@"; do
    dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || printf '%s ' "$p"
  done
}

install_packages() {
  local want sudo=
  command -v dpkg-query >/dev/null || { say "not a Debian system: install the equivalents of: $*"; return 0; }
  want=$(missing "$@")
  [ -n "$want" ] || return 0
  [ "$(id -u)" = 0 ] || sudo=sudo
  say "installing $want"
  $sudo apt-get update -qq
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $want >/dev/null
}

build() {
  say "building in build/"
  [ -x configure ] && [ configure -nt configure.ac ] || autoreconf -fi >/dev/null
  mkdir -p build
  (cd build && { [ -f Makefile ] || ../configure -q; } && make -j"$(nproc)" -s)
}

install_packages "${packages[@]}"
case ${1:-demo} in
demo)
  build
  say "rosetta demo"
  build/rosetta/cli/rosetta demo
  say "the command is build/rosetta/cli/rosetta; 'make -C build install' installs it"
  ;;
check)
  # A package that this release lacks makes its tests say "skipped", not fail.
  for p in "${check_packages[@]}"; do install_packages "$p" || say "not available: $p"; done
  # The sanitizers' runtime is named after clang's version.
  p=libclang-rt-$(clang -dumpversion 2>/dev/null | cut -d. -f1)-dev
  install_packages "$p" || say "not available: $p"
  build
  exec tests/all.sh
  ;;
*)
  echo "usage: ./quickstart.sh [demo|check]" >&2
  exit 2
  ;;
esac
