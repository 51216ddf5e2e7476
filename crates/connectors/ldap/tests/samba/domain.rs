//! The domain of the tests: a place of its own for each test.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tenure_connector_ldap::{Flavour, LdapConfig, LdapConnector};

pub(crate) const ADMIN: &str = "Administrator@TENURE.TEST";
pub(crate) const PASSWORD: &str = "Adm1n-Passw0rd!";
const DOMAIN: &str = "DC=tenure,DC=test";
static NEXT: AtomicU64 = AtomicU64::new(0);

/// The place of one test.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    url: String,
    ca: std::path::PathBuf,
    pub(crate) root: String,
}

impl Place {
    pub(crate) async fn new() -> Option<Self> {
        let url = std::env::var("TENURE_SAMBA").ok();
        assert!(
            url.is_some() || std::env::var("TENURE_REQUIRE_SERVERS").is_err(),
            "expected a domain controller in TENURE_SAMBA, found none"
        );
        if url.is_none() {
            eprintln!("not tried: TENURE_SAMBA is not set");
        }
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let place = Self {
            url: url?,
            ca: std::env::var("TENURE_SAMBA_CA").expect("TENURE_SAMBA_CA beside TENURE_SAMBA").into(),
            root: format!("OU=t{}-{number},{DOMAIN}", std::process::id()),
        };
        let mut admin = place.bound(ADMIN, PASSWORD).await.expect("the administrator may bind");
        for dn in [place.root.clone(), place.under("People"), place.under("Groups")] {
            let unit = HashSet::from(["organizationalUnit".to_owned()]);
            admin.add(&dn, vec![("objectClass".to_owned(), unit)]).await.unwrap().success().unwrap();
        }
        Some(place)
    }

    /// A connection as someone; nothing when the server refuses.
    pub(crate) async fn bound(&self, dn: &str, password: &str) -> Option<Ldap> {
        let mut roots = rustls::RootCertStore::empty();
        CertificateDer::pem_file_iter(&self.ca).unwrap().for_each(|one| roots.add(one.unwrap()).unwrap());
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let settings = LdapConnSettings::new().set_config(std::sync::Arc::new(tls));
        let (connection, mut ldap) = LdapConnAsync::with_settings(settings, &self.url).await.unwrap();
        tokio::spawn(async move { drop(connection.drive().await) });
        (ldap.simple_bind(dn, password).await.unwrap().rc == 0).then_some(ldap)
    }

    pub(crate) async fn admin(&self) -> Ldap {
        self.bound(ADMIN, PASSWORD).await.unwrap()
    }

    pub(crate) fn under(&self, unit: &str) -> String {
        format!("OU={unit},{}", self.root)
    }

    /// User names as principal names: `sAMAccountName` is too short for those of the suite.
    pub(crate) fn config(&self) -> LdapConfig {
        let url = self.url.parse().unwrap();
        let mut config = LdapConfig::new(url, Flavour::ActiveDirectory, self.under("People"))
            .with_groups(self.under("Groups"))
            .with_bind(ADMIN, PASSWORD);
        config.tls.ca_file = Some(self.ca.clone());
        let attributes = [
            ("userName", "userPrincipalName"),
            ("name.givenName", "givenName"),
            ("name.familyName", "sn"),
            ("displayName", "displayName"),
            ("title", "title"),
        ];
        config.people.attributes =
            Some(attributes.map(|(scim, ldap)| (scim.to_owned(), ldap.to_owned())).into());
        config
    }

    pub(crate) fn connector(&self) -> LdapConnector {
        LdapConnector::new(self.config()).unwrap()
    }
}
