#!/usr/bin/env bash
# The compliance suite scim2-tester (PyPI) against `tenure serve`, on each store; then the tests of the command itself.
source "$(dirname "$0")/common.sh"

need python3 python3 python3-venv
[ -x "$cache/scim2/bin/scim2" ] || {
  python3 -m venv "$cache/scim2"
  "$cache/scim2/bin/pip" install --quiet "scim2-cli==0.6.0" "scim2-tester==0.5.2"
}
build_tenure

check_store() {
  local name=$1 store=$2 port report pid
  port=$(free_port)
  report=$reports/scim2-tester-$name.txt
  "$tenure" serve --listen "127.0.0.1:$port" --store "$store" --token quickly &
  pid=$!
  started+=("$pid")
  wait_for_port "$port"
  "$cache/scim2/bin/scim2" --url "http://127.0.0.1:$port/scim/v2" --header "Authorization: Bearer quickly" test \
    >"$report" 2>&1 || { cat "$report"; return 1; }
  tail -n 3 "$report"
  # The suite reports a failed check in its text only.
  if grep -qE '\b(ERROR|CRITICAL)\b' "$report"; then cat "$report"; return 1; fi
  kill "$pid"
  wait "$pid" || true
}

work=$(mktemp -d "$cache/scim2-tester.XXXXXX")
check_store memory memory
check_store sqlite "sqlite:$work/directory.db"
rm -rf "$work"
start_postgres
export TENURE_POSTGRES_URL="postgres://tenure@127.0.0.1:$postgres_port/postgres"
check_store postgres "$TENURE_POSTGRES_URL"
# The command itself, with HTTPS and with several processes on one database.
TENURE_REQUIRE_SERVERS=1 run_test tenure-cli serve
run_test tenure-scim-client tls
run_test tenure-connector-scim tls
