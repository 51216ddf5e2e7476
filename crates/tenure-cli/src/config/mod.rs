//! The project file `tenure.toml`: which policy, store, sources and targets belong together.

mod error;
mod file;
mod kinds;
mod options;
mod section;
mod settings;
#[cfg(feature = "online")]
#[cfg_attr(
    not(feature = "vendors"),
    allow(dead_code, reason = "each kind needs a part of what the vendors share")
)]
mod vendor;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tenure_engine::TargetOptions;

pub use error::ConfigError;
pub use kinds::{HrFile, Source, Target, TokenFrom};
pub use settings::Settings;
#[cfg(feature = "online")]
pub use vendor::{Access, Online, Vendor};

use crate::present::{Diagnostic, Place};

/// The name of the project file where none is given.
pub const FILE_NAME: &str = "tenure.toml";

/// A project: every path in it is relative to the folder of its file, and already joined with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The folder of the project file.
    pub root: PathBuf,
    /// The policy documents: the first, and further versions of it.
    pub policies: Vec<PathBuf>,
    /// The SQLite file of the store.
    pub store: PathBuf,
    /// The rules of governance: who approves requests.
    pub governance: Option<PathBuf>,
    /// Where the secrets of webhooks are found, by their ids in the rules of governance.
    pub webhooks: BTreeMap<String, TokenFrom>,
    /// Where people and services come from, by name.
    pub sources: BTreeMap<String, Source>,
    /// What is provisioned, by the name that the policy uses.
    pub targets: BTreeMap<String, Target>,
    /// How each target is treated.
    pub options: BTreeMap<String, TargetOptions>,
    /// Attributes whose values are left out of the audit trail.
    pub redact: Vec<String>,
}

impl Config {
    /// Reads a project file.
    ///
    /// # Errors
    /// The file cannot be read, is not TOML, or has settings that do not fit; all of the last are listed.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|e| ConfigError::unreadable(path, &e))?;
        let root = path.parent().map(Path::to_owned).unwrap_or_default();
        Self::parse(&text, &path.display().to_string(), root)
    }

    fn parse(text: &str, name: &str, root: PathBuf) -> Result<Self, ConfigError> {
        let file: file::File = toml::from_str(text).map_err(|e| ConfigError::syntax(name, text, &e))?;
        let mut problems = Vec::new();
        let mut note = |problem: section::Problem| {
            problems.push(Diagnostic {
                title: problem.title,
                path: name.to_owned(),
                place: Some(Place { source: text.to_owned(), span: problem.span }),
                help: problem.help,
            });
        };
        let mut sources = BTreeMap::new();
        for (name, section) in file.sources {
            match Source::from_section(&root, section) {
                Ok(source) => drop(sources.insert(name, source)),
                Err(found) => found.into_iter().for_each(&mut note),
            }
        }
        let (mut targets, mut options) = (BTreeMap::new(), BTreeMap::new());
        for (name, mut section) in file.targets {
            let (found, wrong) = options::target_options(&mut section);
            wrong.into_iter().for_each(&mut note);
            options.insert(name.clone(), found);
            match Target::from_section(&root, section) {
                Ok(target) => drop(targets.insert(name, target)),
                Err(found) => found.into_iter().for_each(&mut note),
            }
        }
        if !problems.is_empty() {
            return Err(ConfigError::new(problems));
        }
        Ok(Self {
            policies: [&file.policy].into_iter().chain(&file.versions).map(|path| root.join(path)).collect(),
            store: root.join(file.store),
            governance: file.governance.map(|path| root.join(path)),
            webhooks: file
                .webhooks
                .into_iter()
                .map(|(id, from)| match from {
                    file::SecretFrom::SecretEnv(name) => (id, TokenFrom::Env(name)),
                    file::SecretFrom::SecretFile(path) => (id, TokenFrom::File(root.join(path))),
                })
                .collect(),
            root,
            sources,
            targets,
            options,
            redact: file.redact,
        })
    }
}

#[cfg(test)]
mod tests;
