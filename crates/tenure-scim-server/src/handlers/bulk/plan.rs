//! The order of the operations: what refers to something created in the same request comes after it.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use serde_json::Value;
use tenure_scim::ScimError;

use super::{Operation, refs};

/// What is done, in order.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) operations: Vec<Operation>,
    pub(super) steps: Vec<Step>,
    pub(super) fail_on_errors: Option<usize>,
}

/// One step, by the position of its operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The operation as it is.
    Whole(usize),
    /// The create of a circle, without the references that cannot be known yet.
    Without(usize),
    /// What was left out of that create.
    Complete(usize),
}

impl Step {
    pub(super) fn operation(self) -> usize {
        match self {
            Self::Whole(operation) | Self::Without(operation) | Self::Complete(operation) => operation,
        }
    }

    pub(super) fn is_completion(self) -> bool {
        matches!(self, Self::Complete(_))
    }
}

impl Plan {
    /// Reads a bulk message and puts its operations in order. Those that do not refer to each other keep theirs.
    pub(super) fn read(message: &Value, most: usize) -> Result<Self, ScimError> {
        let field = |name: &str| {
            let object = message.as_object()?;
            object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        };
        let items = field("Operations")
            .and_then(Value::as_array)
            .ok_or_else(|| ScimError::invalid_syntax("a bulk request expects an array in `Operations`"))?;
        if items.len() > most {
            let detail = format!("the bulk request has more than maxOperations ({most})");
            return Err(ScimError::payload_too_large(detail));
        }
        let fail_on_errors =
            match field("failOnErrors") {
                None | Some(Value::Null) => None,
                Some(value) => {
                    let most =
                        value.as_u64().filter(|most| *most > 0).and_then(|most| usize::try_from(most).ok());
                    Some(most.ok_or_else(|| {
                        ScimError::invalid_value("`failOnErrors` expects a positive integer")
                    })?)
                }
            };
        let operations: Vec<Operation> = items
            .iter()
            .enumerate()
            .map(|(position, item)| {
                read(item).map_err(|error| error.within(format!("operation {}", position + 1)))
            })
            .collect::<Result<_, _>>()?;
        let steps = order(&operations)?;
        Ok(Self { operations, steps, fail_on_errors })
    }
}

fn read(item: &Value) -> Result<Operation, ScimError> {
    let text = |name: &str| {
        let object = item.as_object()?;
        let value = object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        value.and_then(Value::as_str).map(str::to_owned)
    };
    let method = match text("method").unwrap_or_default().to_ascii_uppercase().as_str() {
        "POST" => Method::POST,
        "PUT" => Method::PUT,
        "PATCH" => Method::PATCH,
        "DELETE" => Method::DELETE,
        other => {
            return Err(ScimError::invalid_syntax(format!(
                "`method` expects `POST`, `PUT`, `PATCH` or `DELETE`, found `{other}`"
            )));
        }
    };
    let path = text("path").ok_or_else(|| ScimError::invalid_syntax("expected a `path`"))?;
    let bulk_id = text("bulkId");
    if method == Method::POST && bulk_id.as_deref().is_none_or(str::is_empty) {
        return Err(ScimError::invalid_syntax("expected a `bulkId`, as the operation creates a resource"));
    }
    Ok(Operation { method, path, bulk_id, version: text("version"), data: item.get("data").cloned() })
}

fn order(operations: &[Operation]) -> Result<Vec<Step>, ScimError> {
    let mut creators: BTreeMap<&str, usize> = BTreeMap::new();
    for (position, operation) in operations.iter().enumerate() {
        if let (&Method::POST, Some(bulk_id)) = (&operation.method, &operation.bulk_id)
            && creators.insert(bulk_id, position).is_some()
        {
            return Err(ScimError::invalid_value(format!(
                "the bulkId `{bulk_id}` is used by two operations"
            )));
        }
    }
    let needs: Vec<BTreeSet<usize>> = operations
        .iter()
        .enumerate()
        .map(|(position, operation)| {
            let mut names = BTreeSet::new();
            refs::in_text(&operation.path, &mut names);
            operation.data.iter().for_each(|data| refs::in_value(data, &mut names));
            names
                .iter()
                .filter_map(|name| creators.get(name.as_str()).copied())
                .filter(|need| *need != position)
                .collect()
        })
        .collect();
    let mut steps = Vec::new();
    let mut open: BTreeSet<usize> = (0..operations.len()).collect();
    let mut made: BTreeSet<usize> = BTreeSet::new();
    let mut halves: Vec<usize> = Vec::new();
    let ready = |position: &usize, made: &BTreeSet<usize>| {
        needs.get(*position).is_none_or(|needs| needs.is_subset(made))
    };
    while !open.is_empty() {
        let (position, step) = match open.iter().copied().find(|position| ready(position, &made)) {
            Some(position) => (position, Step::Whole(position)),
            // Everything left waits in a circle. A create can begin it, with its references left for later.
            None => {
                let is_create =
                    |position: &usize| operations.get(*position).is_some_and(|o| o.method == Method::POST);
                let position =
                    open.iter().copied().find(is_create).ok_or_else(|| {
                        ScimError::conflict("the operations refer to each other in a circle")
                    })?;
                halves.push(position);
                (position, Step::Without(position))
            }
        };
        open.remove(&position);
        made.insert(position);
        steps.push(step);
        halves.retain(|half| {
            let complete = ready(half, &made);
            if complete {
                steps.push(Step::Complete(*half));
            }
            !complete
        });
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn steps(operations: &Value) -> Result<Vec<Step>, ScimError> {
        Plan::read(&json!({"Operations": operations}), 10).map(|plan| plan.steps)
    }

    fn post(bulk_id: &str, refers: &[&str]) -> Value {
        let refers: Vec<String> = refers.iter().map(|name| format!("bulkId:{name}")).collect();
        json!({"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": {"members": refers}})
    }

    #[test]
    fn what_is_referred_to_comes_first_and_circles_are_cut() {
        use Step::{Complete, Whole, Without};
        let cases = [
            (json!([post("a", &[]), post("b", &["a"])]), vec![Whole(0), Whole(1)]),
            (json!([post("b", &["a"]), post("a", &[])]), vec![Whole(1), Whole(0)]),
            (json!([post("a", &["b"]), post("b", &["a"])]), vec![Without(0), Whole(1), Complete(0)]),
            (json!([post("a", &["a"])]), vec![Whole(0)]),
            (
                json!([{"method": "delete", "path": "/Users/bulkId:a"}, post("a", &[]), post("c", &[])]),
                vec![Whole(1), Whole(0), Whole(2)],
            ),
        ];
        for (operations, expected) in cases {
            assert_eq!(steps(&operations).unwrap(), expected, "{operations}");
        }
    }

    #[test]
    fn wrong_messages_are_refused() {
        for (operations, status) in [
            (json!({}), 400),
            (json!([{"method": "GET", "path": "/Users/1"}]), 400),
            (json!([{"method": "POST", "path": "/Users"}]), 400),
            (json!([post("a", &[]), post("a", &[])]), 400),
            (json!(vec![post("a", &[]); 11]), 413),
        ] {
            assert_eq!(steps(&operations).unwrap_err().status(), status, "{operations}");
        }
    }
}
