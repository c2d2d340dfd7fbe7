#!/usr/bin/env bash
# Installs the pinned contract tools into target/tools. Does nothing where the same pins are
# already there, so every script here may call it first.
#
#   tests/contract/install.sh [npm|python]...      (default: both)
set -euo pipefail
# shellcheck source=tests/contract/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir -p "$tools"
# Two scripts at once would empty the directory under each other.
exec 9>"$tools/lock"
flock 9

fingerprint() { cat "$@" | sha256sum | cut -d' ' -f1; }

# ready NAME FINGERPRINT: whether NAME was installed completely from exactly these pins.
ready() { [ "$(cat "$tools/$1/.pins" 2>/dev/null)" = "$2" ]; }

virtual_environment() {
  rm -rf "${tools:?}/$1"
  if ! python3 -m venv "$tools/$1"; then
    echo "python3 cannot make a virtual environment (Debian: apt-get install python3-venv)" >&2
    return 1
  fi
  "$tools/$1/bin/python" -m pip install --quiet --disable-pip-version-check \
    --no-deps --requirement "$contract/$2"
}

install_python() {
  local pins
  pins=$(fingerprint "$contract/requirements.txt" <(python3 --version))
  ready python "$pins" && return
  echo "installing the Python tools into $tools/python"
  virtual_environment python requirements.txt
  "$tools/python/bin/python" -m pip --disable-pip-version-check check
  printf '%s' "$pins" >"$tools/python/.pins"
}

node_suffices() {
  command -v npm >/dev/null && node -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1);' 2>/dev/null
}

install_npm() {
  local pins
  if ! node_suffices; then
    echo "no Node.js of version 20.19 or later here; installing one into $tools/node"
    virtual_environment node requirements-node.txt
    PATH=$tools/node/bin:$PATH
  fi
  pins=$(fingerprint "$contract/package-lock.json" <(node --version))
  ready npm "$pins" && return
  echo "installing the Node.js tools into $tools/npm"
  rm -rf "${tools:?}/npm"
  mkdir -p "$tools/npm"
  cp "$contract/package.json" "$contract/package-lock.json" "$tools/npm/"
  # No package here needs its install scripts, and code that runs at install time is not pinned
  # by anything we read.
  npm ci --prefix "$tools/npm" --ignore-scripts --no-audit --no-fund --loglevel=error
  printf '%s' "$pins" >"$tools/npm/.pins"
}

if [ $# -eq 0 ]; then
  set -- npm python
fi
for part in "$@"; do
  case $part in
  npm) install_npm ;;
  python) install_python ;;
  *) echo "unknown part: $part" >&2; exit 2 ;;
  esac
done
