use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::Tenant;
use crate::{
    Certainty, ConnectorError, ErrorKind, ObjectClass, ObjectRef, Outcome, OwnershipScope, Result,
    SessionScope,
};

impl Tenant {
    pub(super) fn revoke_sessions(&mut self, id: &str, scope: SessionScope) -> Outcome {
        let Some(sessions) = self.sessions.get_mut(id) else { return Outcome::already_so() };
        let before = sessions.len();
        sessions.retain(|session| scope != SessionScope::All && *session != scope);
        match sessions.len() == before {
            true => Outcome::already_so(),
            false => Outcome::done(true),
        }
    }

    pub(super) fn reset_factors(&mut self, id: &str) -> Outcome {
        match self.factors.remove(id) {
            true => Outcome::done(true),
            false => Outcome::already_so(),
        }
    }

    pub(super) fn transfer(&mut self, from: &str, to: &ObjectRef, scope: &OwnershipScope) -> Result<Outcome> {
        let receiver = self.resolve(to)?.filter(|id| self.stored(&to.class, id).is_some());
        let receiver = receiver.ok_or_else(|| ConnectorError::not_found(to))?;
        let chosen = |kind: &str| match scope {
            OwnershipScope::All => true,
            OwnershipScope::Only(kinds) => kinds.contains(kind),
        };
        let mut moved = false;
        for (owner, _) in self.owned.values_mut().filter(|(owner, kind)| owner == from && chosen(kind)) {
            owner.clone_from(&receiver);
            moved = true;
        }
        match moved {
            true => Ok(Outcome::done(true)),
            false => Ok(Outcome::already_so()),
        }
    }

    /// The one action of its own: `record_login` with the argument `at`, so that reports on idle seats have data.
    pub(super) fn custom(
        &mut self,
        id: &str,
        name: &str,
        arguments: &BTreeMap<String, Value>,
    ) -> Result<Outcome> {
        if name != "record_login" {
            return Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted)
                .with_detail(format!("no custom operation `{name}`"))
                .with_help("the memory connector has `record_login`"));
        }
        let text = arguments.get("at").and_then(Value::as_str).unwrap_or_default();
        let at = DateTime::parse_from_rfc3339(text).map_err(|_| {
            ConnectorError::invalid_input("at", format!("expected a moment as RFC 3339, found `{text}`"))
        })?;
        let at = at.with_timezone(&Utc);
        self.change(&ObjectClass::USER, id, |stored| {
            let changed = stored.last_login != Some(at);
            stored.last_login = Some(at);
            Ok(changed)
        })
    }
}
