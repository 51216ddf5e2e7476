use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use toml::{Spanned, Value};

/// The file as it is written. A section is read without knowing its kind, so that each mistake keeps its place.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) policy: PathBuf,
    /// Further versions of the policy.
    #[serde(default)]
    pub(super) versions: Vec<PathBuf>,
    pub(super) store: PathBuf,
    pub(super) governance: Option<PathBuf>,
    /// Attributes whose values are left out of the audit trail.
    #[serde(default)]
    pub(super) redact: Vec<String>,
    /// Where the secrets of webhooks are found, by their ids.
    #[serde(default)]
    pub(super) webhooks: BTreeMap<String, SecretFrom>,
    #[serde(default)]
    pub(super) sources: BTreeMap<String, Section>,
    #[serde(default)]
    pub(super) targets: BTreeMap<String, Section>,
}

/// Where the secret of a webhook is found.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SecretFrom {
    SecretEnv(String),
    SecretFile(PathBuf),
}

pub(super) type Section = Spanned<BTreeMap<Spanned<String>, Spanned<Value>>>;
