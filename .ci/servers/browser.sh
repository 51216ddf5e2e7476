#!/usr/bin/env bash
# Reports and pages in Chromium without a screen, from Debian's packages, through its WebDriver on a free port. What they looked
# like is kept in target/reports/browser.
source "$(dirname "$0")/common.sh"

need chromium chromium
need chromedriver chromium-driver
port=$(free_port)
chromedriver --port="$port" --log-level=SEVERE >"$reports/chromedriver.log" 2>&1 &
started+=($!)
wait_for_port "$port"
export TENURE_CHROMEDRIVER=http://127.0.0.1:$port TENURE_SCREENSHOTS=$reports/browser TENURE_REQUIRE_SERVERS=1
rm -rf "$TENURE_SCREENSHOTS"
run_test tenure-web browser
