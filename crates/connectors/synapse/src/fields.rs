//! Synapse's fields, and what its errors mean.

use std::sync::Arc;

use chrono::DateTime;
use serde_json::{Map, Value, json};
use tenure_connector::{ErrorKind, ObjectClass, ObjectRef, Result};
use tenure_connector_rest::system::{number, text};
use tenure_connector_rest::{ErrorRules, Field, Mapping};

use crate::{Suspension, SynapseConfig};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

const USERS: [Field; 11] = [
    Field::text("userName", "/flat/userName").required().once(),
    Field::text("externalId", "/flat/externalId"),
    Field::text("displayName", "/displayname"),
    Field::text("userType", "/user_type"),
    Field::flag("active", "/flat/active").by_status(),
    Field::text("urn:tenure:params:scim:schemas:synapse:1.0:User:email", "/flat/email"),
    Field::text("urn:tenure:params:scim:schemas:synapse:1.0:User:phone", "/flat/msisdn"),
    Field::text("urn:tenure:params:scim:schemas:synapse:1.0:User:avatarUrl", "/avatar_url"),
    Field::flag("urn:tenure:params:scim:schemas:synapse:1.0:User:readOnly", "/suspended").read_only(),
    Field::text("urn:tenure:params:scim:schemas:1.0:Account:status", "/flat/status").read_only(),
    Field::moment("urn:tenure:params:scim:schemas:1.0:Account:lastLogin", "/flat/lastSeen").read_only(),
];

pub(crate) fn users() -> Result<Arc<Mapping>> {
    let found_by = [ObjectRef::USER_NAME, ObjectRef::EXTERNAL_ID, ObjectRef::EMAIL];
    let users = Mapping::new(ObjectClass::USER, USER, &USERS)?.identified_by("/name");
    Ok(Arc::new(users.found_by(&found_by)))
}

/// Whether a flag is set; older servers write it as a number.
pub(crate) fn is(item: &Value, name: &str) -> bool {
    item.get(name).is_some_and(|value| value.as_bool().unwrap_or(value.as_u64() == Some(1)))
}

/// Adds what the members of an account mean together.
pub(crate) fn flat(mut user: Value, config: &SynapseConfig) -> Value {
    // Where suspending locks, a suspension is somebody's else, and the account works as far as it goes.
    let restricted = config.suspension == Suspension::ReadOnly && is(&user, "suspended");
    let status = match &user {
        user if is(user, "deactivated") => "disabled",
        user if is(user, "locked") || restricted => "suspended",
        _ => "active",
    };
    let provider = config.auth_provider.as_deref();
    let name = text(&user, "/name").and_then(|id| id.strip_prefix('@')?.split_once(':'));
    let seen = number(&user, "/last_seen_ts").filter(|at| *at > 0).and_then(|at| i64::try_from(at).ok());
    let flat = json!({
        "userName": name.map(|(name, _)| name),
        "externalId": provider.and_then(|provider| first(&user, EXTERNAL, provider)),
        "email": first(&user, ADDRESSES, "email"),
        "msisdn": first(&user, ADDRESSES, "msisdn"),
        "active": status == "active",
        "status": status,
        "lastSeen": seen.and_then(DateTime::from_timestamp_millis).map(|at| at.to_rfc3339()),
    });
    if let Some(user) = user.as_object_mut() {
        user.insert("flat".to_owned(), flat);
    }
    user
}

/// What Synapse takes for changed members. Lists are put as a whole: what the connector does not show stays in them.
pub(crate) fn unflat(mut changes: Map<String, Value>, item: &Value, provider: &str) -> Map<String, Value> {
    let flat = changes.remove("flat").unwrap_or_default();
    for (name, list, kind) in
        [("email", ADDRESSES, "email"), ("msisdn", ADDRESSES, "msisdn"), ("externalId", EXTERNAL, provider)]
    {
        if let Some(value) = flat.get(name) {
            let before = changes.remove(list.0).or_else(|| item.get(list.0).cloned());
            changes.insert(list.0.to_owned(), replaced(before.as_ref(), list, kind, value));
        }
    }
    // An empty text clears them.
    for name in ["displayname", "avatar_url"] {
        if let Some(value) = changes.get_mut(name).filter(|value| value.is_null()) {
            *value = "".into();
        }
    }
    changes
}

/// A list of an account, and the members with the kind and the value of its elements.
type Kinds = (&'static str, &'static str, &'static str);

const ADDRESSES: Kinds = ("threepids", "medium", "address");
const EXTERNAL: Kinds = ("external_ids", "auth_provider", "external_id");

fn first(item: &Value, (list, kind_at, value_at): Kinds, kind: &str) -> Option<String> {
    let elements = item.get(list)?.as_array()?;
    let same = elements.iter().find(|element| element.get(kind_at) == Some(&kind.into()))?;
    same.get(value_at)?.as_str().map(str::to_owned)
}

/// The list with another value in the place of the first of this kind.
fn replaced(list: Option<&Value>, (_, kind_at, value_at): Kinds, kind: &str, value: &Value) -> Value {
    let (mut all, mut first) = (Vec::new(), true);
    for element in list.and_then(Value::as_array).into_iter().flatten() {
        if element.get(kind_at) == Some(&kind.into()) && std::mem::take(&mut first) {
            continue;
        }
        all.push(json!({ kind_at: element.get(kind_at), value_at: element.get(value_at) }));
    }
    if !value.is_null() {
        all.insert(0, json!({ kind_at: kind, value_at: value }));
    }
    all.into()
}

pub(crate) fn rules() -> ErrorRules {
    use ErrorKind::{AlreadyExists, Auth, InvalidInput, NotFound, Permission, Policy, RateLimited};
    const MEANINGS: [(&str, ErrorKind); 11] = [
        ("M_UNKNOWN_TOKEN", Auth),
        ("M_MISSING_TOKEN", Auth),
        ("M_FORBIDDEN", Permission),
        ("M_NOT_FOUND", NotFound),
        ("M_USER_IN_USE", AlreadyExists),
        ("M_THREEPID_IN_USE", AlreadyExists),
        ("M_EXCLUSIVE", Policy),
        ("M_WEAK_PASSWORD", Policy),
        ("M_INVALID_USERNAME", InvalidInput),
        ("M_RESOURCE_LIMIT_EXCEEDED", ErrorKind::NoCapacity),
        ("M_LIMIT_EXCEEDED", RateLimited),
    ];
    let rules = ErrorRules::new()
        .code_at("/errcode")
        .message_at("/error")
        .wait_ms_at("/retry_after_ms")
        .sentence("may not demote yourself", Policy)
        .sentence("external id is already in use", AlreadyExists);
    MEANINGS.into_iter().fold(rules, |rules, (code, kind)| rules.meaning(code, kind))
}
