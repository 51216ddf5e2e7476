#!/usr/bin/env bash
# The connector to Synapse against Synapse itself (PyPI): a homeserver of its own on SQLite, on a free port of loopback, in a
# folder that goes when it ends. It talks to no other server.
source "$(dirname "$0")/common.sh"

need python3 python3 python3-venv
[ -x "$cache/synapse/venv/bin/synapse_homeserver" ] || {
  python3 -m venv "$cache/synapse/venv"
  "$cache/synapse/venv/bin/pip" install --quiet "matrix-synapse==1.163.2"
}
programs=$cache/synapse/venv/bin
data=$(mktemp -d)
trap '[ $? -eq 0 ] || tail -n 80 "$data/log" "$data/out" >&2; stop_started; rm -rf "$data"' EXIT
port=$(free_port)
cat >"$data/homeserver.yaml" <<EOF
server_name: tenure.test
pid_file: $data/pid
listeners:
  - port: $port
    type: http
    bind_addresses: [127.0.0.1]
    resources: [{ names: [client] }]
database: { name: sqlite3, args: { database: $data/homeserver.db } }
log_config: $data/log.yaml
media_store_path: $data/media
signing_key_path: $data/signing.key
registration_shared_secret: Shared-Secret-1
bcrypt_rounds: 4
report_stats: false
background_updates: { sleep_enabled: false }
trusted_key_servers: []
federation_domain_whitelist: []
rc_joins: { local: { per_second: 1000, burst_count: 1000 } }
rc_invites: { per_user: { per_second: 1000, burst_count: 1000 } }
rc_login:
  address: { per_second: 1000, burst_count: 1000 }
  account: { per_second: 1000, burst_count: 1000 }
  failed_attempts: { per_second: 1000, burst_count: 1000 }
rc_room_creation: { per_second: 1000, burst_count: 1000 }
rc_message: { per_second: 1000, burst_count: 1000 }
EOF
cat >"$data/log.yaml" <<EOF
version: 1
disable_existing_loggers: false
handlers: { file: { class: logging.FileHandler, filename: $data/log } }
root: { level: WARNING, handlers: [file] }
EOF
"$programs/generate_signing_key" -o "$data/signing.key"
"$programs/synapse_homeserver" --config-path "$data/homeserver.yaml" >"$data/out" 2>&1 &
started+=($!)
wait_for_port "$port" || { cat "$data/out" "$data/log" >&2; exit 1; }
# It makes the indexes that it needs to bring a user back some seconds after it has begun to answer.
for _ in $(seq 300); do
  "$programs/python3" -c 'import sqlite3, sys; sys.exit(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM background_updates").fetchone()[0])' \
    "$data/homeserver.db" && break
  sleep 0.2
done
"$programs/register_new_matrix_user" --config "$data/homeserver.yaml" --user tenure --password Tenure-Secret-1 --admin \
  "http://127.0.0.1:$port" >/dev/null

# One after the other: all of them list one server's users.
TENURE_SYNAPSE="http://127.0.0.1:$port" TENURE_SYNAPSE_PASSWORD=Tenure-Secret-1 TENURE_REQUIRE_SERVERS=1 \
  run_test tenure-connector-synapse server --test-threads=1
