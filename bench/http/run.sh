#!/usr/bin/env bash
# usage: bench/http/run.sh SERVER USERS [ARGUMENT...]: fills a SCIM service provider with users and loads it.
# SERVER: memory, sqlite, postgres (`tenure serve` on each), scim2-server, scimmy, scim-server. Arguments go to benchhttp.
# TENURE, BENCHHTTP and PEER name programs that are built already; peers are installed by .ci/servers/scim-peers.sh.
# AROUND names a program that runs the load, and nothing before it: one that holds everything else on the machine still.
# FILL=within lets a peer make its users itself, when it starts: over HTTP a million take it hours or days. Give --group 0 with it.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../../.ci/servers/common.sh"
server=$1 users=$2
shift 2
folder=$(mktemp -d)
[ -n "${TENURE:-}" ] || case $server in memory | sqlite | postgres) build_tenure && TENURE=$tenure ;; esac
[ -n "${BENCHHTTP:-}" ] || {
  cargo build --quiet --release --manifest-path bench/Cargo.toml -p benchhttp
  BENCHHTTP=bench/target/release/benchhttp
}

# launch STORE: `tenure serve`; sets pid and url.
launch() {
  "$TENURE" serve --listen 127.0.0.1:0 --store "$1" --token quickly >"$folder/ready" &
  pid=$!
  started+=("$pid")
  until [ -s "$folder/ready" ]; do sleep 0.1; done
  url=$(sed 's/^listening on //' "$folder/ready")
}

# grown STORE COMMAND...: makes one user over HTTP and gives COMMAND the SQL that makes the others of it.
grown() {
  local store=$1
  shift
  launch "$store"
  curl --silent --show-error --fail --output /dev/null -H 'Authorization: Bearer quickly' \
    -H 'Content-Type: application/scim+json' --data @"$here/user0.json" "$url/Users"
  kill "$pid" && wait "$pid" || true
  "$@"
  : >"$folder/ready"
  launch "$store"
}
last=$((users + 4999))

seed=single fill=0
[ "${FILL:-}" = within ] && seed=known fill=$((users + 5000))
case $server in
  memory) launch memory && seed=bulk ;;
  sqlite)
    trap 'stop_started; rm -rf "$folder"' EXIT
    grown "sqlite:$folder/people.db" sqlite3 -cmd ".param set :last $last" "$folder/people.db" ".read $here/grow.sqlite.sql"
    seed=group
    ;;
  postgres)
    start_postgres
    trap 'stop_started; stop_postgres; rm -rf "$folder"' EXIT
    address="host=127.0.0.1 port=$postgres_port user=tenure dbname=postgres"
    grown "postgres://tenure@127.0.0.1:$postgres_port/postgres" \
      psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --set="last=$last" --file="$here/grow.postgres.sql" "$address"
    seed=group
    set -- --behind "$(head -n 1 "$postgres_data/db/postmaster.pid")" "$@"
    ;;
  scim2-server)
    port=$(free_port)
    if [ "$fill" -gt 0 ]; then
      "$cache/scim2-server/bin/python3" "$here/peers/scim2.py" "$port" quickly "$fill" >"$folder/log" 2>&1 &
    else
      "$cache/scim2-server/bin/scim2-server" --port "$port" --bearer-token quickly >"$folder/log" 2>&1 &
    fi
    pid=$! url=http://127.0.0.1:$port/v2
    ;;
  scimmy)
    port=$(free_port)
    cp "$here/peers/scimmy.mjs" "$cache/scimmy/load.mjs"
    node --max-old-space-size=8192 "$cache/scimmy/load.mjs" "$port" quickly "$fill" >"$folder/log" 2>&1 &
    pid=$! url=http://127.0.0.1:$port/scim/v2
    ;;
  scim-server)
    port=$(free_port)
    [ -n "${PEER:-}" ] || {
      cargo build --quiet --release --manifest-path "$here/peers/scim-server/Cargo.toml"
      PEER=$here/peers/scim-server/target/release/peer-scim-server
    }
    "$PEER" "$port" quickly "$fill" >"$folder/log" 2>&1 &
    pid=$! url=http://127.0.0.1:$port/scim/v2
    ;;
esac
case $server in
  scim*)
    started+=("$pid")
    # Filling takes minutes; a server that has no room for its users ends.
    until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
      kill -0 "$pid" 2>/dev/null || { cat "$folder/log" && echo "$server ended before it was ready" && exit 1; }
      sleep 0.5
    done
    ;;
esac
echo "$server holds $users users after $SECONDS s" >&2
${AROUND:-} "$BENCHHTTP" "$url" quickly --name "$server" --users "$users" --seed "$seed" --pid "$pid" "$@"
