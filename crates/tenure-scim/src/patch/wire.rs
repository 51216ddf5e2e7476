//! The PatchOp message.

use serde::de::Error as _;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::{Patch, PatchOp, PatchOperation};
use crate::error::ScimError;
use crate::path::PatchPath;
use crate::profile::{Fired, Profile, Tolerance};
use crate::uri;
use crate::value::rounded;

impl Patch {
    /// Reads a PatchOp message from text with the tolerances of a peer; those that were needed go to `fired`.
    ///
    /// No number is rounded on the way: one that a [`PatchOperation`] cannot hold is refused.
    ///
    /// ```
    /// use tenure_scim::{Fired, Patch, Profile};
    ///
    /// let read = |balance: &str| {
    ///     let text = format!(
    ///         r#"{{ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///              "Operations": [{{ "op": "replace", "path": "balance", "value": {balance} }}] }}"#
    ///     );
    ///     Patch::from_text(&text, &Profile::strict(), &mut Fired::default())
    /// };
    /// assert_eq!(read("0.1")?.operations.len(), 1);
    /// assert_eq!(read("0.12345678901234567890").is_ok(), cfg!(feature = "exact-numbers"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json); `invalidSyntax` when the text is no JSON; `invalidValue` for a number that would
    /// be rounded.
    pub fn from_text(text: &str, profile: &Profile, fired: &mut Fired) -> Result<Self, ScimError> {
        if let Some(number) = rounded(text) {
            return Err(ScimError::invalid_value(format!(
                "expected whole numbers of 64 bits or doubles, found `{number}`"
            )));
        }
        let body = serde_json::from_str(text).map_err(|e| ScimError::invalid_syntax(e.to_string()))?;
        Self::from_json(body, profile, fired)
    }

    /// Reads a PatchOp message with the tolerances of a peer; those that were needed go to `fired`.
    ///
    /// # Errors
    ///
    /// `invalidSyntax` when the body is no PatchOp message, `invalidPath` or `invalidFilter` when a path is wrong.
    pub fn from_json(body: Value, profile: &Profile, fired: &mut Fired) -> Result<Self, ScimError> {
        let Value::Object(mut body) = body else {
            return Err(ScimError::invalid_syntax("expected a PatchOp object"));
        };
        match take(&mut body, "schemas") {
            Some(Value::Array(schemas)) if schemas.iter().any(is_patch_op) => {}
            None if profile.allows(Tolerance::PatchMissingSchemas) => {
                fired.record(Tolerance::PatchMissingSchemas)
            }
            _ => return Err(ScimError::invalid_syntax(format!("expected `{}` in `schemas`", uri::PATCH_OP))),
        }
        let operations = match take(&mut body, "Operations") {
            Some(Value::Array(operations)) if !operations.is_empty() => operations,
            _ => return Err(ScimError::invalid_syntax("expected at least one operation in `Operations`")),
        };
        let operations = operations
            .into_iter()
            .enumerate()
            .map(|(n, value)| {
                operation(value, profile, fired).map_err(|e| e.within(format!("operation {}", n + 1)))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { operations })
    }
}

fn operation(value: Value, profile: &Profile, fired: &mut Fired) -> Result<PatchOperation, ScimError> {
    let Value::Object(mut value) = value else {
        return Err(ScimError::invalid_syntax("expected an object"));
    };
    let op = match take(&mut value, "op") {
        Some(Value::String(op)) => read_op(&op, profile, fired)?,
        _ => return Err(ScimError::invalid_syntax("expected `add`, `remove` or `replace` in `op`")),
    };
    let path = match take(&mut value, "path") {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) => Some(PatchPath::parse(&path)?),
        Some(_) => return Err(ScimError::invalid_path("expected text in `path`")),
    };
    Ok(PatchOperation { op, path, value: take(&mut value, "value") })
}

fn read_op(text: &str, profile: &Profile, fired: &mut Fired) -> Result<PatchOp, ScimError> {
    let all = [PatchOp::Add, PatchOp::Remove, PatchOp::Replace];
    if let Some(op) = all.into_iter().find(|op| op.as_str() == text) {
        return Ok(op);
    }
    match all.into_iter().find(|op| op.as_str().eq_ignore_ascii_case(text)) {
        Some(op) if profile.allows(Tolerance::PatchOpCase) => {
            fired.record(Tolerance::PatchOpCase);
            Ok(op)
        }
        _ => Err(ScimError::invalid_syntax(format!(
            "expected `add`, `remove` or `replace` in `op`, found `{text}`"
        ))),
    }
}

fn is_patch_op(schema: &Value) -> bool {
    schema.as_str().is_some_and(|s| s.eq_ignore_ascii_case(uri::PATCH_OP))
}

fn take(map: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let key = map.keys().find(|k| k.eq_ignore_ascii_case(name))?.clone();
    map.remove(&key)
}

impl Serialize for Patch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut message = serializer.serialize_struct("PatchOp", 2)?;
        message.serialize_field("schemas", &[uri::PATCH_OP])?;
        message.serialize_field("Operations", &self.operations)?;
        message.end()
    }
}

impl Serialize for PatchOperation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = 1 + usize::from(self.path.is_some()) + usize::from(self.value.is_some());
        let mut operation = serializer.serialize_struct("Operation", fields)?;
        operation.serialize_field("op", self.op.as_str())?;
        if let Some(path) = &self.path {
            operation.serialize_field("path", path)?;
        }
        if let Some(value) = &self.value {
            operation.serialize_field("value", value)?;
        }
        operation.end()
    }
}

impl<'de> Deserialize<'de> for Patch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let body = Value::deserialize(deserializer)?;
        Self::from_json(body, &Profile::strict(), &mut Fired::default()).map_err(D::Error::custom)
    }
}
