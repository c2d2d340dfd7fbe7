#!/usr/bin/env bash
# Verifies the webhooks of the running service (API, TOKEN) with an independent library.
set -euo pipefail
cd "$(dirname "$0")"
work=../../target/oracles
mkdir -p "$work"
if [ ! -x "$work/venv/bin/python" ] || ! cmp -s requirements.txt "$work/installed.txt"; then
  rm -rf "$work/venv"
  python3 -m venv "$work/venv" || exit 75
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check -r requirements.txt || exit 75
  cp requirements.txt "$work/installed.txt"
fi
"$work/venv/bin/python" webhook_receiver.py
