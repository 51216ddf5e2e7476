//! The claims as JSON.

use chrono::{DateTime, Utc};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::{
    ACTIVATE, ASYNC_RESPONSE, CREATE_FULL, CREATE_NOTICE, Change, Content, DEACTIVATE, DELETE, Event,
    EventToken, FEED_ADD, FEED_REMOVE, PATCH_FULL, PATCH_NOTICE, PUT_FULL, PUT_NOTICE, Subject,
};
use crate::bulk::{BulkOutcome, BulkResponse};

impl Serialize for EventToken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let events: Map<String, Value> =
            self.events.iter().map(|e| (e.uri().to_owned(), payload(e))).collect();
        let mut claims = Map::new();
        claims.insert("jti".to_owned(), self.jti.clone().into());
        claims.insert("iat".to_owned(), self.iat.timestamp().into());
        claims.insert("iss".to_owned(), self.iss.clone().into());
        claims.insert("aud".to_owned(), self.aud.clone().into());
        claims.extend(self.txn.clone().map(|txn| ("txn".to_owned(), txn.into())));
        claims.insert("sub_id".to_owned(), subject(&self.subject));
        claims.insert("events".to_owned(), events.into());
        claims.serialize(serializer)
    }
}

fn subject(subject: &Subject) -> Value {
    let mut claim = subject.more.clone();
    claim.insert("format".to_owned(), "scim".into());
    claim.insert("uri".to_owned(), subject.uri.clone().into());
    let ids = [("externalId", &subject.external_id), ("id", &subject.id)];
    claim.extend(ids.into_iter().filter_map(|(n, v)| Some((n.to_owned(), v.clone()?.into()))));
    claim.into()
}

fn payload(event: &Event) -> Value {
    match event {
        Event::Create(change) | Event::Patch(change) | Event::Put(change) => {
            let mut payload = Map::new();
            payload.extend(change.version.clone().map(|v| ("version".to_owned(), v.into())));
            match &change.content {
                Content::Full(data) => payload.insert("data".to_owned(), data.clone()),
                Content::Notice(attributes) => {
                    payload.insert("attributes".to_owned(), attributes.clone().into())
                }
            };
            payload.into()
        }
        Event::AsyncResponse(outcome) => {
            let response =
                serde_json::to_value(BulkResponse { operations: vec![outcome.clone()] }).unwrap_or_default();
            response.pointer("/Operations/0").cloned().unwrap_or_default()
        }
        Event::Other { payload, .. } => payload.clone(),
        _ => json!({}),
    }
}

impl<'de> Deserialize<'de> for EventToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let claims = Map::<String, Value>::deserialize(deserializer)?;
        read(claims).map_err(D::Error::custom)
    }
}

fn read(mut claims: Map<String, Value>) -> Result<EventToken, String> {
    if claims.contains_key("sub") {
        return Err("expected the subject in `sub_id`, found `sub`".to_owned());
    }
    let seconds = claims.get("iat").and_then(Value::as_f64).ok_or("expected seconds in `iat`")?;
    let iat: DateTime<Utc> =
        DateTime::from_timestamp(seconds.trunc() as i64, 0).ok_or("expected a time in `iat`")?;
    let aud = match claims.remove("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.into_iter().filter_map(text).collect(),
        _ => Vec::new(),
    };
    let Some(Value::Object(events)) = claims.remove("events") else {
        return Err("expected an object in `events`".to_owned());
    };
    if events.is_empty() {
        return Err("expected at least one event".to_owned());
    }
    let mut required =
        |name: &str| claims.remove(name).and_then(text).ok_or(format!("expected text in `{name}`"));
    Ok(EventToken {
        jti: required("jti")?,
        iss: required("iss")?,
        iat,
        aud,
        txn: claims.remove("txn").and_then(text),
        subject: read_subject(claims.remove("sub_id"))?,
        events: events.into_iter().map(|(uri, payload)| event(uri, payload)).collect::<Result<_, _>>()?,
    })
}

fn read_subject(claim: Option<Value>) -> Result<Subject, String> {
    let Some(Value::Object(mut claim)) = claim else {
        return Err("expected an object in `sub_id`".to_owned());
    };
    if claim.remove("format").as_ref().and_then(Value::as_str) != Some("scim") {
        return Err("expected `scim` in `sub_id.format`".to_owned());
    }
    Ok(Subject {
        uri: claim.remove("uri").and_then(text).ok_or("expected text in `sub_id.uri`")?,
        external_id: claim.remove("externalId").and_then(text),
        id: claim.remove("id").and_then(text),
        more: claim,
    })
}

fn event(uri: String, payload: Value) -> Result<Event, String> {
    Ok(match uri.as_str() {
        FEED_ADD => Event::FeedAdd,
        FEED_REMOVE => Event::FeedRemove,
        CREATE_FULL | CREATE_NOTICE => Event::Create(change(&uri, payload)?),
        PATCH_FULL | PATCH_NOTICE => Event::Patch(change(&uri, payload)?),
        PUT_FULL | PUT_NOTICE => Event::Put(change(&uri, payload)?),
        DELETE => Event::Delete,
        ACTIVATE => Event::Activate,
        DEACTIVATE => Event::Deactivate,
        ASYNC_RESPONSE => Event::AsyncResponse(outcome(&payload)?),
        _ => Event::Other { uri, payload },
    })
}

fn change(uri: &str, payload: Value) -> Result<Change, String> {
    let Value::Object(mut payload) = payload else { return Err(format!("expected an object in `{uri}`")) };
    let full = uri.ends_with(":full");
    // SPEC: RFC 9967 section 2.4: `data` with `:full`, `attributes` with `:notice`, never both.
    let content = match (payload.remove("data"), payload.remove("attributes")) {
        (Some(data), None) if full => Content::Full(data),
        (None, Some(Value::Array(names))) if !full => {
            Content::Notice(names.into_iter().filter_map(text).collect())
        }
        _ => {
            let expected = if full { "`data` and no `attributes`" } else { "`attributes` and no `data`" };
            return Err(format!("expected {expected} in `{uri}`"));
        }
    };
    Ok(Change { content, version: payload.remove("version").and_then(text) })
}

fn outcome(payload: &Value) -> Result<BulkOutcome, String> {
    let response = serde_json::from_value::<BulkResponse>(json!({ "Operations": [payload] }));
    let mut operations = response.map_err(|e| e.to_string())?.operations;
    operations.pop().ok_or_else(|| "expected an operation".to_owned())
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}
