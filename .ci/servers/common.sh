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

# The tests that need more than the default features of their packages.
test_features=(
  tenure-store/{postgres,rustls-ring,sqlite-bundled}
  tenure-connector-ldap/rustls-ring
  tenure-connector-postgres/rustls-ring
  tenure-connector-rest/rustls-ring
  tenure-connector-scim/rustls-ring
  tenure-connector-sql/{mysql,postgres,rustls-ring}
  tenure-scim-client/rustls-ring
  tenure-tls/{postgres,rustls-ring}
  tenure-cli/{tls,vendors}
)

# The targets that show something with these features only.
test_targets=(--test={postgres,directory,mysql,slapd,samba,server,tls,serve,systems,vendors,documents} --lib)

# features_for PACKAGE: those of them that are the package's, as cargo takes them.
features_for() {
  local feature of_package=()
  for feature in "${test_features[@]}"; do
    [ "${feature%/*}" != "$1" ] || of_package+=("$feature")
  done
  (IFS=,; echo "${of_package[*]}")
}

# run_test PACKAGE TARGET [ARGUMENT OF THE TEST]...: runs one test target. `.ci/run servers` has built all of them together, and says in the file
# TENURE_PROGRAMS where they are; without it the target is built here.
run_test() {
  local package=$1 target=$2 folder program
  shift 2
  if [ -z "${TENURE_PROGRAMS:-}" ]; then
    cargo test --locked --package "$package" --features "$(features_for "$package")" --test "$target" -- "$@"
    return
  fi
  read -r folder program < <(awk -v package="$package" -v target="$target" '$1 == package && $2 == target { print $3, $4 }' "$TENURE_PROGRAMS") || true
  [ -x "$program" ] || { echo "no test \`$target\` of $package was built" >&2 && return 1; }
  echo "--- $package, $target"
  (cd "$folder" && "$program" "$@")
}

# run_tests PACKAGE: runs all of a package's tests.
run_tests() {
  local package=$1 target
  if [ -z "${TENURE_PROGRAMS:-}" ]; then
    cargo test --locked --package "$package" --features "$(features_for "$package")" --tests
    return
  fi
  for target in $(awk -v package="$package" '$1 == package { print $2 }' "$TENURE_PROGRAMS"); do run_test "$package" "$target"; done
}

# build_programs FILE: builds what the scripts run, each dependency once, and writes where it is: package, target, folder, program.
build_programs() {
  local features
  features=$(IFS=,; echo "${test_features[*]}")
  # What `cargo test --workspace` has built is there already. Where a target is built a second time, that one counts for the packages whose features these are;
  # the others' is built with dependencies that expect more of their users.
  {
    cargo test --locked --workspace --no-run --message-format json-render-diagnostics
    cargo test --locked --workspace --features "$features" "${test_targets[@]}" --no-run --message-format json-render-diagnostics
  } | python3 -c '
import json, os, sys

featured = {feature.split("/")[0] for feature in sys.argv[1:]}
programs = {}
for line in sys.stdin:
    told = json.loads(line)
    if told["reason"] != "compiler-artifact" or not told["profile"]["test"] or not told["executable"]:
        continue
    folder = os.path.dirname(told["manifest_path"])
    name = told["package_id"].rsplit("#", 1)[1]
    package = name.split("@")[0] if "@" in name else os.path.basename(folder)
    target = told["target"]["name"] if "lib" not in told["target"]["kind"] else "lib"
    if package in featured or (package, target) not in programs:
        programs[package, target] = (folder, told["executable"])
for (package, target), (folder, program) in sorted(programs.items()):
    print(package, target, folder, program)
' "${test_features[@]}" >"$1"
}

# need COMMAND PACKAGE...: installs Debian packages when the command is missing, one script after the other.
need() {
  local command=$1
  shift
  command -v "$command" >/dev/null && return
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "\`$command\` is missing and cannot be installed here (package: $*)" >&2
    [ -z "${TENURE_REQUIRE_SERVERS:-}" ] && exit 0 || exit 1
  fi
  (
    flock 9
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
  ) 9>"$cache/packages.lock"
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# wait_for_port PORT: returns when something listens; fails when the process that was started last has ended, or after five minutes.
wait_for_port() {
  local tries
  for tries in $(seq 3000); do
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
    [ -z "${started[*]:-}" ] || kill -0 "${started[-1]}" 2>/dev/null || break
    sleep 0.1
  done
  echo "nothing listens on port $1" >&2
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

# The command, which is built with its tests.
build_tenure() {
  [ -n "${TENURE_PROGRAMS:-}" ] || cargo build --locked --package tenure-cli --features "$(features_for tenure-cli)"
  tenure=$PWD/target/debug/tenure
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
