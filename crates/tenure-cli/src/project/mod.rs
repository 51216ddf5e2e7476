//! A project in use: its configuration, its policy, and the engine over its store and connectors.

mod connect;
mod engine;
mod governance;
mod policy;
mod sources;
mod subject;
mod targets;

use std::path::Path;

use tenure_policy::Policy;

use crate::config::Config;
use crate::failure::Failure;
use crate::present::Diagnostic;

pub use connect::make_groups;
pub use policy::read_policy;
pub use sources::{Reach, rejected_row};
pub use subject::subject;

/// A project whose configuration and policy are without errors.
#[derive(Debug)]
pub struct Project {
    /// The configuration.
    pub config: Config,
    /// The compiled policy.
    pub policy: Policy,
}

impl Project {
    /// Reads the project file and the policy.
    ///
    /// # Errors
    /// Everything that is wrong with either, and every target of the policy that the project file does not have.
    pub fn load(path: &Path) -> Result<Self, Failure> {
        let config = Config::load(path)?;
        let policy = read_policy(&config.policy).map_err(Failure::Input)?;
        let missing: Vec<Diagnostic> = policy
            .document()
            .targets
            .keys()
            .filter(|id| !config.targets.contains_key(id.as_str()))
            .map(|id| Diagnostic {
                title: format!(
                    "the policy names the target `{id}`, but the project file has no `[targets.{id}]`"
                ),
                path: path.display().to_string(),
                place: None,
                help: Some(format!("add `[targets.{id}]` with its kind")),
            })
            .collect();
        if missing.is_empty() { Ok(Self { config, policy }) } else { Err(Failure::Input(missing)) }
    }

    /// Reads every row of every source in reach, without writing anything.
    ///
    /// # Errors
    /// Every row that cannot be used, with its place; or a source cannot be read at all.
    pub async fn check_sources(&self, reach: Reach) -> Result<sources::Rows, Failure> {
        sources::check(&self.config, reach).await
    }

    /// Asks every target that is reached over a network whether it lets us in and what we may do there.
    ///
    /// # Errors
    /// A secret that cannot be read, or a setting that the connector refuses.
    pub async fn check_targets(&self) -> Result<targets::Answers, Failure> {
        targets::check(&self.config).await
    }
}
