//! How far a look at a target has come, so that the next one goes on from there when the program stopped in the middle.
//!
//! What was listed so far is in the store already; what is kept besides is where to go on, and sixteen bytes of each thing that
//! was seen, so that absence can be judged in the end. A look goes on only where nothing was done meanwhile and not much time
//! has passed: what came into being behind it would be taken for absent.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tenure_connector::{Cursor, DeltaToken};
use tenure_store::{Batch, Write};

use super::record::Recorder;
use super::seen::Seen;
use super::walk::Walker;
use crate::world::load::decode;
use crate::{Engine, Result};

/// After how many pages it is noted how far a walk has come.
const EVERY: usize = 16;
/// A look that stopped longer ago than this begins anew.
const FRESH: TimeDelta = TimeDelta::hours(1);

/// What a look has found out about the accounts of a target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Accounts {
    pub(super) count: usize,
    pub(super) gone: usize,
    pub(super) digest: String,
    /// Why absence may not be believed.
    pub(super) doubt: Option<String>,
}

/// Which walk of a look is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Leg {
    Accounts,
    Grants,
}

/// Where a walk goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Mark {
    pub(super) cursor: Cursor,
    pub(super) total: Option<u64>,
    pub(super) read: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Kept {
    began: DateTime<Utc>,
    /// The end of the audit chain when the look began.
    audit: u64,
    /// From where changes are followed later.
    token: Option<String>,
    /// What the walk over the accounts brought, once it has ended.
    accounts: Option<Accounts>,
    leg: Option<Leg>,
    mark: Option<Mark>,
    digest: String,
    /// In how many parts it is kept what was seen.
    parts: usize,
}

/// The trail of one look.
#[derive(Debug)]
pub(super) struct Trail<'e> {
    engine: &'e Engine,
    key: String,
    kept: Kept,
    /// How many pages were read since it was last noted how far it came.
    pages: usize,
    /// How much of what was seen is kept.
    saved: usize,
    /// Whether anything is noted in the store.
    noted: bool,
}

impl<'e> Trail<'e> {
    /// Finds the trail of a look that was interrupted, or begins one.
    pub(super) async fn find(engine: &'e Engine, scope: &str, now: DateTime<Utc>) -> Result<Self> {
        let key = format!("look/{scope}");
        let audit = engine.store.audit_head().await?.seq;
        let found: Option<Kept> =
            engine.store.value(&key).await?.map(|value| decode("trail of a look", value)).transpose()?;
        let mut trail =
            Self { engine, key, kept: Kept::default(), pages: 0, saved: 0, noted: found.is_some() };
        let fresh = |kept: &Kept| kept.audit == audit && kept.began <= now && now - kept.began <= FRESH;
        match found {
            Some(kept) if fresh(&kept) => trail.kept = kept,
            _ => {
                trail.clear().await?;
                trail.kept = Kept { began: now, audit, ..Kept::default() };
            }
        }
        Ok(trail)
    }

    /// From where changes are followed later: what the interrupted look began with.
    pub(super) fn token(&self) -> Option<Option<DeltaToken>> {
        let goes_on = self.kept.mark.is_some() || self.kept.accounts.is_some();
        goes_on.then(|| self.kept.token.as_deref().map(DeltaToken::new))
    }

    pub(super) fn set_token(&mut self, token: Option<&DeltaToken>) {
        self.kept.token = token.map(|token| token.as_str().to_owned());
    }

    /// What was found out about the accounts, where that has ended.
    pub(super) fn accounts(&self) -> Option<Accounts> {
        self.kept.accounts.clone()
    }

    /// Lets a walk go on where it was interrupted. Returns what was seen by then, and the digest of it.
    pub(super) async fn go_on(&mut self, leg: Leg, walker: &mut Walker<'_>) -> Result<(Seen, String)> {
        let mut seen = Seen::default();
        if let Some(mark) = self.kept.mark.take().filter(|_| self.kept.leg == Some(leg)) {
            for part in 0..self.kept.parts {
                let value = self.engine.store.value(&self.part(part)).await?.unwrap_or_default();
                seen.learn(value.as_str().unwrap_or_default());
            }
            self.saved = seen.len();
            tracing::info!(look = self.key, read = mark.read, "a look that was interrupted goes on");
            walker.go_on(mark);
            return Ok((seen, std::mem::take(&mut self.kept.digest)));
        }
        self.kept.leg = Some(leg);
        Ok((seen, String::new()))
    }

    /// Notes from time to time how far a walk has come. What was recorded of its pages is committed before.
    pub(super) async fn page(
        &mut self,
        walker: &Walker<'_>,
        seen: &Seen,
        digest: &str,
        recorder: &mut Recorder<'_>,
    ) -> Result<()> {
        self.pages += 1;
        let Some(mark) = walker.mark().filter(|_| self.pages >= EVERY) else { return Ok(()) };
        recorder.commit().await?;
        self.pages = 0;
        let part = Write::Value { key: self.part(self.kept.parts), value: json!(seen.texts(self.saved)) };
        self.saved = seen.len();
        self.kept.parts += 1;
        self.kept.mark = Some(mark);
        digest.clone_into(&mut self.kept.digest);
        self.note(Batch::new().with(part)).await
    }

    /// Everything comes again from the start.
    pub(super) async fn again(&mut self) -> Result<()> {
        let kept = Kept { mark: None, digest: String::new(), parts: 0, ..self.kept.clone() };
        if self.noted {
            self.clear().await?;
        }
        (self.kept, self.pages, self.saved) = (kept, 0, 0);
        Ok(())
    }

    /// Notes that the walk over the accounts has ended, where it was long enough to be noted at all.
    pub(super) async fn ended(&mut self, accounts: &Accounts) -> Result<()> {
        let noted = self.noted;
        self.again().await?;
        if noted && accounts.doubt.is_none() {
            self.kept.accounts = Some(accounts.clone());
            self.note(Batch::new()).await?;
        }
        Ok(())
    }

    /// What removes the trail.
    pub(super) async fn end(&mut self) -> Result<Vec<Write>> {
        if !self.noted {
            return Ok(Vec::new());
        }
        self.noted = false;
        let mut keys: Vec<String> = self
            .engine
            .store
            .values(&format!("{}/", self.key))
            .await?
            .into_iter()
            .map(|(key, _)| key)
            .collect();
        keys.push(self.key.clone());
        Ok(keys.into_iter().map(|key| Write::Value { key, value: Value::Null }).collect())
    }

    async fn clear(&mut self) -> Result<()> {
        let writes = self.end().await?;
        if !writes.is_empty() {
            self.engine.store.commit(Batch { conditions: Vec::new(), writes }).await?;
        }
        Ok(())
    }

    async fn note(&mut self, batch: Batch) -> Result<()> {
        let value = json!(self.kept);
        self.noted = true;
        Ok(self.engine.store.commit(batch.with(Write::Value { key: self.key.clone(), value })).await?)
    }

    fn part(&self, number: usize) -> String {
        format!("{}/{number:06}", self.key)
    }
}
