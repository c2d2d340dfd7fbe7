#!/usr/bin/env bash
# Two independent linters read the document; errors AND warnings fail.
#
#   tests/contract/lint.sh openapi/openapi.json
set -euo pipefail
# shellcheck source=tests/contract/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
document=$(document "${1:?usage: lint.sh DOCUMENT}")
install_tools npm
mkdir -p "$results"
failed=0

echo "spectral (spectral:oas)"
spectral lint --ruleset "$contract/spectral.yaml" --fail-severity=warn "$document" || failed=1

echo "redocly (recommended)"
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
redocly lint --config "$contract/redocly.yaml" --format=json --max-problems=1000 "$document" \
  >"$results/redocly.json" 2>"$results/redocly.log" || failed=1
# Redocly cannot be told to fail on warnings, so they are counted here. A report that cannot be
# read counts as a failure, too: an unreadable report is not a clean one.
node -e '
  const report = JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8"));
  for (const problem of report.problems) {
    const place = problem.location?.[0]?.pointer ?? "";
    console.log(`  ${problem.severity}  ${problem.ruleId}  ${place}  ${problem.message}`);
  }
  const { errors, warnings, ignored } = report.totals;
  console.log(`  ${errors} errors, ${warnings} warnings, ${ignored} ignored`);
  process.exit(errors + warnings + ignored === 0 ? 0 : 1);
' "$results/redocly.json" || { failed=1; grep -v '^ *$' "$results/redocly.log" | tail -n 20 >&2; }

exit "$failed"
