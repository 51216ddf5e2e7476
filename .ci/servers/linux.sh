#!/usr/bin/env bash
# The connector to local accounts, on images of a host in folders of their own and in a process namespace. It needs root and
# shadow-utils, and touches no account of this machine.
source "$(dirname "$0")/common.sh"

need useradd passwd
need pkill procps
export TENURE_REQUIRE_SERVERS=1
run_tests tenure-connector-linux
# The command with the target kind `linux`.
run_test tenure-cli systems linux
