use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tenure_policy::IdentityId;

use crate::keep::{self, Change, Kept, Record};
use crate::{Governance, GovernanceError, PlaybookSpec, Result, Rules};

/// A playbook that somebody saved while the program runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Saved {
    playbook: PlaybookSpec,
    by: IdentityId,
    at: DateTime<Utc>,
    /// It cannot be run any more; its versions are counted on, should it come back.
    #[serde(default)]
    removed: bool,
}

const PREFIX: &str = "governance/playbook/";

impl Governance {
    /// Every playbook that can be run: those of the rules in their order, then those that were saved.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails.
    pub async fn playbooks(&self) -> Result<Vec<PlaybookSpec>> {
        let saved = keep::list::<Saved>(self.store(), PREFIX, "playbook").await?;
        let saved = saved.into_iter().map(|kept| kept.value).filter(|saved| !saved.removed);
        let mut playbooks = self.rules.document().playbooks.clone();
        playbooks.extend(saved.map(|saved| saved.playbook));
        Ok(playbooks)
    }

    /// Keeps a playbook beside those of the rules, to be run by name; one with the same id is replaced. Returns it with its version,
    /// which is one more than that of the one before. A run that is under way goes on with the version it began with.
    ///
    /// # Errors
    ///
    /// * `NotAllowed`, when who saves it is no administrator at work;
    /// * `Refused`, when it contradicts itself or names what the policy does not know, or its id is that of a playbook of the rules;
    /// * `Raced`, when another saved it at the same moment.
    pub async fn save_playbook(
        &self,
        mut playbook: PlaybookSpec,
        by: &IdentityId,
        now: DateTime<Utc>,
    ) -> Result<PlaybookSpec> {
        self.require_administrator(by, "save a playbook", now).await?;
        let id = playbook.id.to_string();
        if self.rules.document().playbooks.iter().any(|known| known.id == playbook.id) {
            let detail =
                format!("expected another id than `{id}`, which is a playbook of the rules: change it there");
            return Err(GovernanceError::refused(detail));
        }
        let checked = Rules::check_playbook(&playbook, self.engine.policy(now)?);
        checked.map_err(|errors| {
            let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
            GovernanceError::refused(told.join("; "))
        })?;
        let key = format!("{PREFIX}{id}");
        let kept: Option<Kept<Saved>> = keep::read(self.store(), &key, "playbook").await?;
        playbook.version = kept.as_ref().map_or(1, |kept| kept.value.playbook.version.saturating_add(1));
        let saved = Saved { playbook: playbook.clone(), by: by.clone(), at: now, removed: false };
        self.keep_saved(kept, saved, &key, "playbook.save").await?;
        Ok(playbook)
    }

    /// Takes a saved playbook away. Runs that are under way go on.
    ///
    /// # Errors
    ///
    /// `NotFound`, when no such playbook was saved; `NotAllowed`, when who does so is no administrator at work; `Raced`, when another
    /// saved it at the same moment.
    pub async fn remove_playbook(&self, id: &str, by: &IdentityId, now: DateTime<Utc>) -> Result<()> {
        self.require_administrator(by, "remove a playbook", now).await?;
        let key = format!("{PREFIX}{id}");
        let kept: Option<Kept<Saved>> = keep::read(self.store(), &key, "playbook").await?;
        let kept = kept.filter(|kept| !kept.value.removed);
        let kept =
            kept.ok_or_else(|| GovernanceError::NotFound { what: "saved playbook", id: id.to_owned() })?;
        let removed = Saved { by: by.clone(), at: now, removed: true, ..kept.value.clone() };
        self.keep_saved(Some(kept), removed, &key, "playbook.remove").await
    }

    async fn keep_saved(
        &self,
        old: Option<Kept<Saved>>,
        saved: Saved,
        key: &str,
        action: &str,
    ) -> Result<()> {
        let id = saved.playbook.id.to_string();
        let mut change = Change::new(&id, saved.at);
        match &old {
            Some(old) => change.replace(old, &saved)?,
            None => change.create(key, &saved)?,
        }
        change.audit(Record {
            actor: saved.by.as_str(),
            action,
            object: &id,
            before: json!(old.as_ref().map(|old| &old.value.playbook)),
            after: if saved.removed { serde_json::Value::Null } else { json!(saved.playbook) },
            ..Record::default()
        });
        change.commit(self.store()).await
    }

    pub(crate) async fn playbook(&self, id: &str) -> Result<PlaybookSpec> {
        let written = self.rules.document().playbooks.iter().find(|playbook| playbook.id.as_str() == id);
        if let Some(written) = written {
            return Ok(written.clone());
        }
        let kept: Option<Kept<Saved>> =
            keep::read(self.store(), &format!("{PREFIX}{id}"), "playbook").await?;
        let kept = kept.filter(|kept| !kept.value.removed);
        kept.map(|kept| kept.value.playbook)
            .ok_or_else(|| GovernanceError::NotFound { what: "playbook", id: id.to_owned() })
    }

    async fn require_administrator(&self, by: &IdentityId, action: &str, now: DateTime<Utc>) -> Result<()> {
        self.require_at_work(by, action, now).await?;
        if self.is_administrator(by) {
            return Ok(());
        }
        Err(GovernanceError::not_allowed(by, action, "expected an administrator"))
    }
}
