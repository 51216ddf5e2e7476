use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tenure_policy::{IdentityId, TargetId};
use tenure_store::{AuditDraft, Batch, TaskRecord, TaskState, Write, sha256_hex};

use crate::planner::outlook::{EVERYBODY, due};
use crate::world::World;
use crate::world::load::decode;
use crate::{Engine, EngineError, Result};

/// What is done with an account that is linked to nobody. Every such account has one; [`Case`](Self::Case) is the default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Disposition {
    /// It is this identity's, whatever correlation says: the next plan links it.
    Adopt {
        /// Whose.
        identity: IdentityId,
    },
    /// It is a service's. It is left alone; when its owner is there no more, somebody has to find another.
    ServiceAccount {
        /// Who answers for it.
        owner: IdentityId,
        /// What it is for.
        purpose: String,
    },
    /// Nothing touches it. The executor refuses it as well.
    Protected,
    /// It is disabled with the next plan and deleted later.
    DisableThenDelete {
        /// From when on it may be deleted.
        delete: DateTime<Utc>,
    },
    /// A person has to find out; there is a task for it.
    Case,
}

/// A disposition as it is stored: what is done, who answers for it, and when it is looked at again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Disposed {
    /// What is done.
    pub disposition: Disposition,
    /// Who said so.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Who answers for it, where it is no service with an owner of its own: the task of a case is theirs, and when they are there no
    /// more, somebody has to find another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<IdentityId>,
    /// When somebody should look at it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<DateTime<Utc>>,
}

impl Disposed {
    /// Says what is done with an account.
    #[must_use]
    pub fn new(disposition: Disposition, by: &str, reason: &str, at: DateTime<Utc>) -> Self {
        Self { disposition, by: by.to_owned(), reason: reason.to_owned(), at, owner: None, review: None }
    }

    /// Says who answers for it.
    #[must_use]
    pub fn owned_by(mut self, owner: IdentityId) -> Self {
        self.owner = Some(owner);
        self
    }

    /// Says when somebody should look at it again.
    #[must_use]
    pub fn review(mut self, at: DateTime<Utc>) -> Self {
        self.review = Some(at);
        self
    }

    /// Who answers for the account: the owner of the service it is, or else the one who was named.
    #[must_use]
    pub fn answerable(&self) -> Option<&IdentityId> {
        match &self.disposition {
            Disposition::ServiceAccount { owner, .. } => Some(owner),
            _ => self.owner.as_ref(),
        }
    }

    /// Everybody whom it names.
    pub(crate) fn identities(&self) -> impl Iterator<Item = &IdentityId> {
        let adopted = match &self.disposition {
            Disposition::Adopt { identity } => Some(identity),
            _ => None,
        };
        adopted.into_iter().chain(self.answerable())
    }
}

/// An account that is linked to nobody, and what is done with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Unlinked {
    /// Where.
    pub target: TargetId,
    /// The account's id.
    pub account: String,
    /// The name to show.
    pub name: String,
    /// Whether it works.
    pub active: bool,
    /// What is done with it; nobody has said so, when absent, and it counts as a case.
    pub disposed: Option<Disposed>,
}

impl Engine {
    /// Says what is done with an account that is linked to nobody. The next plan goes by it.
    ///
    /// # Errors
    ///
    /// * `NotFound`, when the target has no such account as last observed, or an identity that is named is not known;
    /// * `Refused`, when the account is linked, or name or reason are missing;
    /// * `Store`, when the store fails.
    pub async fn dispose(&self, target: &TargetId, account: &str, disposed: Disposed) -> Result<()> {
        if disposed.by.trim().is_empty() || disposed.reason.trim().is_empty() {
            let detail =
                "expected who says so and why, found a disposition without a name or a reason".to_owned();
            return Err(EngineError::Refused { detail });
        }
        if self.store.account(target.as_str(), account).await?.is_none() {
            return Err(EngineError::NotFound { what: "account", id: format!("{target}/{account}") });
        }
        let links = self.store.links(&tenure_store::Select::Target(target.to_string())).await?;
        if let Some(link) = links.iter().find(|link| link.is_live() && link.account == account) {
            let detail =
                format!("expected an account that is linked to nobody, found one of `{}`", link.identity);
            return Err(EngineError::Refused { detail });
        }
        for identity in disposed.identities() {
            if self.store.identity(identity.as_str()).await?.is_none() {
                return Err(EngineError::NotFound { what: "identity", id: identity.to_string() });
            }
        }
        let key = key(target, account);
        let before = self.store.value(&key).await?;
        let after =
            serde_json::to_value(&disposed).map_err(|error| EngineError::corrupt("disposition", &error))?;
        let mut batch = Batch::new()
            .with(due(EVERYBODY, disposed.at))
            .with(Write::Value { key, value: after.clone() })
            .with(Write::Audit(AuditDraft {
                at: disposed.at,
                actor: disposed.by.clone(),
                action: "account.dispose".to_owned(),
                target: Some(target.to_string()),
                identity: None,
                object: Some(account.to_owned()),
                why: json!({"reason": disposed.reason, "policy": self.policy(disposed.at)?.version()}),
                before: before.unwrap_or_default(),
                after,
                outcome: "recorded".to_owned(),
            }));
        let open = disposed.disposition == Disposition::Case;
        batch.push(Write::Task(case(target, account, &disposed, open)));
        Ok(self.store.commit(batch).await?)
    }

    /// Takes a disposition back: the account counts as a case again.
    ///
    /// # Errors
    ///
    /// `NotFound`, when there is none; `Store`, when the store fails.
    pub async fn withdraw_disposition(
        &self,
        target: &TargetId,
        account: &str,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let key = key(target, account);
        let before = self.store.value(&key).await?;
        let before = before.ok_or_else(|| EngineError::NotFound {
            what: "disposition",
            id: format!("{target}/{account}"),
        })?;
        let batch = Batch::new()
            .with(due(EVERYBODY, now))
            .with(Write::Value { key, value: Value::Null })
            .with(Write::Audit(AuditDraft {
                at: now,
                actor: by.to_owned(),
                action: "account.withdraw".to_owned(),
                target: Some(target.to_string()),
                identity: None,
                object: Some(account.to_owned()),
                why: json!({"policy": self.policy(now)?.version()}),
                before,
                after: Value::Null,
                outcome: "recorded".to_owned(),
            }));
        Ok(self.store.commit(batch).await?)
    }

    /// Every account that is linked to nobody, as last observed, with what is done with it.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails; `Connector`, when a target's schema cannot be had.
    pub async fn unlinked(&self, now: DateTime<Utc>) -> Result<Vec<Unlinked>> {
        let world = World::load(self.at(now)?, now).await?;
        let mut found = Vec::new();
        for (target, there) in &world.targets {
            let live: std::collections::BTreeSet<&str> =
                there.links.values().map(|link| link.account.as_str()).collect();
            for (id, account) in there.accounts.iter().filter(|(id, _)| !live.contains(id.as_str())) {
                let name = account.resource.text("userName").or_else(|| account.resource.text("displayName"));
                found.push(Unlinked {
                    target: target.clone(),
                    account: id.clone(),
                    name: name.unwrap_or(id).to_owned(),
                    active: account.is_active(),
                    disposed: world.disposed(target, id).cloned(),
                });
            }
        }
        Ok(found)
    }

    pub(crate) async fn dispositions(&self) -> Result<std::collections::BTreeMap<String, Disposed>> {
        let found = self.store.values(PREFIX).await?;
        found
            .into_iter()
            .map(|(key, value)| {
                Ok((key.strip_prefix(PREFIX).unwrap_or(&key).to_owned(), decode("disposition", value)?))
            })
            .collect()
    }
}

pub(crate) const PREFIX: &str = "disposition/";

pub(crate) fn key(target: &TargetId, account: &str) -> String {
    format!("{PREFIX}{target}/{account}")
}

fn case(target: &TargetId, account: &str, disposed: &Disposed, open: bool) -> TaskRecord {
    let hash = sha256_hex(format!("{target}/{account}").as_bytes());
    TaskRecord {
        id: format!("case-{}", hash.chars().take(12).collect::<String>()),
        target: Some(target.to_string()),
        identity: None,
        title: format!("find out whose account {account} of {target} is"),
        detail: disposed.reason.clone(),
        owner: disposed.answerable().map(ToString::to_string),
        opened: disposed.at,
        state: if open { TaskState::Open } else { TaskState::Dropped },
    }
}
