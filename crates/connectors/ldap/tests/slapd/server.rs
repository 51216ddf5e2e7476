//! The server of the tests: a place of its own for each test.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

use ldap3::{Ldap, LdapConnAsync};
use tenure_connector::Connector as _;
use tenure_connector::{
    ConnectorExt as _, Context, EntitlementRef, ObjectClass, ObjectRef, Operation, Outcome, Result,
    WriteRequest,
};
use tenure_connector_ldap::{Disable, Flavour, LdapConfig, LdapConnector};
use tenure_scim::{Resource, uri};

/// As whom the connector works: one who may do everything, but is no exception to ppolicy.
pub(crate) const ADMIN: &str = "cn=tenure,ou=Tools,dc=full,dc=example";
pub(crate) const PASSWORD: &str = "Tenure-Secret-1";
static NEXT: AtomicU64 = AtomicU64::new(0);

/// The server's URLs and authority.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) plain: String,
    pub(crate) secure: String,
    pub(crate) ca: std::path::PathBuf,
}

impl Server {
    pub(crate) fn find() -> Option<Self> {
        let url = std::env::var("TENURE_LDAP").ok();
        assert!(
            url.is_some() || std::env::var("TENURE_REQUIRE_SERVERS").is_err(),
            "expected an LDAP server in TENURE_LDAP, found none"
        );
        if url.is_none() {
            eprintln!("not tried: TENURE_LDAP is not set");
        }
        Some(Self {
            plain: url?,
            secure: std::env::var("TENURE_LDAPS").expect("TENURE_LDAPS beside TENURE_LDAP"),
            ca: std::env::var("TENURE_LDAP_CA").expect("TENURE_LDAP_CA beside TENURE_LDAP").into(),
        })
    }

    /// A connection as administrator, for what the connector does not do.
    pub(crate) async fn admin(&self) -> Ldap {
        self.bound("cn=admin,dc=full,dc=example", "Admin-Secret-1").await.expect("the administrator may bind")
    }

    /// A connection as someone; nothing when the server refuses.
    pub(crate) async fn bound(&self, dn: &str, password: &str) -> Option<Ldap> {
        let (connection, mut ldap) = LdapConnAsync::new(&self.plain).await.unwrap();
        tokio::spawn(async move { drop(connection.drive().await) });
        (ldap.simple_bind(dn, password).await.unwrap().rc == 0).then_some(ldap)
    }

    /// A new place with people, former people and groups; gives its name.
    pub(crate) async fn place(&self) -> Place {
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let root = format!("ou=t{}-{number},dc=full,dc=example", std::process::id());
        let mut admin = self.admin().await;
        for dn in [
            root.clone(),
            format!("ou=People,{root}"),
            format!("ou=Former,{root}"),
            format!("ou=Groups,{root}"),
        ] {
            let unit = HashSet::from(["organizationalUnit".to_owned()]);
            admin.add(&dn, vec![("objectClass".to_owned(), unit)]).await.unwrap().success().unwrap();
        }
        Place { server: self.clone(), root }
    }
}

/// The place of one test.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) server: Server,
    pub(crate) root: String,
}

impl Place {
    /// The place on the server of the tests, if there is one.
    pub(crate) async fn new() -> Option<Self> {
        Some(Server::find()?.place().await)
    }

    pub(crate) fn under(&self, unit: &str) -> String {
        format!("ou={unit},{}", self.root)
    }

    /// A configuration over LDAPS.
    pub(crate) fn config(&self, flavour: Flavour) -> LdapConfig {
        let url = self.server.secure.parse().unwrap();
        let mut config = LdapConfig::new(url, flavour, self.under("People"))
            .with_groups(self.under("Groups"))
            .with_bind(ADMIN, PASSWORD);
        config.tls.ca_file = Some(self.server.ca.clone());
        config
    }

    pub(crate) fn connector(&self) -> LdapConnector {
        LdapConnector::new(self.config(Flavour::OpenLdap)).unwrap()
    }

    /// A configuration without TLS, through which a proxy can look.
    pub(crate) fn plain(&self, port: u16) -> LdapConfig {
        let mut config = self.config(Flavour::OpenLdap);
        config.url = format!("ldap://localhost:{port}").parse().unwrap();
        config.tls.allow_plain_bind = true;
        config
    }
}

/// A connector that moves an account to another place to stop it.
pub(crate) async fn of_two_places() -> Option<(Place, LdapConnector)> {
    let place = Place::new().await?;
    let mut config = place.config(Flavour::OpenLdap);
    config.disable = Some(Disable::MoveTo(place.under("Former")));
    let connector = LdapConnector::new(config).unwrap();
    Some((place, connector))
}

pub(crate) fn ctx() -> Context {
    Context::new("test")
}

pub(crate) async fn apply(connector: &LdapConnector, operation: Operation) -> Result<Outcome> {
    connector.apply(&ctx(), &WriteRequest::new("key", operation)).await
}

pub(crate) fn user(name: &str) -> Resource {
    Resource::new(uri::USER).with("userName", name).unwrap()
}

pub(crate) async fn add_user(connector: &LdapConnector, name: &str) -> ObjectRef {
    let made = connector.create(&ctx(), "key", ObjectClass::USER, user(name)).await.unwrap();
    made.object.unwrap()
}

pub(crate) async fn add_group(connector: &LdapConnector, name: &str) -> ObjectRef {
    let group = Resource::new(uri::GROUP).with("displayName", name).unwrap();
    connector.create(&ctx(), "key", ObjectClass::GROUP, group).await.unwrap().object.unwrap()
}

pub(crate) fn grant(account: &ObjectRef, group: &ObjectRef) -> Operation {
    let entitlement = EntitlementRef::new("group", &group.id);
    Operation::Grant { object: account.clone(), entitlement, parameters: Default::default() }
}

pub(crate) fn revoke(account: &ObjectRef, group: &ObjectRef) -> Operation {
    Operation::Revoke { object: account.clone(), entitlement: EntitlementRef::new("group", &group.id) }
}

/// The values that an entry really has, past the connector.
pub(crate) async fn values(place: &Place, dn: &str, attribute: &str) -> Vec<String> {
    let mut admin = place.server.admin().await;
    let found = admin.search(dn, ldap3::Scope::Base, "(objectClass=*)", vec![attribute]).await.unwrap();
    let (entries, _) = found.success().unwrap();
    let entry = ldap3::SearchEntry::construct(entries.into_iter().next().unwrap());
    let mut values = entry.attrs.get(attribute).cloned().unwrap_or_default();
    values.sort();
    values
}

pub(crate) fn dn(object: &ObjectRef) -> &str {
    object.secondary(ObjectRef::DN).unwrap()
}
