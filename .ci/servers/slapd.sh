#!/usr/bin/env bash
# The LDAP connector against OpenLDAP: a server of its own on a free port, with ppolicy, memberof, refint, syncprov and
# TLS, in a folder that goes when it ends.
source "$(dirname "$0")/common.sh"

need slapd slapd
need ldapsearch ldap-utils
need openssl openssl
data=$(mktemp -d)
trap 'stop_started; rm -rf "$data"' EXIT

certificate "$data"

# start NAME OVERLAYS...: one server of one database `dc=NAME,dc=example`.
start() {
  local name=$1 overlay
  shift
  mkdir -p "$data/$name/db"
  {
    cat <<EOF
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile $data/$name/pid
modulepath /usr/lib/ldap
moduleload back_mdb
EOF
    for overlay in "$@"; do echo "moduleload $overlay"; done
    cat <<EOF
# As 389 Directory Server has it.
attributetype ( 2.16.840.1.113730.3.1.610 NAME 'nsAccountLock' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.4203.666.1.1 NAME 'lockable' AUXILIARY MAY nsAccountLock )
TLSCACertificateFile $data/ca.pem
TLSCertificateFile $data/server.pem
TLSCertificateKeyFile $data/server.key
sizelimit unlimited
sortvals member
database mdb
maxsize 4294967296
suffix "dc=$name,dc=example"
rootdn "cn=admin,dc=$name,dc=example"
rootpw Admin-Secret-1
directory $data/$name/db
dbnosync
index objectClass eq
index entryUUID,entryCSN eq
index uid,cn,mail,member,memberOf eq
limits dn.exact="cn=few,ou=Tools,dc=$name,dc=example" size.soft=3 size.hard=3 size.prtotal=3
EOF
    for overlay in "$@"; do
      echo "overlay $overlay"
      case $overlay in
        ppolicy) printf 'ppolicy_default "cn=policy,dc=%s,dc=example"\n' "$name" ;;
        refint) printf 'refint_attributes member\nrefint_nothing cn=nobody\n' ;;
        syncprov) printf 'syncprov-sessionlog 10000\n' ;;
      esac
    done
    echo "access to attrs=userPassword by dn.exact=cn=tenure,ou=Tools,dc=$name,dc=example write by anonymous auth by * none"
    echo "access to * by dn.exact=cn=tenure,ou=Tools,dc=$name,dc=example write by * read"
  } >"$data/$name/slapd.conf"
  slapadd -q -f "$data/$name/slapd.conf" <<EOF
dn: dc=$name,dc=example
objectClass: domain
dc: $name

dn: ou=Tools,dc=$name,dc=example
objectClass: organizationalUnit
ou: Tools

dn: cn=few,ou=Tools,dc=$name,dc=example
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: few
userPassword: Few-Secret-1

dn: cn=tenure,ou=Tools,dc=$name,dc=example
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: tenure
userPassword: Tenure-Secret-1

dn: cn=policy,dc=$name,dc=example
objectClass: applicationProcess
objectClass: pwdPolicy
cn: policy
pwdAttribute: userPassword
pwdMinLength: 6
pwdCheckQuality: 2
pwdLockout: TRUE
EOF
  local port secure
  port=$(free_port)
  secure=$(free_port)
  slapd -d 0 -f "$data/$name/slapd.conf" -h "ldap://127.0.0.1:$port ldaps://127.0.0.1:$secure" \
    >"$data/$name/log" 2>&1 &
  started+=($!)
  wait_for_port "$port"
  wait_for_port "$secure"
  echo "$port $secure"
}

start full ppolicy memberof refint syncprov >"$data/ports"
read -r port secure <"$data/ports"
export TENURE_LDAP="ldap://localhost:$port" TENURE_LDAPS="ldaps://localhost:$secure"
export TENURE_LDAP_CA=$data/ca.pem TENURE_REQUIRE_SERVERS=1
# One after the other: while another test writes, the server's latest state lies before what was just written, and tells it once more.
run_test tenure-connector-ldap slapd --test-threads=1
# The command with the target kind `ldap`.
run_test tenure-cli systems directory
# The SCIM server in front of it.
run_test tenure-scim-server gateways openldap
