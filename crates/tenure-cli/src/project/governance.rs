use std::fs;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tenure_engine::Engine;
use tenure_governance::{Governance, GovernanceDocument, Rules};
use tenure_policy::{Format, Written};

use super::Project;
use super::policy::unreadable;
use crate::failure::Failure;

impl Project {
    /// Reads the rules of governance, where the project file names any, under the policy that holds.
    ///
    /// # Errors
    /// The file cannot be read; or everything that is wrong with it.
    pub fn rules(&self, now: DateTime<Utc>) -> Result<Option<Rules>, Failure> {
        let Some(path) = &self.config.governance else { return Ok(None) };
        let text = fs::read_to_string(path)
            .map_err(|e| Failure::failed(format!("cannot read `{}`", path.display()), e))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let rules = Rules::read(&name, Format::of(&name), &text, self.policy(now)?);
        rules.map(Some).map_err(|e| unreadable(&e, path, &name, &text))
    }

    /// Joins an engine and the rules; without a file of rules, managers approve everything.
    ///
    /// # Errors
    /// As [`rules`](Self::rules).
    pub fn governance(&self, engine: &Arc<Engine>, now: DateTime<Utc>) -> Result<Governance, Failure> {
        let rules = match self.rules(now)? {
            Some(rules) => rules,
            None => Rules::compile(&Written::built(GovernanceDocument::default()), self.policy(now)?)
                .map_err(|e| Failure::failed("cannot set up governance", e))?,
        };
        Ok(Governance::new(Arc::clone(engine), rules))
    }
}
