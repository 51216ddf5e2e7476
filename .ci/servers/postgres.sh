#!/usr/bin/env bash
# The PostgreSQL store and directory against a real server: one of its own, on a free port, in a folder that goes when it ends.
source "$(dirname "$0")/common.sh"

need pg_ctlcluster postgresql
programs=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
data=$(mktemp -d)
# A server refuses to run as root; Debian's package brings its user.
as_server() { if [ "$(id -u)" -eq 0 ]; then (cd "$data" && runuser -u postgres -- "$@"); else "$@"; fi; }
[ "$(id -u)" -ne 0 ] || chown postgres "$data"

stop_server() {
  as_server "$programs/pg_ctl" --pgdata="$data/db" --mode=immediate --silent stop || true
  rm -rf "$data"
}
trap 'stop_server; stop_started' EXIT

as_server "$programs/initdb" --pgdata="$data/db" --auth=trust --username=tenure --no-sync >/dev/null
port=$(free_port)
as_server "$programs/pg_ctl" --pgdata="$data/db" --log="$data/log" --silent --wait \
  --options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$data" start

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
export TENURE_POSTGRES="host=127.0.0.1 port=$port user=tenure dbname=postgres" TENURE_REQUIRE_SERVERS=1
cargo test --locked --package tenure-store --features postgres,sqlite-bundled --test postgres --test directory
