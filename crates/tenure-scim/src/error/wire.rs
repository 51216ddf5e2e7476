//! The error's JSON body: written as RFC 7644 section 3.12 says, read as peers write it.

use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::{ScimError, ScimType};
use crate::profile::{Fired, Profile, Tolerance};

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

impl ScimError {
    /// Reads the body of an error with the tolerances of a profile; those that were needed go to `fired`.
    ///
    /// Reading by serde takes every form and tells nothing of it.
    ///
    /// ```
    /// use tenure_scim::{Fired, Profile, ScimError};
    ///
    /// let body = serde_json::json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": 409});
    /// let okta = Profile::named("okta-custom").ok_or("no such profile")?;
    /// assert_eq!(ScimError::from_json(body.clone(), &okta, &mut Fired::default())?.status(), 409);
    /// assert!(ScimError::from_json(body, &Profile::strict(), &mut Fired::default()).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `invalidSyntax` when the body is no error, or writes its status in a form that the profile does not know.
    pub fn from_json(body: Value, profile: &Profile, fired: &mut Fired) -> Result<Self, Self> {
        let status = body.as_object().and_then(|b| b.iter().find(|(k, _)| k.eq_ignore_ascii_case("status")));
        let number = status.is_some_and(|(_, status)| status.is_number());
        if number && !profile.allows(Tolerance::ErrorStatusNumber) {
            return Err(Self::invalid_syntax("expected text in `status`, found a number"));
        }
        let error = serde_json::from_value(body).map_err(|e| Self::invalid_syntax(e.to_string()))?;
        if number {
            fired.record(Tolerance::ErrorStatusNumber);
        }
        Ok(error)
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
