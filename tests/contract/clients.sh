#!/usr/bin/env bash
# Three independent generators make clients from the document, and the clients must compile:
# what an integrator does on the first morning. Left behind in target/contract/clients for the
# tests that drive the service through them.
#
#   tests/contract/clients.sh openapi/openapi.json
set -euo pipefail
# shellcheck source=tests/contract/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
document=$(document "${1:?usage: clients.sh DOCUMENT}")
install_tools npm python
if ! command -v java >/dev/null; then
  echo "openapi-generator needs Java (Debian: apt-get install default-jre-headless)" >&2
  exit "$unavailable"
fi

clients=$results/clients
rm -rf "$clients"
mkdir -p "$clients/openapi-typescript" "$clients/openapi-python-client"

# 1. openapi-typescript: the types alone.
echo "openapi-typescript, checked by tsc --strict"
openapi-typescript "$document" --output "$clients/openapi-typescript/schema.ts" >/dev/null
tsc --strict --noEmit --target es2022 --module nodenext --lib es2022,dom \
  "$clients/openapi-typescript/schema.ts"

# 2. openapi-python-client. It leaves out an operation it does not understand with a warning only,
# hence --fail-on-warning.
echo "openapi-python-client, every module imported and checked by mypy"
(
  cd "$clients/openapi-python-client"
  openapi-python-client generate --path "$document" --meta none --overwrite --fail-on-warning \
    --config "$contract/openapi-python-client.yaml" --output-path brobygger_client
  # What is made from the document; the generator's own client.py, the same for everybody, does not
  # pass mypy.
  mypy --no-error-summary --ignore-missing-imports --follow-imports=silent \
    --cache-dir="$tools/mypy" -p brobygger_client.api -p brobygger_client.models
)

# 3. openapi-generator, which most integrators have: two of its languages, because each trips over
# other things. It makes operations of the document's webhooks too, which in TypeScript do not
# compile: they are left out by naming what is wanted.
echo "openapi-generator typescript-fetch, checked by tsc --strict"
openapi_generator() {
  local log=$clients/openapi-generator-$1.log
  if ! openapi-generator-cli generate --input-spec "$document" --generator-name "$1" \
    --global-property apis,models,supportingFiles,apiDocs=false,modelDocs=false,apiTests=false,modelTests=false \
    --output "$clients/openapi-generator-$1" "${@:2}" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    return 1
  fi
}
openapi_generator typescript-fetch
find "$clients/openapi-generator-typescript-fetch" -name '*.ts' -print0 |
  xargs -0 tsc --strict --noEmit --target es2022 --module nodenext --lib es2022,dom

echo "openapi-generator python, every module imported"
openapi_generator python --additional-properties=packageName=brobygger_generated

# A module that compiles can still fail when it is loaded; and a generator that leaves out half of
# the operations produces a client that compiles very well.
python - "$document" "$clients" <<'PYTHON'
import importlib, json, pathlib, pkgutil, re, sys

document, clients = json.load(open(sys.argv[1])), pathlib.Path(sys.argv[2])
for folder, package in (
    ("openapi-python-client", "brobygger_client"),
    ("openapi-generator-python", "brobygger_generated"),
):
    sys.path.insert(0, str(clients / folder))
    modules = [package]
    modules += [m.name for m in pkgutil.walk_packages([str(clients / folder / package)], package + ".")]
    for module in modules:
        importlib.import_module(module)
    print(f"  {folder}: {len(modules)} modules imported")

wanted = sorted(
    operation["operationId"]
    for item in document["paths"].values()
    for method, operation in item.items()
    if method in ("get", "put", "post", "delete", "options", "head", "patch", "trace")
)

def text(folder, pattern):
    return "\n".join(path.read_text() for path in (clients / folder).rglob(pattern))

def letters(name):
    return re.sub(r"[^a-z0-9]", "", name.lower())

# Each generator's own spelling of "here is an operation".
found = {
    "openapi-typescript": re.findall(r"^ {4}\"?([\w-]+)\"?: \{$", text("openapi-typescript", "schema.ts"), re.M),
    "openapi-python-client": [
        path.stem for path in (clients / "openapi-python-client/brobygger_client/api").rglob("*.py")
    ],
    "openapi-generator-typescript-fetch": re.findall(
        r"async (\w+)Raw\(", text("openapi-generator-typescript-fetch", "*.ts")
    ),
    "openapi-generator-python": re.findall(
        r"def (\w+)_with_http_info\(", text("openapi-generator-python", "*.py")
    ),
}
failed = False
for generator, names in found.items():
    names = {letters(name) for name in names}
    missing = [name for name in wanted if letters(name) not in names]
    print(f"  {generator}: {len(wanted) - len(missing)} of {len(wanted)} operations")
    if missing:
        failed = True
        print(f"  {generator} left out: {', '.join(missing)}", file=sys.stderr)
sys.exit(failed)
PYTHON
