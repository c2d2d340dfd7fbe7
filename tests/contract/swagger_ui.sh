#!/usr/bin/env bash
# A person's first minute: Swagger UI in a real browser, sign in, try an operation, see 200.
#
#   . data/demo.env; export DEMO_ID DEMO_SECRET
#   tests/contract/swagger_ui.sh http://127.0.0.1:8080 [OPERATION_ID]
#
# Leaves target/contract/swagger-ui.png.
set -euo pipefail
# shellcheck source=tests/contract/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
install_tools npm
for name in chromium chromium-browser google-chrome; do
  if browser=$(command -v "$name"); then
    break
  fi
done
if [ -z "${browser:-}" ]; then
  echo "no Chromium on PATH (Debian: apt-get install chromium)" >&2
  exit "$unavailable"
fi
mkdir -p "$results"
BROBYGGER_TOOLS=$tools BROWSER_EXECUTABLE=$browser \
  node "$contract/swagger_ui.mjs" "$results/swagger-ui.png" "$@"
