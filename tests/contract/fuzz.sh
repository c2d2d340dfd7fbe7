#!/usr/bin/env bash
# schemathesis calls every operation of a running service with data it makes from the document,
# and checks every answer against the document.
#
#   tests/contract/fuzz.sh http://127.0.0.1:8080 TOKEN [more options for `schemathesis run`]
#
# FUZZ_EXAMPLES (12): generated requests per operation and phase; FUZZ_PHASES: which phases;
# FUZZ_SEED: the same seed makes the same requests, so that a red build is red again when somebody
# looks; give another one to look elsewhere.
# A report of every request is left in target/contract/fuzz.
set -euo pipefail
# shellcheck source=tests/contract/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
base_url=${1:?usage: fuzz.sh BASE_URL TOKEN}
# In the environment, not on the command line of a process that lives for minutes.
export BROBYGGER_TOKEN=${2:?usage: fuzz.sh BASE_URL TOKEN}
export SCHEMATHESIS_HOOKS=$contract/schemathesis_hooks.py
shift 2
install_tools python

report=$results/fuzz
rm -rf "$report"
mkdir -p "$report"
# In a directory of its own: schemathesis and hypothesis leave caches where they run.
cd "$report"
schemathesis --config-file "$contract/schemathesis.toml" run "${base_url%/}/v1/openapi.json" \
  --phases "${FUZZ_PHASES:-examples,coverage,fuzzing,stateful}" \
  --max-examples "${FUZZ_EXAMPLES:-12}" \
  --seed "${FUZZ_SEED:-20260101}" \
  --wait-for-schema 30 \
  --no-color \
  --report junit,ndjson --report-dir "$report" "$@"
