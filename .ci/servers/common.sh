# What the scripts of this folder share; each sources it. Not executable: `.ci/run` skips it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

cache=$PWD/.cache
reports=$PWD/target/reports
mkdir -p "$cache" "$reports"

# Stops what the script started, by process id, however it ends.
started=()
stop_started() {
  local pid
  for pid in "${started[@]:-}"; do
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
  done
  wait 2>/dev/null || true
}
trap stop_started EXIT

# need COMMAND PACKAGE...: installs Debian packages when the command is missing.
need() {
  local command=$1
  shift
  command -v "$command" >/dev/null && return
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "\`$command\` is missing and cannot be installed here (package: $*)" >&2
    [ -z "${TENURE_REQUIRE_SERVERS:-}" ] && exit 0 || exit 1
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# wait_for_port PORT: returns when something listens, fails after 30 seconds.
wait_for_port() {
  local tries
  for tries in $(seq 300); do
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
    sleep 0.1
  done
  echo "nothing listens on port $1 after 30 seconds" >&2
  return 1
}

# certificate FOLDER: an authority (ca.pem), and a certificate of it for localhost (server.pem, server.key).
certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=Authority" \
    -keyout "$1/ca.key" -out "$1/ca.pem" 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=localhost" \
    -keyout "$1/server.key" -out "$1/server.csr" 2>/dev/null
  openssl x509 -req -in "$1/server.csr" -CA "$1/ca.pem" -CAkey "$1/ca.key" -CAcreateserial -days 2 \
    -extfile <(printf 'subjectAltName=DNS:localhost') -out "$1/server.pem" 2>/dev/null
}

# The command, optimised; the quickstart stage has built part of it.
build_tenure() {
  cargo build --locked --release --package tenure-cli
  tenure=$PWD/target/release/tenure
}

# A server of PostgreSQL refuses to run as root; Debian's package brings its user.
as_postgres() { if [ "$(id -u)" -eq 0 ]; then (cd "$postgres_data" && runuser -u postgres -- "$@"); else "$@"; fi; }

stop_postgres() {
  as_postgres "$postgres_programs/pg_ctl" --pgdata="$postgres_data/db" --mode=immediate --silent stop || true
  rm -rf "$postgres_data"
}

# start_postgres: a server of its own, in a folder that goes when the script ends; `postgres_port` says where it listens.
# It speaks TLS too, with a certificate for localhost by the authority in `postgres_ca`, and lets everybody in but the role
# `secretive`, who needs a password.
start_postgres() {
  need pg_ctlcluster postgresql
  need openssl openssl
  postgres_programs=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  postgres_data=$(mktemp -d)
  [ "$(id -u)" -ne 0 ] || chown postgres "$postgres_data"
  trap 'stop_postgres; stop_started' EXIT
  as_postgres "$postgres_programs/initdb" --pgdata="$postgres_data/db" --auth=trust --username=tenure --no-sync >/dev/null
  certificate "$postgres_data"
  postgres_ca=$postgres_data/ca.pem
  chmod 600 "$postgres_data/server.key"
  [ "$(id -u)" -ne 0 ] || chown postgres "$postgres_data"/server.*
  sed -i '1i host all secretive 127.0.0.1/32 scram-sha-256' "$postgres_data/db/pg_hba.conf"
  postgres_port=$(free_port)
  as_postgres "$postgres_programs/pg_ctl" --pgdata="$postgres_data/db" --log="$postgres_data/log" --silent --wait \
    --options="-p $postgres_port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$postgres_data \
      -c ssl=on -c ssl_cert_file=$postgres_data/server.pem -c ssl_key_file=$postgres_data/server.key \
      -c recovery_init_sync_method=syncfs" start
}
