//! Looks at a target: its accounts, its entitlements, and who holds them.

mod accounts;
mod grants;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tenure_connector::entitlement::Entitlement;
use tenure_connector::{Connector, Context, ObjectClass};
use tenure_policy::TargetId;
use tenure_store::{Batch, SnapshotRecord, Write};

pub(crate) use accounts::account_record;
use grants::Grants;

use super::delta::{self, Delta};
use super::record::Recorder;
use super::trail::Trail;
use super::walk::list;
use super::{Look, TargetReport};
use crate::planner::outlook::{EVERYBODY, due};
use crate::world::Catalogue;
use crate::world::load::catalogue_key;
use crate::{Engine, EngineError, Result};

/// More accounts than this are not asked one by one for what they hold.
const MOST_ASKED: usize = 500;
/// The attribute of a grant that names the account.
const PRINCIPAL: &str = "principal";

/// Reads a target. One that cannot be read keeps nobody from reading the others: it is noted, and nothing is planned for
/// it until it can be read again.
pub(super) async fn observe(
    engine: &Engine,
    target: &TargetId,
    connector: &Arc<dyn Connector>,
    now: DateTime<Utc>,
    look: Look,
) -> Result<Option<TargetReport>> {
    let unread = unread_key(target);
    let read = match look {
        Look::All => read(engine, target, connector, now).await.map(Some),
        Look::Changes => follow(engine, target, connector, now).await,
    };
    match read {
        Ok(None) => Ok(None),
        Ok(report) => {
            if engine.store.value(&unread).await?.is_some() {
                // Nothing was planned for it meanwhile, for anybody.
                let batch = Batch::new().with(due(EVERYBODY, now));
                engine.store.commit(batch.with(Write::Value { key: unread, value: Value::Null })).await?;
            }
            Ok(report)
        }
        Err(EngineError::Connector { error, .. }) => {
            tracing::warn!(%target, %error, "target could not be read");
            let reason = error.to_string();
            let value = json!(reason);
            engine.store.commit(Batch::new().with(Write::Value { key: unread, value })).await?;
            Ok(Some(TargetReport {
                target: target.clone(),
                by_delta: look == Look::Changes,
                changed: 0,
                doubt: Some(format!("it could not be read: {reason}")),
                failed: Some(reason),
                accounts: 0,
                grants: 0,
                unlinked: 0,
                gone: 0,
                complete: false,
            }))
        }
        Err(other) => Err(other),
    }
}

/// Where it is noted that a target could not be read.
pub(crate) fn unread_key(target: &TargetId) -> String {
    format!("unread/{target}")
}

async fn read(
    engine: &Engine,
    target: &TargetId,
    connector: &Arc<dyn Connector>,
    now: DateTime<Utc>,
) -> Result<TargetReport> {
    let ctx = engine.context(Context::new(format!("observe/{target}")));
    let class = engine.account_class(target);
    let mut trail = Trail::find(engine, &scope(target, &class), now).await?;
    let token = match trail.token() {
        Some(token) => token,
        None => delta::start(&**connector, &ctx, &class).await,
    };
    trail.set_token(token.as_ref());
    let mut recorder = Recorder::new(engine);
    let catalogue = catalogue(&**connector, target, &ctx).await?;
    if let Some(catalogue) = &catalogue {
        note_catalogue(engine, target, catalogue, now, &mut recorder).await?;
    }
    let accounts = accounts::look(engine, target, &**connector, &ctx, now, &mut recorder, &mut trail).await?;
    let mut doubt = accounts.doubt.clone();
    let count = if lists_grants(&**connector) {
        let catalogue = catalogue.unwrap_or_default().indexed();
        let mut grants = Grants::new(engine, target, &catalogue, now).await?;
        let doubted = grants.walk(&**connector, &ctx, &mut recorder, Some(&mut trail)).await?;
        doubt = doubt.or(doubted);
        if doubt.is_none() {
            grants.forget_unseen(&mut recorder).await?;
        }
        grants.count()
    } else {
        usize::try_from(engine.store.count_held(target.as_str()).await?).unwrap_or(usize::MAX)
    };
    let changed = recorder.changed;
    recorder.push(Write::Snapshot(SnapshotRecord {
        scope: scope(target, &class),
        at: now,
        count: accounts.count as u64,
        complete: doubt.is_none(),
        doubt: doubt.clone(),
        digest: accounts.digest,
    }));
    trail.end().await?.into_iter().for_each(|write| recorder.push(write));
    // After everything else: a program that stops before it lists everything again.
    recorder.push(delta::note(&scope(target, &class), token.as_ref().filter(|_| accounts.doubt.is_none())));
    recorder.commit().await?;
    let unlinked = engine.store.count_unlinked(target.as_str()).await?;
    Ok(TargetReport {
        target: target.clone(),
        by_delta: false,
        changed,
        failed: None,
        accounts: accounts.count,
        grants: count,
        unlinked: usize::try_from(unlinked).unwrap_or(usize::MAX),
        gone: accounts.gone,
        complete: doubt.is_none(),
        doubt,
    })
}

fn scope(target: &TargetId, class: &ObjectClass) -> String {
    format!("target:{target}/{class}")
}

fn lists_grants(connector: &dyn Connector) -> bool {
    connector.capabilities().class(&ObjectClass::GRANT).is_some_and(|found| found.list.is_some())
}

/// Records the entitlements of a target where they are not what they were. What the policy names may be another one then.
async fn note_catalogue(
    engine: &Engine,
    target: &TargetId,
    catalogue: &Catalogue,
    now: DateTime<Utc>,
    recorder: &mut Recorder<'_>,
) -> Result<()> {
    let value = serde_json::to_value(catalogue).map_err(|error| EngineError::corrupt("catalogue", &error))?;
    let key = catalogue_key(target);
    if engine.store.value(&key).await?.as_ref() != Some(&value) {
        recorder.push(due(EVERYBODY, now));
        recorder.push(Write::Value { key, value });
    }
    Ok(())
}

/// Follows the changes of the accounts. Of those that changed it is read what they hold, where the target can be asked for
/// that; everything that is held is listed where it cannot.
async fn follow(
    engine: &Engine,
    target: &TargetId,
    connector: &Arc<dyn Connector>,
    now: DateTime<Utc>,
) -> Result<Option<TargetReport>> {
    let class = engine.account_class(target);
    if connector.capabilities().class(&class).is_none_or(|found| found.changes.is_none()) {
        return Ok(None);
    }
    let scope = scope(target, &class);
    let Some(delta) = Delta::read(engine, &**connector, target.as_str(), &scope, &class).await? else {
        return read(engine, target, connector, now).await.map(Some);
    };
    let known = engine.store.snapshot(&scope).await?.map_or(0, |snapshot| snapshot.count);
    let options = engine.options(target);
    let (gone, share) = (delta.gone.len(), u64::from(options.shrink_percent));
    if gone > options.shrink_least && gone as u64 * 100 > known * share {
        tracing::warn!(%target, gone, known, "much is gone at once; everything is listed");
        return read(engine, target, connector, now).await.map(Some);
    }
    let mut recorder = Recorder::new(engine);
    let changed = delta.changed.values().map(|item| account_record(target, item, now)).collect();
    accounts::follow(engine, target, changed, &delta.gone, now, &mut recorder).await?;
    let (mut count, mut doubt) = (0, None);
    if lists_grants(&**connector) {
        let ctx = engine.context(Context::new(format!("observe/{target}")));
        (count, doubt) =
            follow_grants(engine, target, &**connector, &ctx, &delta, now, &mut recorder).await?;
    }
    let changed = recorder.changed;
    if !delta.is_empty() {
        recorder.push(delta.note(&scope));
    }
    recorder.commit().await?;
    Ok(Some(TargetReport {
        target: target.clone(),
        by_delta: true,
        changed,
        failed: None,
        accounts: delta.changed.len(),
        grants: count,
        unlinked: 0,
        gone,
        complete: doubt.is_none(),
        doubt,
    }))
}

/// Reads what the accounts that changed hold. When the target cannot be asked for that, or so many changed that a list
/// costs less, everything that is held is listed. Returns how much was read, and why absence may not be believed.
async fn follow_grants(
    engine: &Engine,
    target: &TargetId,
    connector: &dyn Connector,
    ctx: &Context,
    delta: &Delta,
    now: DateTime<Utc>,
    recorder: &mut Recorder<'_>,
) -> Result<(usize, Option<String>)> {
    let by_account = delta::can_look_for(connector, &ObjectClass::GRANT, PRINCIPAL);
    if by_account && delta.changed.is_empty() {
        return Ok((0, None));
    }
    let catalogue = catalogue(connector, target, ctx).await?.unwrap_or_default().indexed();
    let mut grants = Grants::new(engine, target, &catalogue, now).await?;
    let accounts: Vec<String> = delta.changed.keys().cloned().collect();
    if by_account
        && accounts.len() <= MOST_ASKED
        && asked(&accounts, &mut grants, connector, ctx, target, recorder).await?
    {
        grants.forget_of(&accounts, recorder).await?;
        return Ok((grants.count(), None));
    }
    let doubt = grants.walk(connector, ctx, recorder, None).await?;
    if doubt.is_none() {
        grants.forget_unseen(recorder).await?;
    }
    Ok((grants.count(), doubt))
}

/// Reads what accounts hold, one after the other. False, when the target would not say of one of them.
async fn asked(
    accounts: &[String],
    grants: &mut Grants<'_>,
    connector: &dyn Connector,
    ctx: &Context,
    target: &TargetId,
    recorder: &mut Recorder<'_>,
) -> Result<bool> {
    let mut items = Vec::new();
    for account in accounts {
        let found = delta::with_value(connector, ctx, &ObjectClass::GRANT, PRINCIPAL, account).await;
        let found = found.map_err(|error| EngineError::Connector { system: target.to_string(), error })?;
        let Some(found) = found else { return Ok(false) };
        items.extend(found);
    }
    grants.take(&items, recorder).await?;
    Ok(true)
}

async fn catalogue(connector: &dyn Connector, target: &TargetId, ctx: &Context) -> Result<Option<Catalogue>> {
    let capabilities = connector.capabilities();
    if capabilities.class(&ObjectClass::ENTITLEMENT).is_none_or(|found| found.list.is_none()) {
        return Ok(None);
    }
    let found = list(connector, target.as_str(), ctx, &ObjectClass::ENTITLEMENT).await?;
    let entitlements = found.iter().filter_map(|item| Entitlement::try_from(&item.resource).ok());
    Ok(Some(Catalogue::new(entitlements)))
}
