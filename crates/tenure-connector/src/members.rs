use serde_json::Value;
use tenure_scim::{
    AttrPath, CompareOp, Filter, Literal, Patch, PatchOp, PatchOperation, PatchPath, Resource,
};

use crate::{ConnectorError, Fields, Result};

/// What a patch says of the members of a group: ids that come, ids that go, or all of them anew. With it a connector changes
/// who comes and who goes, and reads nobody else.
///
/// # Examples
///
/// ```
/// use serde_json::json;
/// use tenure_connector::MemberPatch;
/// use tenure_scim::{Patch, PatchPath};
///
/// let patch = Patch::default()
///     .add(PatchPath::parse("members")?, json!([{ "value": "7" }]))
///     .replace(PatchPath::parse("displayName")?, "Staff");
/// let (members, rest) = MemberPatch::split(&patch)?;
/// assert_eq!((members.add, members.all, rest.operations.len()), (vec!["7".to_owned()], false, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberPatch {
    /// Who comes.
    pub add: Vec<String>,
    /// Who goes.
    pub remove: Vec<String>,
    /// Nobody but these, whoever is there now.
    pub all: bool,
}

impl MemberPatch {
    /// Separates what a patch says of members from the rest of it.
    ///
    /// # Errors
    ///
    /// `InvalidInput`, when a path or a value on members is not understood.
    pub fn split(patch: &Patch) -> Result<(Self, Patch)> {
        let (mut members, mut rest) = (Self::default(), Patch::default());
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

    /// The ids of the members that a resource lists.
    ///
    /// # Errors
    ///
    /// `InvalidInput`, for a member without a value.
    pub fn listed(resource: &Resource) -> Result<Vec<String>> {
        resource.attr("members").map_or_else(|| Ok(Vec::new()), |members| ids(&members.to_json()))
    }

    /// Whether a caller who asks for these attributes gets the members of a group.
    #[must_use]
    pub fn wanted(fields: &Fields) -> bool {
        let members = |path: &AttrPath| is_members(path.name().as_str());
        match fields {
            Fields::All => true,
            Fields::Only(paths) => paths.iter().any(members),
            Fields::Except(paths) => !paths.iter().any(|path| members(path) && path.sub().is_none()),
        }
    }

    /// Whether it says nothing of members.
    #[must_use]
    pub fn is_empty(&self) -> bool {
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
        let (members, rest) = MemberPatch::split(&patch).unwrap();
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
        let (members, rest) = MemberPatch::split(&patch).unwrap();
        assert_eq!(members, MemberPatch { add: vec!["2".to_owned()], remove: Vec::new(), all: true });
        assert!(rest.is_empty());
        assert!(MemberPatch::split(&Patch::default().remove(path("members[type eq \"User\"]"))).is_err());
    }
}
