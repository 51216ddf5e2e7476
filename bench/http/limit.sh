#!/usr/bin/env bash
# usage: bench/http/limit.sh [SECONDS]: how many users PostgreSQL itself creates and changes a second, with the tables and indexes of a directory: the rows
# that `tenure serve` writes, by one prepared statement written by hand, without HTTP, SCIM or a check. Sessions times rows of a statement:
# 16 sessions that write by themselves, and a few that write for as many callers together. The processor time is that of the server.
# TENURE names a program that is built already. The server is one of its own, with its defaults, as in run.sh.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../../.ci/servers/common.sh"
seconds=${1:-5}
[ -n "${TENURE:-}" ] || { build_tenure && TENURE=$tenure; }
start_postgres
folder=$(mktemp -d)
trap 'stop_started; stop_postgres; rm -rf "$folder"' EXIT
"$TENURE" serve --listen 127.0.0.1:0 --store "postgres://tenure@127.0.0.1:$postgres_port/postgres" --token quickly >"$folder/ready" &
pid=$!
started+=("$pid")
until [ -s "$folder/ready" ]; do sleep 0.1; done
curl --silent --show-error --fail --output /dev/null -H 'Authorization: Bearer quickly' -H 'Content-Type: application/scim+json' \
  --data @"$here/user0.json" "$(sed 's/^listening on //' "$folder/ready")/Users"
kill "$pid" && wait "$pid" || true
psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --set=last=10000 --file="$here/grow.postgres.sql" "host=127.0.0.1 port=$postgres_port user=tenure dbname=postgres"

# Whatever a statement is planned for, it is planned once, and none is worth being compiled.
export PGOPTIONS="-c search_path=scim -c plan_cache_mode=force_generic_plan -c jit=off"
postmaster=$(head -n 1 "$postgres_data/db/postmaster.pid")
# The ticks of the server and its children, those that have ended among them.
# Processes end while they are looked at.
ticks() { { cat /proc/[0-9]*/stat 2>/dev/null || true; } | sed 's/^\([0-9]*\) (.*) /\1 /' | awk -v of="$postmaster" '$1 == of { sum += $12 + $13 + $14 + $15 } $3 == of { sum += $12 + $13 } END { print sum }'; }
for what in create change; do
  for shape in "16 1" "1 1" "1 8" "1 16" "2 8" "2 16"; do
    read -r sessions rows <<<"$shape"
    before=$(ticks)
    "$postgres_programs/pgbench" --no-vacuum --protocol=prepared --client="$sessions" --time="$seconds" --define=rows="$rows" --file="$here/limit.$what.sql" \
      --host=127.0.0.1 --port="$postgres_port" --username=tenure postgres >"$folder/told"
    after=$(ticks)
    statements=$(sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' "$folder/told")
    echo "$what, $sessions sessions, $rows rows each: $((statements * rows / seconds)) rows a second, $(((after - before) * 10000 / (statements * rows))) us of processor time a row"
  done
done
