#!/usr/bin/env bash
# The SQL connector against MariaDB: a server of its own, on a free port, in a folder that goes when it ends.
source "$(dirname "$0")/common.sh"

need mariadbd mariadb-server
need mariadb mariadb-client
data=$(mktemp -d)
trap 'stop_started; rm -rf "$data"' EXIT
user=()
if [ "$(id -u)" -eq 0 ]; then
  chown mysql "$data"
  user=(--user=mysql)
fi
mariadb-install-db --no-defaults "${user[@]}" --datadir="$data/db" --auth-root-authentication-method=normal \
  --skip-test-db >"$data/install.log" 2>&1 || { tail -n 20 "$data/install.log" >&2; exit 1; }
port=$(free_port)
mariadbd --no-defaults "${user[@]}" --datadir="$data/db" --socket="$data/socket" --port="$port" --bind-address=127.0.0.1 \
  --innodb-flush-log-at-trx-commit=0 --skip-name-resolve >"$data/log" 2>&1 &
started+=($!)
wait_for_port "$port"
# The socket comes a moment after the port.
timeout 60 bash -c 'until mariadb-admin --no-defaults --socket="$0" --user=root --silent ping; do sleep 0.1; done' "$data/socket"
mariadb --no-defaults --socket="$data/socket" --user=root \
  --execute="CREATE USER tenure@'%' IDENTIFIED BY 'Hidden-Password-1'; GRANT ALL ON *.* TO tenure@'%' WITH GRANT OPTION"

export TENURE_MYSQL="mysql://tenure:Hidden-Password-1@127.0.0.1:$port" TENURE_REQUIRE_SERVERS=1
run_test tenure-connector-sql mysql
