use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Deserializer};
use tenure_connector::Secret;
use url::Url;

/// How to reach a directory, and how it is laid out. Debug shows no secret.
///
/// # Examples
///
/// ```
/// use tenure_connector_ldap::{Disable, Flavour, LdapConfig};
///
/// let config: LdapConfig = serde_json::from_str(r#"{
///     "url": "ldaps://ldap.example.com",
///     "flavour": "open_ldap",
///     "bind": { "simple": { "dn": "cn=tenure,dc=example,dc=com", "password": "secret" } },
///     "people": { "base": "ou=People,dc=example,dc=com" },
///     "groups": { "base": "ou=Groups,dc=example,dc=com" },
///     "disable": { "move_to": "ou=Former,dc=example,dc=com" }
/// }"#)?;
/// assert_eq!(config.flavour, Flavour::OpenLdap);
/// assert_eq!(config.disable, Some(Disable::MoveTo("ou=Former,dc=example,dc=com".to_owned())));
/// assert!(!format!("{config:?}").contains("secret"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LdapConfig {
    /// The server: `ldaps://host`, `ldap://host`, or `ldapi://` with an encoded path.
    pub url: Url,
    /// What kind of server it is.
    #[serde(default)]
    pub flavour: Flavour,
    /// As whom the connector works.
    #[serde(default)]
    pub bind: Bind,
    /// How the connection is protected.
    #[serde(default)]
    pub tls: Tls,
    /// Where people are and how they look.
    pub people: Layout,
    /// Where groups are and how they look; without it the connector knows no groups.
    #[serde(default)]
    pub groups: Option<Layout>,
    /// The attribute of a group that holds its members' names; the flavour's own when absent.
    #[serde(default)]
    pub member: Option<String>,
    /// The name that stands in a group without members where a group must have one; the flavour's own when absent, none
    /// when empty. The same as `refint_nothing` of OpenLDAP's refint overlay.
    #[serde(default)]
    pub placeholder: Option<String>,
    /// How an account is made to stop working; the flavour's own way when absent.
    #[serde(default)]
    pub disable: Option<Disable>,
    /// How changes are followed; the flavour's own way when absent.
    #[serde(default)]
    pub follow: Option<Follow>,
    /// The server keeps `memberOf` on people, for every group and from the beginning. It makes reading who is in which
    /// group cheap, and it is wrong where the server does not: grants would be missing.
    #[serde(default)]
    pub member_of: Option<bool>,
    /// The server itself keeps the names in groups right when an entry is renamed, moved or deleted.
    #[serde(default)]
    pub referential_integrity: Option<bool>,
    /// The page size when the caller has no wish.
    #[serde(default = "five_hundred")]
    pub page_size: u32,
    /// How long one request may take.
    #[serde(default = "thirty", rename = "timeout_seconds", deserialize_with = "seconds")]
    pub timeout: Duration,
}

/// The kind of a directory server; it decides the defaults.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flavour {
    /// OpenLDAP with `inetOrgPerson` and `groupOfNames`, the ppolicy overlay for disabling and syncprov for changes.
    #[default]
    OpenLdap,
    /// Any server of RFC 4511 with `inetOrgPerson`, `groupOfNames` and RFC 4530's `entryUUID`.
    Generic,
    /// Active Directory, and Samba as its domain controller.
    ActiveDirectory,
}

/// As whom the connector works.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bind {
    /// As nobody.
    #[default]
    Anonymous,
    /// With a name and a password.
    Simple {
        /// The name: a distinguished name, or what else the server takes.
        dn: String,
        /// The password.
        #[serde(deserialize_with = "secret")]
        password: Secret,
    },
    /// As who the connection belongs to: the user of a local socket.
    External,
}

/// How the connection is protected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// Turns a connection to `ldap://` into one with TLS before anything else is sent.
    pub starttls: bool,
    /// A PEM file with the authorities that sign the server's certificate; the system's when absent.
    pub ca_file: Option<PathBuf>,
    /// Sends the connector's own password without TLS. For tests in a closed network only; the passwords of people are
    /// never sent so.
    pub allow_plain_bind: bool,
}

/// Where the entries of a class are and how they look. What is absent is the flavour's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// The entry below which they are; new ones are made directly below it.
    pub base: String,
    /// The object classes that a new entry gets. The first one tells entries of the class from others.
    #[serde(default)]
    pub object_classes: Option<Vec<String>>,
    /// The attribute that names an entry.
    #[serde(default)]
    pub naming: Option<String>,
    /// A search filter that the entries satisfy besides their class, for instance `(!(employeeType=robot))`.
    #[serde(default)]
    pub filter: Option<String>,
    /// SCIM attributes and the LDAP attributes that hold them; the whole list, not an addition.
    #[serde(default)]
    pub attributes: Option<BTreeMap<String, String>>,
    /// Attributes with fixed values that a new entry gets.
    #[serde(default)]
    pub constant: BTreeMap<String, Vec<String>>,
}

/// How an account is made to stop working.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disable {
    /// OpenLDAP's ppolicy: `pwdAccountLockedTime` says that the account is locked for good. Stops binds by password.
    Ppolicy,
    /// A bit of Active Directory's `userAccountControl`.
    UserAccountControl,
    /// An attribute with the value `TRUE`: `nsAccountLock` of 389 Directory Server and Oracle.
    Attribute(String),
    /// The entry lies below another entry, which the server keeps away from applications.
    MoveTo(String),
    /// It cannot.
    Never,
}

/// How changes are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Follow {
    /// Content synchronisation (RFC 4533), as OpenLDAP's syncprov overlay offers it. Deletions are told if the overlay
    /// keeps a session log.
    Syncrepl,
    /// Active Directory's update sequence numbers, of one domain controller.
    UpdateSequence,
    /// `modifyTimestamp`, to the second: the changes of the last second come twice, deletions are not told.
    Timestamp,
    /// They are not.
    Never,
}

impl LdapConfig {
    /// Starts with a server, nobody, and where people are.
    #[must_use]
    pub fn new(url: Url, flavour: Flavour, people_base: impl Into<String>) -> Self {
        Self {
            url,
            flavour,
            bind: Bind::Anonymous,
            tls: Tls::default(),
            people: Layout::at(people_base),
            groups: None,
            member: None,
            placeholder: None,
            disable: None,
            follow: None,
            member_of: None,
            referential_integrity: None,
            page_size: five_hundred(),
            timeout: thirty(),
        }
    }

    /// Works with a name and a password.
    #[must_use]
    pub fn with_bind(mut self, dn: impl Into<String>, password: impl Into<String>) -> Self {
        self.bind = Bind::Simple { dn: dn.into(), password: Secret::new(password) };
        self
    }

    /// Adds where groups are.
    #[must_use]
    pub fn with_groups(mut self, base: impl Into<String>) -> Self {
        self.groups = Some(Layout::at(base));
        self
    }

    /// Chooses how an account is made to stop working.
    #[must_use]
    pub fn with_disable(mut self, disable: Disable) -> Self {
        self.disable = Some(disable);
        self
    }

    /// Whether what is sent can be read on the way.
    pub(crate) fn is_plain(&self) -> bool {
        self.url.scheme() == "ldap" && !self.tls.starttls
    }
}

impl Layout {
    /// The flavour's own layout below an entry.
    #[must_use]
    pub fn at(base: impl Into<String>) -> Self {
        Self { base: base.into(), ..Self::default() }
    }
}

fn five_hundred() -> u32 {
    500
}

fn thirty() -> Duration {
    Duration::from_secs(30)
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_secs)
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}
