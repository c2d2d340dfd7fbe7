#!/usr/bin/env bash
# Computes the oracle files again with the pinned libraries and compares them with the committed ones.
# With --write, replaces the committed ones instead. Needs python3 and a package index.
set -euo pipefail
cd "$(dirname "$0")"
work=../../target/oracles
mkdir -p "$work"
if [ ! -x "$work/venv/bin/python" ] || ! cmp -s requirements.txt "$work/installed.txt"; then
  rm -rf "$work/venv"
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check -r requirements.txt
  cp requirements.txt "$work/installed.txt"
fi
status=0
for name in holidays personnummer webhooks; do
  "$work/venv/bin/python" "${name}_oracle.py" "$work/$name.csv"
  if [ "${1:-}" = --write ]; then
    cp "$work/$name.csv" "$name.csv"
  else
    diff -u "$name.csv" "$work/$name.csv" || status=1
  fi
done
[ "$status" -eq 0 ] && echo "oracles agree with the committed files"
exit "$status"
