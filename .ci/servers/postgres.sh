#!/usr/bin/env bash
# The PostgreSQL store against a real server: one of its own, on a free port, in a folder that goes when it ends.
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

export TENURE_POSTGRES="host=127.0.0.1 port=$port user=tenure dbname=postgres" TENURE_REQUIRE_SERVERS=1
cargo test --locked --package tenure-store --features postgres --test postgres
