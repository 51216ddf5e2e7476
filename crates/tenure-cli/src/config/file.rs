use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;

/// The file as it is written. One flat section type for every kind keeps the place of each mistake; what belongs to
/// which kind is judged afterwards.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) policy: PathBuf,
    pub(super) store: PathBuf,
    #[serde(default)]
    pub(super) sources: BTreeMap<String, Section>,
    #[serde(default)]
    pub(super) targets: BTreeMap<String, Section>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    pub(super) kind: Spanned<String>,
    pub(super) path: Option<Spanned<String>>,
    pub(super) workers: Option<Spanned<String>>,
    pub(super) workloads: Option<Spanned<String>>,
    pub(super) url: Option<Spanned<String>>,
    pub(super) token_env: Option<Spanned<String>>,
    pub(super) token_file: Option<Spanned<String>>,
    pub(super) profile: Option<Spanned<String>>,
}
