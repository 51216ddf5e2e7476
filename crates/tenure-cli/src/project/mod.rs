//! A project in use: its configuration, its policy, and the engine over its store and connectors.

mod connect;
mod engine;
mod governance;
mod policy;
mod sources;
mod subject;
mod targets;
#[cfg(feature = "online")]
#[cfg_attr(
    not(feature = "vendors"),
    allow(
        dead_code,
        unused_imports,
        unused_mut,
        unused_variables,
        reason = "each kind needs a part of what the vendors share"
    )
)]
mod vendor;

use std::collections::BTreeSet;
use std::path::Path;

use chrono::{DateTime, Utc};
use tenure_policy::{Policy, TargetId};

use crate::config::Config;
use crate::failure::Failure;
use crate::present::Diagnostic;

pub use connect::read_token as secret_of;
pub use policy::{policy_texts, read_policy, unreadable};
pub use sources::{Reach, rejected_row};
pub use subject::subject;

/// A project whose configuration and policy are without errors.
#[derive(Debug)]
pub struct Project {
    /// The configuration.
    pub config: Config,
    /// The compiled versions of the policy, at least one.
    pub policies: Vec<Policy>,
}

impl Project {
    /// Reads the project file and the policy.
    ///
    /// # Errors
    /// Everything that is wrong with either, and every target that only one of them has.
    pub fn load(path: &Path) -> Result<Self, Failure> {
        let config = Config::load(path)?;
        let policies: Result<Vec<Policy>, _> = config.policies.iter().map(|path| read_policy(path)).collect();
        let policies = policies.map_err(Failure::Input)?;
        let known: BTreeSet<&TargetId> =
            policies.iter().flat_map(|policy| policy.document().targets.keys()).collect();
        let unreached = known.iter().filter(|id| !config.targets.contains_key(id.as_str())).map(|id| {
            let title =
                format!("the policy names the target `{id}`, but the project file has no `[targets.{id}]`");
            (title, format!("add `[targets.{id}]` with its kind"))
        });
        let unnamed = config.targets.keys().filter(|name| !known.iter().any(|id| id.as_str() == *name));
        let unnamed = unnamed.map(|name| {
            let title = format!(
                "the project file has `[targets.{name}]`, but the policy does not name the target `{name}`"
            );
            (title, format!("add `{name}` to the policy's `targets`; `mode: observe` only looks"))
        });
        let missing: Vec<Diagnostic> = unreached
            .chain(unnamed)
            .map(|(title, help)| Diagnostic {
                title,
                path: path.display().to_string(),
                place: None,
                help: Some(help),
            })
            .collect();
        if missing.is_empty() { Ok(Self { config, policies }) } else { Err(Failure::Input(missing)) }
    }

    /// The version of the policy that holds; before any does, the first.
    ///
    /// # Errors
    /// There is no policy.
    pub fn policy(&self, now: DateTime<Utc>) -> Result<&Policy, Failure> {
        let holds = Policy::in_force(&self.policies, now).or(self.policies.first());
        holds.ok_or_else(|| Failure::failed("cannot go by the policy", "the project has none"))
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
