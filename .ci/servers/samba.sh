#!/usr/bin/env bash
# The LDAP connector against Active Directory's protocol: Samba as the domain controller of a domain of its own, in a
# folder that goes when it ends. Its ports are fixed, so it needs 389 and 636 on loopback, and root.
source "$(dirname "$0")/common.sh"

need samba samba samba-dsdb-modules samba-ad-provision winbind
need openssl openssl
data=$(mktemp -d)
trap 'stop_started; rm -rf "$data"' EXIT

cat >"$data/provision.py" <<'EOF'
import sys
import samba.provision as provision
# The share of group policies needs extended attributes that containers lack; only LDAP is used here.
provision.setsysvolacl = lambda *args, **kwargs: None
from samba.netcmd.main import cmd_sambatool
sys.exit(cmd_sambatool()._run("samba-tool", "domain", "provision", *sys.argv[1:]) or 0)
EOF
/usr/bin/python3 "$data/provision.py" --targetdir="$data/domain" --realm=TENURE.TEST --domain=TENURE \
  --server-role=dc --dns-backend=NONE --adminpass='Adm1n-Passw0rd!' --host-ip=127.0.0.1 \
  --option="interfaces=lo" --option="bind interfaces only=yes" >"$data/provision.log" 2>&1 ||
  { tail -n 20 "$data/provision.log" >&2; exit 1; }

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=Authority" \
  -keyout "$data/ca.key" -out "$data/ca.pem" 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout "$data/server.key" -out "$data/server.csr" 2>/dev/null
openssl x509 -req -in "$data/server.csr" -CA "$data/ca.pem" -CAkey "$data/ca.key" -CAcreateserial -days 2 \
  -extfile <(printf 'subjectAltName=DNS:localhost') -out "$data/server.pem" 2>/dev/null
chmod 600 "$data/server.key"

samba --foreground --no-process-group --model=single --configfile="$data/domain/etc/smb.conf" \
  --option="server services=ldap" --option="ldb:nosync=true" --option="log file=$data/log" --option="tls certfile=$data/server.pem" \
  --option="tls keyfile=$data/server.key" --option="tls cafile=$data/ca.pem" >"$data/out" 2>&1 &
started+=($!)
wait_for_port 636 || { tail -n 20 "$data/log" >&2; exit 1; }

export TENURE_SAMBA="ldaps://localhost:636" TENURE_SAMBA_CA=$data/ca.pem TENURE_REQUIRE_SERVERS=1
run_test tenure-connector-ldap samba
