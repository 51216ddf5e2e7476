//! Where the rows of a source are kept until a look at it has ended, so that memory does not grow with them and a look that was
//! interrupted goes on behind the last page.
//!
//! The rows of a look are in an area of the store. A value beside them, its head, says how far the look has come and whose it
//! is; rows and head are written together. Nothing of an area counts before the look has ended. An area whose look stopped is
//! taken over by the next look, which makes it its own by replacing the head, and whoever had it before can write nothing that
//! depends on it any more.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tenure_connector::{ConnectorInfo, DeltaToken};
use tenure_store::{Batch, Condition, PageRequest, StagedRow, Write};

use crate::observe::Earlier;
use crate::observe::trail::Mark;
use crate::{Engine, Result};

/// A look that stopped longer ago than this begins anew.
const FRESH: TimeDelta = TimeDelta::hours(6);
/// One that had ended, but for what follows from it, does so earlier: nobody would be asked any more.
const FRESH_WHEN_WHOLE: TimeDelta = TimeDelta::hours(1);
const PREFIX: &str = "stage/";

/// How far a look has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Head {
    /// Whose it is: a name that nobody else has.
    owner: String,
    began: DateTime<Utc>,
    /// What was asked. Another system is never taken for it.
    system: ConnectorInfo,
    /// From where changes are followed later.
    token: Option<String>,
    /// Where the look goes on; nothing, where it cannot.
    mark: Option<Mark>,
    /// How many rows there are, once the look has ended and nothing speaks against what it saw.
    whole: Option<usize>,
}

/// The area of one look.
#[derive(Debug)]
pub(super) struct Stage<'e> {
    engine: &'e Engine,
    scope: String,
    area: String,
    head: Head,
    /// The head as it is stored; null, as long as nothing is.
    stored: Value,
}

impl<'e> Stage<'e> {
    /// Takes over the area of a look that was interrupted, or begins one. Removes those that nobody will go on with.
    pub(super) async fn find(
        engine: &'e Engine,
        scope: &str,
        system: ConnectorInfo,
        earlier: Earlier,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let owner = owner(engine, now);
        let area = format!("{scope}#{owner}");
        let head = Head { owner, began: now, system, token: None, mark: None, whole: None };
        let mut stage = Self { engine, scope: scope.to_owned(), area, head, stored: Value::Null };
        for (key, stored) in engine.store.values(&format!("{PREFIX}{scope}#")).await? {
            let area = key.strip_prefix(PREFIX).unwrap_or(&key).to_owned();
            let head = serde_json::from_value::<Head>(stored.clone());
            // One that another version wrote means nothing here.
            let known = head.as_ref().is_ok_and(|head| {
                let fresh = if head.whole.is_some() { FRESH_WHEN_WHOLE } else { FRESH };
                head.system == stage.head.system && head.began <= now && now - head.began <= fresh
            });
            let head = head.unwrap_or_else(|_| stage.head.clone());
            let found = Self { engine, scope: scope.to_owned(), area, head, stored };
            if !known {
                found.clear().await?;
            } else if earlier == Earlier::GoesOn && found.can_go_on() && stage.is_empty() {
                stage = found.taken_over(stage).await?;
            }
        }
        Ok(stage)
    }

    /// Makes it ours, unless somebody else was faster.
    async fn taken_over(mut self, otherwise: Self) -> Result<Self> {
        self.head.owner.clone_from(&otherwise.head.owner);
        let before = self.stored.clone();
        self.stored = json!(self.head);
        let batch = Batch::new().when(self.is(before)).with(self.head_is(self.stored.clone()));
        match self.engine.store.commit(batch).await {
            Ok(()) => Ok(self),
            Err(error) if error.is_conflict() => Ok(otherwise),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether nothing is kept.
    pub(super) fn is_empty(&self) -> bool {
        self.stored.is_null()
    }

    /// Whether the next look could go on from here.
    pub(super) fn can_go_on(&self) -> bool {
        self.head.mark.is_some() || self.head.whole.is_some()
    }

    /// How many rows there are, where the look had ended.
    pub(super) fn whole(&self) -> Option<usize> {
        self.head.whole
    }

    /// Where the walk goes on.
    pub(super) fn mark(&self) -> Option<Mark> {
        self.head.mark.clone()
    }

    pub(super) fn token(&self) -> Option<DeltaToken> {
        self.head.token.as_deref().map(DeltaToken::new)
    }

    pub(super) fn set_token(&mut self, token: Option<&DeltaToken>) {
        self.head.token = token.map(|token| token.as_str().to_owned());
    }

    /// Keeps the rows of a page, and where the next one is or that there is none. Until what was told is stored as what is so,
    /// nobody has to be asked again then. False, when another look has taken the area over.
    pub(super) async fn keep(
        &mut self,
        rows: Vec<StagedRow>,
        mark: Option<Mark>,
        whole: Option<usize>,
    ) -> Result<bool> {
        (self.head.mark, self.head.whole) = (mark, whole);
        let batch = Batch::new().with(Write::Stage { area: self.area.clone(), rows });
        let (before, head) = (self.stored.clone(), json!(self.head));
        let batch = batch.when(self.is(before)).with(self.head_is(head.clone()));
        match self.engine.store.commit(batch).await {
            Ok(()) => {
                self.stored = head;
                Ok(true)
            }
            Err(error) if error.is_conflict() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Begins anew, in another area.
    pub(super) async fn anew(&mut self) -> Result<()> {
        self.clear().await?;
        self.head.owner = owner(self.engine, self.head.began);
        self.area = format!("{}#{}", self.scope, self.head.owner);
        (self.head.mark, self.head.whole, self.stored) = (None, None, Value::Null);
        Ok(())
    }

    /// Reads rows by the identities that they are about.
    pub(super) async fn rows(&self, page: &PageRequest) -> Result<Vec<StagedRow>> {
        Ok(self.engine.store.staged(&self.area, page).await?)
    }

    /// What must hold for what is read from it to count.
    pub(super) fn condition(&self) -> Condition {
        self.is(self.stored.clone())
    }

    /// What removes it.
    pub(super) fn end(&self) -> [Write; 2] {
        [Write::Unstage { area: self.area.clone() }, self.head_is(Value::Null)]
    }

    /// Removes it, unless somebody else has it.
    pub(super) async fn clear(&self) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        let batch = Batch { conditions: vec![self.condition()], writes: self.end().into() };
        match self.engine.store.commit(batch).await {
            Err(error) if !error.is_conflict() => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn is(&self, value: Value) -> Condition {
        Condition::ValueIs { key: format!("{PREFIX}{}", self.area), value }
    }

    fn head_is(&self, value: Value) -> Write {
        Write::Value { key: format!("{PREFIX}{}", self.area), value }
    }
}

/// Whether a value is the head of an area.
pub(in crate::observe) fn is_of_stage(key: &str) -> bool {
    key.starts_with(PREFIX)
}

/// A name that no other look has.
fn owner(engine: &Engine, now: DateTime<Utc>) -> String {
    static LOOKS: AtomicU64 = AtomicU64::new(0);
    let number = LOOKS.fetch_add(1, Ordering::Relaxed);
    format!("{}-{}-{}-{number}", engine.worker, std::process::id(), now.timestamp_millis())
}
