//! A place of its own on an LDAP server for each trial. `.ci/servers/slapd.sh` starts the server and says in
//! `TENURE_LDAP` where it is.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ldap3::LdapConnAsync;
use tenure_connector_ldap::{Flavour, LdapConfig, LdapConnector};

use crate::behind::Behind;

static NEXT: AtomicU64 = AtomicU64::new(0);

#[expect(clippy::disallowed_methods, reason = "a test that needs a server")]
pub async fn fresh() -> Option<Behind> {
    let url = std::env::var("TENURE_LDAP").ok();
    assert!(
        url.is_some() || std::env::var("TENURE_REQUIRE_SERVERS").is_err(),
        "expected an LDAP server in TENURE_LDAP, found none"
    );
    if url.is_none() {
        eprintln!("not tried: TENURE_LDAP is not set");
    }
    let url = url?;
    let root = place(&url).await;
    let mut config = LdapConfig::new(url.parse().unwrap(), Flavour::OpenLdap, format!("ou=People,{root}"))
        .with_groups(format!("ou=Groups,{root}"))
        .with_bind("cn=tenure,ou=Tools,dc=full,dc=example", "Tenure-Secret-1");
    config.tls.allow_plain_bind = true;
    Some(Behind::new(Arc::new(LdapConnector::new(config).unwrap())))
}

/// Makes the containers of people and groups, as nobody but an administrator may.
async fn place(url: &str) -> String {
    let number = NEXT.fetch_add(1, Ordering::SeqCst);
    let root = format!("ou=gateway{}-{number},dc=full,dc=example", std::process::id());
    let (connection, mut admin) = LdapConnAsync::new(url).await.unwrap();
    tokio::spawn(async move { drop(connection.drive().await) });
    let bound = admin.simple_bind("cn=admin,dc=full,dc=example", "Admin-Secret-1").await.unwrap();
    assert_eq!(bound.rc, 0, "{bound}");
    for name in [root.clone(), format!("ou=People,{root}"), format!("ou=Groups,{root}")] {
        let unit = HashSet::from(["organizationalUnit"]);
        admin.add(&name, vec![("objectClass", unit)]).await.unwrap().success().unwrap();
    }
    root
}
