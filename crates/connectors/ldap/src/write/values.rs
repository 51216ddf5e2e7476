//! SCIM resources as the values of LDAP attributes.

use std::collections::BTreeMap;

use ldap3::Mod;
use serde_json::Value;
use tenure_connector::{ConnectorError, Result};
use tenure_scim::schema::AttributeType;
use tenure_scim::{Resource, ValueRef};

use crate::entry::Entry;
use crate::flavour::Shape;
use crate::mapping::{Kind, Mapping, Slot};
use crate::session::Change;
use crate::show::one;

/// LDAP attributes and the values that a resource gives them.
pub(crate) type Values = BTreeMap<String, Vec<String>>;

/// The values of every mapped attribute; those of accounts are their ids.
pub(crate) fn values(mapping: &Mapping, shape: &Shape, resource: &Resource) -> Result<Values> {
    if resource.external_id().is_some() && mapping.of("externalId").is_none() {
        let detail = "no LDAP attribute is mapped to `externalId`";
        return Err(ConnectorError::invalid_input("externalId", detail));
    }
    let mut values = Values::new();
    for slot in &mapping.slots {
        let found = of_slot(slot, resource)?;
        values.entry(slot.ldap.clone()).or_default().extend(found);
    }
    check_types(mapping, resource)?;
    for (attribute, sources) in &shape.fills {
        if values.get(*attribute).is_none_or(Vec::is_empty) {
            let source = sources.iter().find_map(|path| resource.text(path).filter(|text| !text.is_empty()));
            values.insert((*attribute).to_owned(), source.map(str::to_owned).into_iter().collect());
        }
    }
    Ok(values)
}

fn of_slot(slot: &Slot, resource: &Resource) -> Result<Vec<String>> {
    let Some(found) = resource.get(&slot.path) else { return Ok(Vec::new()) };
    let texts = match &slot.kind {
        Kind::One(kind) => vec![text(slot, *kind, &found.to_json())?],
        Kind::Account => vec![text(slot, AttributeType::String, &found.to_json())?],
        Kind::Many => elements(found).filter_map(|(value, _)| value).collect(),
        Kind::Typed(wanted) => elements(found)
            .filter(|(_, kind)| kind.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case(wanted)))
            .filter_map(|(value, _)| value)
            .collect(),
    };
    Ok(texts.into_iter().filter(|text| !text.is_empty()).collect())
}

fn text(slot: &Slot, kind: AttributeType, value: &Value) -> Result<String> {
    match (kind, value) {
        (AttributeType::DateTime, Value::String(text)) => {
            let moment = chrono::DateTime::parse_from_rfc3339(text).map_err(|_| {
                let detail = format!("expected a moment as RFC 3339, found `{text}`");
                ConnectorError::invalid_input(&slot.path.to_string(), detail)
            })?;
            Ok(moment.with_timezone(&chrono::Utc).format("%Y%m%d%H%M%SZ").to_string())
        }
        (_, Value::String(text)) => Ok(text.clone()),
        (_, Value::Bool(true)) => Ok("TRUE".to_owned()),
        (_, Value::Bool(false)) => Ok("FALSE".to_owned()),
        (_, Value::Number(number)) => Ok(number.to_string()),
        (_, Value::Null) => Ok(String::new()),
        (_, other) => {
            let detail = format!("expected one value for `{}`, found `{other}`", slot.path);
            Err(ConnectorError::invalid_input(&slot.path.to_string(), detail))
        }
    }
}

fn elements(list: ValueRef<'_>) -> impl Iterator<Item = (Option<String>, Option<String>)> {
    let items: Vec<_> = list.as_array().map(|list| list.iter().collect()).unwrap_or_default();
    items.into_iter().map(|item| {
        let text = |name: &str| item.as_object().and_then(|item| item.get(name)?.as_str()).map(str::to_owned);
        (text("value"), text("type"))
    })
}

/// Refuses a value whose type has no LDAP attribute: it would be lost.
fn check_types(mapping: &Mapping, resource: &Resource) -> Result<()> {
    for slot in &mapping.slots {
        let Kind::Typed(_) = &slot.kind else { continue };
        let same = mapping.slots.iter().filter(|other| other.path == slot.path);
        let kinds: Vec<_> = same
            .filter_map(|other| match &other.kind {
                Kind::Typed(kind) => Some(kind.as_str()),
                _ => None,
            })
            .collect();
        let Some(found) = resource.get(&slot.path) else { continue };
        for (_, kind) in elements(found) {
            let kind = kind.unwrap_or_default();
            if !kinds.iter().any(|known| known.eq_ignore_ascii_case(&kind)) {
                let detail = format!("expected the type {}, found `{kind}`", kinds.join(" or "));
                return Err(ConnectorError::invalid_input(&slot.path.to_string(), detail));
            }
        }
    }
    Ok(())
}

/// The modifications that bring an entry from one set of values to another. The attribute in the entry's name is left
/// to the rename.
pub(crate) fn changes(mapping: &Mapping, entry: &Entry, from: &Values, to: &Values) -> Vec<Change> {
    let mut changes = Vec::new();
    for (name, after) in to {
        let before = from.get(name).map_or(&[][..], Vec::as_slice);
        if before == after || name.eq_ignore_ascii_case(&mapping.naming) {
            continue;
        }
        let single = mapping.slots.iter().any(|slot| slot.ldap == *name && matches!(slot.kind, Kind::One(_)));
        // An attribute of which SCIM sees one value may hold others, which are not SCIM's to remove.
        if single && entry.values(name).len() < 2 || before.is_empty() && entry.values(name).is_empty() {
            changes.push(Mod::Replace(bytes(name), after.iter().map(|text| bytes(text)).collect()));
            continue;
        }
        let gone: Vec<_> = before.iter().filter(|text| !after.contains(text)).collect();
        let new: Vec<_> = after.iter().filter(|text| !before.contains(text)).collect();
        if !gone.is_empty() {
            changes.push(Mod::Delete(bytes(name), gone.into_iter().map(|text| bytes(text)).collect()));
        }
        if !new.is_empty() {
            changes.push(Mod::Add(bytes(name), new.into_iter().map(|text| bytes(text)).collect()));
        }
    }
    changes
}

/// The value that names an entry of these values.
pub(crate) fn naming<'a>(mapping: &Mapping, values: &'a Values) -> Option<&'a str> {
    let mut named = values.iter().filter(|(name, _)| name.eq_ignore_ascii_case(&mapping.naming));
    named.next().and_then(|(_, values)| values.first()).map(String::as_str)
}

/// Whether a SCIM attribute stands in the entry's name, so that changing it renames the entry.
pub(crate) fn is_named_by_slot(mapping: &Mapping) -> bool {
    mapping.slots.iter().any(|slot| slot.ldap.eq_ignore_ascii_case(&mapping.naming))
}

/// The values that an entry holds now, as SCIM sees them.
pub(crate) fn current(mapping: &Mapping, entry: &Entry) -> Values {
    let mut values = Values::new();
    for slot in &mapping.slots {
        let found: Vec<String> = match slot.kind {
            Kind::One(_) => one(slot, mapping, entry).into_iter().collect(),
            Kind::Account => entry.text(&slot.ldap).map(str::to_owned).into_iter().collect(),
            Kind::Many | Kind::Typed(_) => entry.texts(&slot.ldap).map(str::to_owned).collect(),
        };
        values.entry(slot.ldap.clone()).or_default().extend(found);
    }
    values
}

pub(crate) fn bytes(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

#[cfg(test)]
mod tests;
