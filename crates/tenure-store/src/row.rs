//! How rows become records and back, for every store in SQL.

use chrono::{DateTime, Utc};
use serde::de::{DeserializeOwned, IntoDeserializer as _};
use serde::{Deserialize as _, Serialize};

use crate::rules::{HeldEvent, Lease};
use crate::{AccountRecord, PlanHead, PlanRecord, PlanStatus, Result, StoreError};

pub(crate) fn doc(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| StoreError::corrupt("record", &error))
}

pub(crate) fn decode<T: DeserializeOwned>(text: &str, what: &'static str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| StoreError::corrupt(what, &error))
}

/// Whether a stored document is this account, whenever it was seen.
pub(crate) fn is_account(stored: &str, account: &AccountRecord) -> Result<bool> {
    // Written by the same program both texts are the same, up to their last member.
    fn content(text: &str) -> Option<&str> {
        text.rsplit_once(",\"seen\":").map(|(content, _)| content)
    }
    let text = doc(account)?;
    if content(stored).is_some() && content(stored) == content(&text) {
        return Ok(true);
    }
    let stored: AccountRecord = decode(stored, "account")?;
    Ok(stored.is_as(account))
}

pub(crate) fn lease(holder: String, until: &str) -> Result<Lease> {
    Ok(Lease { holder, until: decode(until, "lease")? })
}

pub(crate) fn held_event(text: &str, effective: i64, recorded: i64, lost: bool) -> Result<HeldEvent> {
    Ok(HeldEvent {
        held: decode(text, "held entitlement")?,
        effective: time(effective)?,
        recorded: time(recorded)?,
        lost,
    })
}

pub(crate) fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

pub(crate) fn time(micros: i64) -> Result<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| StoreError::Corrupt { what: "time", detail: format!("{micros} is out of range") })
}

pub(crate) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

pub(crate) fn status_name(status: PlanStatus) -> String {
    format!("{status:?}").to_lowercase()
}

/// Reads a plan whose status stands beside it, so that it can change without the plan being written anew.
pub(crate) fn plan(text: &str, status: &str) -> Result<PlanRecord> {
    Ok(PlanRecord { status: named_status(status)?, ..decode(text, "plan")? })
}

pub(crate) fn plan_head(hash: String, created: i64, status: &str) -> Result<PlanHead> {
    Ok(PlanHead { hash, created: time(created)?, status: named_status(status)? })
}

fn named_status(name: &str) -> Result<PlanStatus> {
    PlanStatus::deserialize(name.into_deserializer())
        .map_err(|error: serde_json::Error| StoreError::corrupt("plan status", &error))
}

/// The refusal of a batch whose plan stands elsewhere than it expects.
pub(crate) fn check_status(plan: &str, expected: PlanStatus, found: Option<String>) -> Result<()> {
    let expected = status_name(expected);
    if found.as_ref() == Some(&expected) {
        return Ok(());
    }
    Err(StoreError::Conflict {
        what: "plan",
        key: plan.to_owned(),
        expected: format!("status {expected}"),
        found: found.unwrap_or_else(|| "no such plan".to_owned()),
    })
}
