//! What is written into an account: mappings, the user name, the way to log in.

use serde::{Deserialize, Serialize};
use tenure_scim::AttrPath;

use crate::document::Condition;
use crate::id::MappingId;
use crate::mapping::Expression;
use crate::time::Span;

/// One attribute of an account and where its value comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttributeMapping {
    /// The mapping's permanent key: it owns the values it wrote.
    pub id: MappingId,
    /// The attribute of the account.
    pub to: AttrPath,
    /// Where the value comes from.
    pub from: Expression,
    /// Only where this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// When the value is written.
    #[serde(default)]
    pub apply: Apply,
    /// What is taken away.
    #[serde(default)]
    pub remove: Remove,
}

/// When a mapped value is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Apply {
    /// Whenever the account differs.
    #[default]
    Always,
    /// Only when the mapped value has changed since it was last written.
    OnChange,
    /// Only while the account has no value.
    IfEmpty,
    /// Only when the account is created.
    OnCreate,
}

/// What is taken away when a mapping gives another value, or none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remove {
    /// The values this mapping wrote before.
    #[default]
    OwnValues,
    /// Every other value.
    AllOthers,
    /// Nothing.
    Never,
}

/// How the user name of an account is chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsernamePolicy {
    /// Candidates in order; when all are taken, the last one is numbered.
    pub from: Vec<Expression>,
    /// Where the name goes.
    #[serde(default = "user_name")]
    pub to: AttrPath,
    /// Names are unique inside a namespace; targets that name the same one share their names.
    #[serde(default = "default_namespace")]
    pub namespace: String,
    /// Whether the name must be unique in the namespace.
    #[serde(default = "yes")]
    pub unique: bool,
    /// Whether a name, once used, is never given to anybody else.
    #[serde(default = "yes")]
    pub never_reuse: bool,
    /// The greatest number of characters.
    #[serde(default = "sixty_four")]
    pub max_length: usize,
}

/// How people log in to an account. Data for the connector; nothing here performs a login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialPolicy {
    /// The way in.
    pub login: Login,
    /// Whether a second factor is demanded.
    #[serde(default)]
    pub mfa: bool,
    /// How old a password may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotate_after: Option<Span>,
}

/// The way into an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Login {
    /// Single sign-on only; no password is set.
    Sso,
    /// A first password that must be changed.
    InitialPassword,
    /// The person sets a password by an invitation.
    Invitation,
    /// None (a mailbox, a contact).
    None,
}

#[expect(clippy::expect_used, reason = "a fixed text that is a path")]
fn user_name() -> AttrPath {
    AttrPath::parse("userName").expect("a path")
}

fn default_namespace() -> String {
    "default".to_owned()
}

fn yes() -> bool {
    true
}

fn sixty_four() -> usize {
    64
}
