#!/usr/bin/env bash
# The SCIM client and the SCIM connector against service providers that were not written here:
# scim2-server (PyPI) and scimmy with scimmy-routers (npm).
source "$(dirname "$0")/common.sh"

need python3 python3 python3-venv
need npm nodejs npm
[ -x "$cache/scim2-server/bin/scim2-server" ] || {
  python3 -m venv "$cache/scim2-server"
  "$cache/scim2-server/bin/pip" install --quiet "scim2-server==0.8.3"
}
mkdir -p "$cache/scimmy"
cp .ci/servers/scim-peers/package.json .ci/servers/scim-peers/scimmy.mjs "$cache/scimmy/"
[ -d "$cache/scimmy/node_modules/scimmy-routers" ] ||
  npm install --prefix "$cache/scimmy" --silent --no-audit --no-fund

port=$(free_port)
"$cache/scim2-server/bin/scim2-server" --port "$port" --bearer-token quickly >"$reports/scim2-server.txt" 2>&1 &
started+=("$!")
wait_for_port "$port"
export TENURE_SCIM2_SERVER="http://127.0.0.1:$port/v2"

port=$(free_port)
node "$cache/scimmy/scimmy.mjs" "$port" quickly >"$reports/scimmy.txt" 2>&1 &
started+=("$!")
wait_for_port "$port"
export TENURE_SCIMMY="http://127.0.0.1:$port/scim/v2"

export TENURE_SERVERS_TOKEN=quickly TENURE_REQUIRE_SERVERS=1
run_test tenure-scim-client foreign
# One after the other: some trials compare two walks through everything.
run_test tenure-connector-scim foreign --test-threads=1 --nocapture |
  tee "$reports/scim-connector-conformance.txt"
