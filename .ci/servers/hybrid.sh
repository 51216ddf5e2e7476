#!/usr/bin/env bash
# The example of one HR feed into a directory, a database, an application with SCIM and a manual target: against slapd and
# PostgreSQL, each on a free port, in folders that go when it ends.
source "$(dirname "$0")/common.sh"

need slapd slapd
start_postgres
data=$(mktemp -d)
trap 'stop_postgres; stop_started; rm -rf "$data"' EXIT
mkdir "$data/db"
cat >"$data/slapd.conf" <<EOF
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile $data/pid
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
moduleload memberof
moduleload refint
moduleload syncprov
database mdb
suffix "dc=hybrid,dc=example"
rootdn "cn=admin,dc=hybrid,dc=example"
rootpw Admin-Secret-1
directory $data/db
index entryUUID,entryCSN eq
overlay ppolicy
overlay memberof
overlay refint
refint_attributes member
refint_nothing cn=nobody
overlay syncprov
EOF
slapadd -q -f "$data/slapd.conf" <<EOF
dn: dc=hybrid,dc=example
objectClass: domain
dc: hybrid

dn: ou=People,dc=hybrid,dc=example
objectClass: organizationalUnit
ou: People

dn: ou=Groups,dc=hybrid,dc=example
objectClass: organizationalUnit
ou: Groups
EOF
port=$(free_port)
slapd -d 0 -f "$data/slapd.conf" -h "ldap://127.0.0.1:$port" >"$data/log" 2>&1 &
started+=($!)
wait_for_port "$port"

export TENURE_HYBRID_LDAP="ldap://127.0.0.1:$port" TENURE_REQUIRE_SERVERS=1
export TENURE_HYBRID_POSTGRES="host=127.0.0.1 port=$postgres_port user=tenure dbname=postgres"
if [ -z "${TENURE_PROGRAMS:-}" ]; then cargo build --locked --package tenure-examples-systems --example hybrid; fi
target/debug/examples/hybrid | tee "$reports/hybrid.txt"
grep -q "A third run finds nothing to change" "$reports/hybrid.txt"
