#!/usr/bin/env bash
# The requests of the vendors' connectors against the vendors' own API descriptions, and the answers of the fakes, too.
# TENURE_VENDOR_SPECS names the folder with the descriptions; without it there is nothing to check against.
source "$(dirname "$0")/common.sh"

if [ -z "${TENURE_VENDOR_SPECS:-}" ]; then
  echo "skipped: TENURE_VENDOR_SPECS names no folder with API descriptions"
  exit 0
fi
need python3 python3
need npm nodejs npm
mkdir -p "$cache/prism"
cp .ci/servers/prism/package.json "$cache/prism/"
# Without scripts: a dependency reports installations to its maker.
[ -d "$cache/prism/node_modules/@stoplight/prism-cli" ] ||
  npm install --prefix "$cache/prism" --silent --ignore-scripts --no-audit --no-fund
prism=$cache/prism/node_modules/@stoplight/prism-cli/dist/index.js

# VENDOR DESCRIPTION...: the package is tenure-connector-VENDOR; a vendor with several APIs has several descriptions.
while read -r vendor descriptions; do
  case $vendor in '' | '#'*) continue ;; esac
  [ $# -eq 0 ] || [[ " $* " == *" $vendor "* ]] || continue
  export TENURE_HAR=$PWD/target/har/$vendor
  rm -rf "$TENURE_HAR"
  mkdir -p "$TENURE_HAR"
  run_tests "tenure-connector-$vendor"
  for description in $descriptions; do
    name=$(basename "$description" .json)
    checked=$TENURE_VENDOR_SPECS/$description
    # A description that contradicts itself is mended where it does, and checked in full otherwise.
    if [ -f ".ci/servers/prism/overlays/$name.json" ]; then
      python3 .ci/servers/prism/overlay.py "$checked" ".ci/servers/prism/overlays/$name.json" \
        "$PWD/target/har/$name.mended.json"
      checked=$PWD/target/har/$name.mended.json
    fi
    # Where the folder has the tool, request bodies are closed: a member that the vendor does not know is a violation.
    if [ -f "$TENURE_VENDOR_SPECS/tools/strictify.py" ]; then
      strict=$PWD/target/har/$name.json
      python3 "$TENURE_VENDOR_SPECS/tools/strictify.py" "$checked" "$strict"
      checked=$strict
    fi
    port=$(free_port)
    node "$prism" mock --host 127.0.0.1 --port "$port" "$checked" >"$reports/prism-$name.txt" 2>&1 &
    started+=("$!")
    wait_for_port "$port"
    python3 .ci/servers/prism/replay.py "$port" "$checked" "$TENURE_HAR" |
      tee "$reports/prism-$name-verdict.txt"
  done
done <.ci/servers/prism/vendors.txt
