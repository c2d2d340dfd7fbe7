#!/usr/bin/env bash
# The pages for people in a real browser: screenshots on a desk, on a telephone and on paper, and
# axe-core, which knows what people who cannot see or use a mouse stumble over.
#
#   tests/contract/pages.sh http://127.0.0.1:8080 /public/steering-groups/ID [MORE_PATHS]
#
# Follows the links of a list to the first page behind it. Leaves target/contract/page-*.png and .pdf.
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
BROBYGGER_TOOLS=$tools BROWSER_EXECUTABLE=$browser node "$contract/pages.mjs" "$results" "$@"
