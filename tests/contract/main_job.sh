#!/usr/bin/env bash
# The main job, driven by a client that openapi-python-client makes from the committed document.
# Wants a service with the demo's data: API and the variables of its demo.env in the environment.
set -euo pipefail
# shellcheck source=tests/contract/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
install_tools python
clients=$results/main-job
rm -rf "$clients"
mkdir -p "$clients"
(
  cd "$clients"
  openapi-python-client generate --path "$root/openapi/openapi.json" --meta none --overwrite \
    --config "$contract/openapi-python-client.yaml" --output-path brobygger_client
)
PYTHONPATH=$clients python "$contract/main_job.py"
