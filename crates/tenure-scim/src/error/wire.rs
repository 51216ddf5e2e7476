//! The error's JSON body: written as RFC 7644 section 3.12 says, read as peers write it.

use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::{ScimError, ScimType};

impl Serialize for ScimError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3 + usize::from(self.scim_type.is_some())))?;
        map.serialize_entry("schemas", &[crate::uri::ERROR])?;
        // SPEC: RFC 7644 section 3.12: `status` is a JSON string.
        map.serialize_entry("status", &self.status.to_string())?;
        if let Some(scim_type) = &self.scim_type {
            map.serialize_entry("scimType", scim_type.as_str())?;
        }
        map.serialize_entry("detail", &self.detail)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for ScimError {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let body = Map::<String, Value>::deserialize(deserializer)?;
        let field = |name: &str| body.iter().find(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| v);
        let status = match field("status") {
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(Value::Number(number)) => number.as_u64().and_then(|n| u16::try_from(n).ok()),
            _ => None,
        };
        let status = status
            .filter(|s| (100..600).contains(s))
            .ok_or_else(|| D::Error::custom("expected an HTTP status in `status`"))?;
        let text = |name: &str| field(name).and_then(Value::as_str).filter(|s| !s.is_empty());
        Ok(Self {
            status,
            scim_type: text("scimType").map(ScimType::from_keyword),
            detail: text("detail").unwrap_or_default().to_owned(),
        })
    }
}
