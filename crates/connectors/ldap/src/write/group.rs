//! Members in creates and updates of groups. A change names only who comes and who goes: the others are not read.

use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use ldap3::Mod;
use serde_json::Value;
use tenure_connector::{ConnectorError, ObjectClass, Result};
use tenure_scim::{CompareOp, Filter, Literal, Patch, PatchOp, PatchOperation, PatchPath, Resource};

use super::values::bytes;
use crate::connector::LdapConnector;
use crate::dn;
use crate::session::{Change, Session};

/// How many entries are asked for at the same time.
const AT_ONCE: usize = 32;

/// What a patch says of members: ids that come, ids that go, or all of them anew.
#[derive(Debug, Default, PartialEq)]
pub(super) struct MemberPatch {
    pub(super) add: Vec<String>,
    pub(super) remove: Vec<String>,
    /// Nobody but these, whoever is there now.
    pub(super) all: bool,
}

/// Separates what a patch says of members from the rest of it.
pub(super) fn split(patch: &Patch) -> Result<(MemberPatch, Patch)> {
    let (mut members, mut rest) = (MemberPatch::default(), Patch::default());
    for operation in &patch.operations {
        match &operation.path {
            Some(path) if is_members(path.attribute().name().as_str()) => members.take(operation)?,
            Some(_) => rest.operations.push(operation.clone()),
            None => {
                let Some(Value::Object(value)) = &operation.value else {
                    rest.operations.push(operation.clone());
                    continue;
                };
                let mut kept = value.clone();
                for (_, value) in value.iter().filter(|(name, _)| is_members(name)) {
                    members.put(operation.op, &ids(value)?);
                }
                kept.retain(|name, _| !is_members(name));
                if !kept.is_empty() {
                    rest.operations
                        .push(PatchOperation { value: Some(Value::Object(kept)), ..operation.clone() });
                }
            }
        }
    }
    Ok((members, rest))
}

impl MemberPatch {
    pub(super) fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty() && !self.all
    }

    fn take(&mut self, operation: &PatchOperation) -> Result<()> {
        let path = operation.path.as_ref();
        match (operation.op, path.and_then(PatchPath::filter), &operation.value) {
            (PatchOp::Remove, Some(filter), _) => {
                let id = one_id(filter).ok_or_else(|| unfit(path))?;
                self.add.retain(|added| *added != id);
                self.remove.push(id);
            }
            (PatchOp::Remove, None, None) => self.put(PatchOp::Replace, &[]),
            (PatchOp::Remove, None, Some(value)) => {
                let gone = ids(value)?;
                self.add.retain(|added| !gone.contains(added));
                self.remove.extend(gone);
            }
            (op, None, Some(value)) => self.put(op, &ids(value)?),
            _ => return Err(unfit(path)),
        }
        Ok(())
    }

    fn put(&mut self, op: PatchOp, ids: &[String]) {
        if op == PatchOp::Replace {
            *self = Self { all: true, ..Self::default() };
        }
        self.remove.retain(|removed| !ids.contains(removed));
        self.add.extend(ids.iter().cloned());
    }
}

impl LdapConnector {
    /// The names of the members that a resource lists by id.
    pub(super) async fn member_ids(&self, session: &Session, resource: &Resource) -> Result<Vec<String>> {
        match resource.attr("members").map(|members| members.to_json()) {
            Some(members) => self.names_of(session, &ids(&members)?).await,
            None => Ok(Vec::new()),
        }
    }

    /// The modifications for what a patch says of members, without those that hold already.
    pub(super) async fn member_changes(
        &self,
        session: &Session,
        group: &str,
        patch: &MemberPatch,
    ) -> Result<Vec<Change>> {
        let mut add = self.names_of(session, &patch.add).await?;
        let mut remove = Vec::new();
        if patch.all {
            let now = self.member_names(session, group).await?;
            let keep: Vec<_> = add.iter().map(|name| dn::key(name)).collect();
            let held: Vec<_> = now.iter().map(|name| dn::key(name)).collect();
            remove.extend(now.iter().filter(|name| !keep.contains(&dn::key(name))).cloned());
            add.retain(|name| !held.contains(&dn::key(name)));
        } else {
            // Who has no entry is in no group.
            for id in &patch.remove {
                remove.extend(self.name_of(session, id).await?);
            }
            add = self.held_or_not(session, group, add, false).await?;
            remove = self.held_or_not(session, group, remove, true).await?;
        }
        let member = || bytes(&self.model.dialect.member);
        let values = |names: &[String]| names.iter().map(|name| bytes(name)).collect();
        let mut changes = Vec::new();
        if !add.is_empty() {
            changes.push(Mod::Add(member(), values(&add)));
        }
        if !remove.is_empty() {
            changes.push(Mod::Delete(member(), values(&remove)));
        }
        Ok(changes)
    }

    async fn held_or_not(
        &self,
        session: &Session,
        group: &str,
        names: Vec<String>,
        wanted: bool,
    ) -> Result<Vec<String>> {
        let asked: Vec<_> = names.iter().map(|name| self.holds(session, group, name).boxed()).collect();
        let held: Vec<bool> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
        Ok(names.into_iter().zip(held).filter(|(_, held)| *held == wanted).map(|(name, _)| name).collect())
    }

    async fn names_of(&self, session: &Session, ids: &[String]) -> Result<Vec<String>> {
        let asked: Vec<_> = ids.iter().map(|id| self.name_of(session, id).boxed()).collect();
        let found: Vec<Option<String>> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
        let missing =
            |id: &String| ConnectorError::invalid_input("members", format!("no account or group `{id}`"));
        ids.iter().zip(found).map(|(id, name)| name.ok_or_else(|| missing(id))).collect()
    }

    async fn name_of(&self, session: &Session, id: &str) -> Result<Option<String>> {
        match self.dn_of(session, &ObjectClass::USER, id).await? {
            Some(dn) => Ok(Some(dn)),
            None => self.dn_of(session, &ObjectClass::GROUP, id).await,
        }
    }
}

fn is_members(name: &str) -> bool {
    name.eq_ignore_ascii_case("members")
}

fn unfit(path: Option<&PatchPath>) -> ConnectorError {
    let path = path.map(ToString::to_string).unwrap_or_default();
    let detail = format!("expected `members` or `members[value eq \"<id>\"]`, found `{path}`");
    ConnectorError::invalid_input("members", detail)
}

fn one_id(filter: &Filter) -> Option<String> {
    let Filter::Compare(comparison) = filter else { return None };
    let plain =
        comparison.op == CompareOp::Eq && comparison.path.name().as_str().eq_ignore_ascii_case("value");
    match &comparison.value {
        Literal::String(id) if plain => Some(id.clone()),
        _ => None,
    }
}

fn ids(value: &Value) -> Result<Vec<String>> {
    let items = match value {
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    };
    let id = |item: &Value| match item {
        Value::Object(item) => item.get("value").and_then(Value::as_str).map(str::to_owned),
        _ => None,
    };
    items
        .into_iter()
        .map(|item| {
            id(item).ok_or_else(|| {
                ConnectorError::invalid_input(
                    "members",
                    format!("expected a member with a `value`, found `{item}`"),
                )
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn path(text: &str) -> PatchPath {
        PatchPath::parse(text).unwrap()
    }

    #[test]
    fn members_are_separated_from_the_rest() {
        let patch = Patch::default()
            .add(path("members"), json!([{ "value": "1" }, { "value": "2", "type": "Group" }]))
            .remove(path("members[value eq \"3\"]"))
            .replace(path("displayName"), "Staff");
        let (members, rest) = split(&patch).unwrap();
        let strings = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let expected = MemberPatch { add: strings(&["1", "2"]), remove: strings(&["3"]), all: false };
        assert_eq!(members, expected);
        assert_eq!(rest, Patch::default().replace(path("displayName"), "Staff"));
    }

    #[test]
    fn later_operations_win() {
        let patch = Patch::default()
            .remove(path("members[value eq \"1\"]"))
            .add(path("members"), json!([{ "value": "1" }]))
            .replace(path("members"), json!([{ "value": "2" }]));
        let (members, rest) = split(&patch).unwrap();
        assert_eq!(members, MemberPatch { add: vec!["2".to_owned()], remove: Vec::new(), all: true });
        assert!(rest.is_empty());
        assert!(split(&Patch::default().remove(path("members[type eq \"User\"]"))).is_err());
    }
}
