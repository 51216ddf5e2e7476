use serde_json::{Map, Value, json};

use super::{Dialect, MemberRemoval};
use crate::{ClientError, Result};

/// One PATCH operation on its way to the wire.
#[derive(Debug, Clone, PartialEq)]
struct Operation {
    op: String,
    path: Option<String>,
    value: Option<Value>,
}

/// How many operations, and how many members in them, fit into one request.
struct Room {
    operations: usize,
    members: usize,
}

impl Dialect {
    /// Turns the operations of a PATCH into the bodies of one or more requests, in order.
    pub(crate) fn bodies(&self, operations: Vec<Value>) -> Result<Vec<Value>> {
        let mut wire = Vec::new();
        for operation in operations {
            self.push(Operation::read(operation)?, &mut wire)?;
        }
        if self.one_operation_per_path {
            wire = merged(wire);
        }
        let room = Room {
            operations: self.max_operations.unwrap_or(usize::MAX).max(1),
            members: self.max_member_changes.unwrap_or(usize::MAX).max(1),
        };
        let bodies = room.fill(wire).into_iter().map(|part| {
            let written: Vec<_> = part.into_iter().map(|operation| self.write(operation)).collect();
            json!({ "schemas": [tenure_scim::uri::PATCH_OP], "Operations": written })
        });
        Ok(bodies.collect())
    }

    fn push(&self, mut operation: Operation, wire: &mut Vec<Operation>) -> Result<()> {
        if operation.path.is_none() && self.one_operation_per_path {
            return split(operation, wire);
        }
        if !self.replaces_members && operation.is_members() && operation.sets_all_members() {
            return Err(ClientError::unsupported(format!(
                "the dialect `{}` cannot replace or remove all members at once; add and remove single ones",
                self.name
            )));
        }
        match (self.member_removal, operation.removed_members()) {
            (MemberRemoval::Filter, Some(members)) if operation.value.is_some() => {
                wire.extend(members.iter().map(|id| Operation::remove_member(id)));
                return Ok(());
            }
            (MemberRemoval::Value, Some(members)) if operation.value.is_none() => {
                operation.path = Some("members".to_owned());
                operation.value = Some(members.iter().map(|id| json!({ "value": id })).collect());
            }
            _ => {}
        }
        wire.push(operation);
        Ok(())
    }

    fn write(&self, operation: Operation) -> Value {
        let mut written = Map::new();
        let op = if self.capital_operations { capital(&operation.op) } else { operation.op };
        written.insert("op".to_owned(), op.into());
        if let Some(path) = operation.path {
            written.insert("path".to_owned(), path.into());
        }
        if let Some(mut value) = operation.value {
            if self.text_booleans {
                text_booleans(&mut value);
            }
            written.insert("value".to_owned(), value);
        }
        Value::Object(written)
    }
}

impl Operation {
    fn read(value: Value) -> Result<Self> {
        let Value::Object(mut map) = value else {
            return Err(ClientError::config("expected a PATCH operation to be an object"));
        };
        let text = |value: Option<Value>| value.and_then(|value| value.as_str().map(str::to_owned));
        let op = text(map.remove("op")).unwrap_or_default().to_ascii_lowercase();
        if !matches!(op.as_str(), "add" | "replace" | "remove") {
            return Err(ClientError::config(format!("expected `add`, `replace` or `remove`, found `{op}`")));
        }
        Ok(Self { op, path: text(map.remove("path")), value: map.remove("value") })
    }

    fn remove_member(id: &str) -> Self {
        let path = format!("members[value eq {}]", Value::from(id));
        Self { op: "remove".to_owned(), path: Some(path), value: None }
    }

    fn is_members(&self) -> bool {
        self.path.as_deref().is_some_and(|path| path.eq_ignore_ascii_case("members"))
    }

    fn sets_all_members(&self) -> bool {
        self.op == "replace" || (self.op == "remove" && self.value.is_none())
    }

    /// The ids of the members that the operation removes, in whichever form it says so.
    fn removed_members(&self) -> Option<Vec<String>> {
        if self.op != "remove" {
            return None;
        }
        if self.is_members() {
            let list = self.value.as_ref()?.as_array()?;
            return list.iter().map(|member| member.get("value")?.as_str().map(str::to_owned)).collect();
        }
        let path = self.path.as_deref()?;
        let inner = strip_prefix_ignore_case(path, "members[value eq ")?.strip_suffix(']')?;
        serde_json::from_str::<String>(inner).ok().map(|id| vec![id])
    }

    fn members(&self) -> usize {
        if self.is_members() {
            return self.value.as_ref().and_then(Value::as_array).map_or(0, Vec::len);
        }
        usize::from(self.removed_members().is_some())
    }
}

impl Room {
    fn fill(&self, wire: Vec<Operation>) -> Vec<Vec<Operation>> {
        let mut parts: Vec<Vec<Operation>> = Vec::new();
        let mut members = 0;
        for operation in wire.into_iter().flat_map(|operation| self.chunks(operation)) {
            let more = operation.members();
            match parts.last_mut() {
                Some(part) if part.len() < self.operations && members + more <= self.members => {
                    part.push(operation);
                    members += more;
                }
                _ => {
                    parts.push(vec![operation]);
                    members = more;
                }
            }
        }
        parts
    }

    /// Cuts one operation with too many members into several; a `replace` goes on as `add`.
    fn chunks(&self, operation: Operation) -> Vec<Operation> {
        if operation.members() <= self.members {
            return vec![operation];
        }
        let Operation { op, path, value: Some(Value::Array(members)) } = operation else {
            return vec![operation];
        };
        let chunks = members.chunks(self.members).enumerate().map(|(index, chunk)| Operation {
            op: if index > 0 && op == "replace" { "add".to_owned() } else { op.clone() },
            path: path.clone(),
            value: Some(chunk.to_vec().into()),
        });
        chunks.collect()
    }
}

/// One operation for each attribute of a value without path; an extension gives one for each of its attributes.
fn split(operation: Operation, wire: &mut Vec<Operation>) -> Result<()> {
    let Some(Value::Object(values)) = operation.value else {
        return Err(ClientError::config("expected an object as the value of an operation without path"));
    };
    for (key, value) in values {
        match value {
            Value::Object(inner) if key.contains(':') => {
                for (name, value) in inner {
                    let path = Some(format!("{key}:{name}"));
                    wire.push(Operation { op: operation.op.clone(), path, value: Some(value) });
                }
            }
            value => wire.push(Operation { op: operation.op.clone(), path: Some(key), value: Some(value) }),
        }
    }
    Ok(())
}

/// Joins operations on the same path: the last replace counts, values of adds and removes come together.
fn merged(wire: Vec<Operation>) -> Vec<Operation> {
    let mut out: Vec<Operation> = Vec::new();
    for operation in wire {
        let same = |other: &&mut Operation| match (&other.path, &operation.path) {
            (Some(a), Some(b)) => a.eq_ignore_ascii_case(b) && other.op == operation.op,
            _ => false,
        };
        match (out.iter_mut().rev().find(same), operation.value) {
            (Some(earlier), Some(Value::Array(more))) if operation.op != "replace" => {
                match earlier.value.get_or_insert_with(|| Value::Array(Vec::new())) {
                    Value::Array(list) => list.extend(more),
                    other => *other = Value::Array(more),
                }
            }
            (Some(earlier), value) => earlier.value = value,
            (None, value) => out.push(Operation { op: operation.op, path: operation.path, value }),
        }
    }
    out
}

fn capital(op: &str) -> String {
    let mut letters = op.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

fn text_booleans(value: &mut Value) {
    match value {
        Value::Bool(true) => *value = "True".into(),
        Value::Bool(false) => *value = "False".into(),
        Value::Array(list) => list.iter_mut().for_each(text_booleans),
        Value::Object(map) => map.values_mut().for_each(text_booleans),
        _ => {}
    }
}

fn strip_prefix_ignore_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| text.get(prefix.len()..))?
}
