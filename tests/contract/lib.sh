# Sourced by the scripts here: where things are, and the tools' own directories first on PATH.
# shellcheck shell=bash

contract=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$contract/../.." && pwd)
tools=${BROBYGGER_TOOLS:-$root/target/tools}
results=$root/target/contract

# The tools' node comes after the machine's own only if that one is new enough (see install.sh).
PATH=$tools/npm/node_modules/.bin:$tools/python/bin:$PATH
if [ -x "$tools/node/bin/node" ]; then
  PATH=$tools/node/bin:$PATH
fi
export PATH

# sysexits' EX_TEMPFAIL: "the tools could not be had", as opposed to "the check failed".
# tests/run makes a loud skip of it, and in CI a failure.
readonly unavailable=75

install_tools() {
  bash "$contract/install.sh" "$@" >&2 || exit "$unavailable"
  # install.sh may have brought a node of its own just now.
  if [ -x "$tools/node/bin/node" ]; then
    PATH=$tools/node/bin:$PATH
  fi
}

# The document as an absolute path, so that a tool may run in its own directory.
document() {
  if [ ! -s "$1" ]; then
    echo "no such document: $1" >&2
    exit 2
  fi
  printf '%s/%s\n' "$(cd "$(dirname "$1")" && pwd)" "$(basename "$1")"
}
