#!/usr/bin/env bash
# The PostgreSQL store and directory, and the connectors to roles and to tables, against a real server: one of its own, on a free port, in
# a folder that goes when it ends.
source "$(dirname "$0")/common.sh"

start_postgres

# pgmq holds the queues of workers. Its SQL comes from the package that its makers publish.
[ -f "$cache/pgmq/pgmq.sql" ] || {
  mkdir -p "$cache/pgmq"
  printf '%s\n' '[package]' 'name = "fetch"' 'version = "0.0.0"' '[lib]' 'path = "fetch.rs"' '[workspace]' \
    '[dependencies]' 'pgmq = { version = "=0.33.7", default-features = false }' >"$cache/pgmq/Cargo.toml"
  touch "$cache/pgmq/fetch.rs"
  (cd "$cache/pgmq" && cargo metadata --format-version 1 2>/dev/null) >"$cache/pgmq/metadata.json"
  package=$(python3 -c 'import json, sys; print(next(p["manifest_path"] for p in json.load(sys.stdin)["packages"] if p["name"] == "pgmq"))' <"$cache/pgmq/metadata.json")
  cp "$(dirname "$package")/src/install/embedded/sql/pgmq.sql" "$cache/pgmq/pgmq.sql"
}
export TENURE_PGMQ_SQL="$cache/pgmq/pgmq.sql"
export TENURE_POSTGRES_CA=$postgres_ca
export TENURE_POSTGRES="host=127.0.0.1 port=$postgres_port user=tenure dbname=postgres" TENURE_REQUIRE_SERVERS=1
# After many tests the data have tens of thousands of files, which recovery would synchronise one by one.
restart=$(mktemp "$postgres_data/restart.XXXXXX")
{
  echo "cd $postgres_data"
  [ "$(id -u)" -ne 0 ] || printf 'runuser -u postgres -- '
  echo "$postgres_programs/pg_ctl --pgdata=$postgres_data/db --log=$postgres_data/log --mode=immediate --silent --wait --timeout=300 restart"
} >"$restart"
export TENURE_POSTGRES_RESTART="sh $restart"
run_test tenure-store postgres
run_test tenure-store directory
run_test tenure-connector-postgres server
run_test tenure-connector-sql postgres
# The command with the target kind `postgres`.
run_test tenure-cli systems postgres
# One after the other: some of them restart the server.
run_test tenure-engine worker_processes --test-threads=1
run_test tenure-engine postgres --test-threads=1
