//! Whether a request is one that a peer takes.

use serde_json::Value;

use super::Outgoing;
use crate::filter::Filter;
use crate::patch::{Patch, PatchOp, PatchOperation};
use crate::resource::Resource;
use crate::schema::{Mutability, ResourceSchema};
use crate::value::ValueRef;

/// A request that a peer does not take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found}")]
pub struct OutgoingError {
    expected: String,
    found: String,
}

impl OutgoingError {
    fn new(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { expected: expected.into(), found: found.into() }
    }
}

impl Outgoing {
    /// The `count` to ask for when `wanted` resources of a page would be best.
    ///
    /// ```
    /// use tenure_scim::Profile;
    ///
    /// let aws = Profile::named("aws").ok_or("no such profile")?;
    /// assert_eq!(aws.outgoing().page_size(200), 50);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn page_size(&self, wanted: u64) -> u64 {
        self.max_page_size.map_or(wanted, |most| wanted.min(most))
    }

    /// Where the service provider configuration is, below the base URL.
    pub fn config_path(&self) -> &'static str {
        if self.plural_config_path { "/ServiceProviderConfigs" } else { "/ServiceProviderConfig" }
    }

    /// Checks a request's method and the names of its headers.
    ///
    /// ```
    /// use tenure_scim::Profile;
    ///
    /// let github = Profile::named("github").ok_or("no such profile")?;
    /// assert!(github.outgoing().check_request("GET", ["Accept", "User-Agent"]).is_ok());
    /// assert_eq!(
    ///     github.outgoing().check_request("GET", ["Accept"]).unwrap_err().to_string(),
    ///     "expected a `User-Agent` header, found none"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `PUT` where only PATCH is taken, a condition on an entity tag where they are not, no `User-Agent` where it is
    /// needed.
    pub fn check_request<'h>(
        &self,
        method: &str,
        headers: impl IntoIterator<Item = &'h str>,
    ) -> Result<(), OutgoingError> {
        if !self.put && method == "PUT" {
            return Err(OutgoingError::new("`PATCH`", "`PUT`"));
        }
        let mut agent = false;
        for header in headers {
            agent |= header.eq_ignore_ascii_case("user-agent");
            let tag = ["if-match", "if-none-match"].iter().any(|h| header.eq_ignore_ascii_case(h));
            if tag && !self.entity_tags {
                return Err(OutgoingError::new("no entity tag", format!("`{header}`")));
            }
        }
        if self.user_agent_required && !agent {
            return Err(OutgoingError::new("a `User-Agent` header", "none"));
        }
        Ok(())
    }

    /// Checks how long a body is.
    ///
    /// # Errors
    ///
    /// More bytes than the peer takes.
    pub fn check_body(&self, bytes: usize) -> Result<(), OutgoingError> {
        match self.max_body_bytes {
            Some(most) if bytes > most => {
                Err(OutgoingError::new(format!("a body of at most {most} bytes"), bytes.to_string()))
            }
            _ => Ok(()),
        }
    }

    /// Checks how many comparisons a filter has.
    ///
    /// # Errors
    ///
    /// More comparisons than the peer takes.
    pub fn check_filter(&self, filter: &Filter) -> Result<(), OutgoingError> {
        let found = terms(filter);
        match self.max_filter_terms {
            Some(most) if found > most => {
                Err(OutgoingError::new(format!("a filter of at most {most} comparisons"), found.to_string()))
            }
            _ => Ok(()),
        }
    }

    /// Checks a patch, as [`cut`](Self::cut) gives it.
    ///
    /// # Errors
    ///
    /// What no cutting helps against: all members of a group replaced or removed at once, a list for an attribute that
    /// takes one value, a single operation that is over a limit.
    pub fn check_patch(&self, patch: &Patch) -> Result<(), OutgoingError> {
        for operation in &patch.operations {
            self.check_operation(operation)?;
        }
        if let Some(most) = self.max_member_changes {
            let found: usize = patch.operations.iter().map(super::outgoing::weight).sum();
            if found > most {
                let expected = format!("at most {most} values added or removed");
                return Err(OutgoingError::new(expected, found.to_string()));
            }
        }
        match self.max_body_bytes {
            Some(_) => self.check_body(serde_json::to_string(patch).map_or(0, |text| text.len())),
            None => Ok(()),
        }
    }

    fn check_operation(&self, operation: &PatchOperation) -> Result<(), OutgoingError> {
        let Some(path) = &operation.path else {
            if !self.path_less_patch {
                return Err(OutgoingError::new("a `path`", "none"));
            }
            return Ok(());
        };
        let members = *path.attribute().name() == "members";
        let all = path.filter().is_none() && path.sub().is_none() && path.attribute().sub().is_none();
        let at_once = match operation.op {
            PatchOp::Replace => true,
            PatchOp::Remove => operation.value.is_none(),
            PatchOp::Add => false,
        };
        if members && all && at_once && !self.replaces_members {
            let found = format!("`{}` of `members`", operation.op);
            return Err(OutgoingError::new("members added or removed one by one", found));
        }
        match &operation.value {
            Some(Value::Array(values)) if values.len() > 1 && !members && !self.many_values => {
                Err(OutgoingError::new(format!("one value for `{path}`"), values.len().to_string()))
            }
            _ => Ok(()),
        }
    }

    /// Leaves out values that the peer has no room for; gives the attributes that lost some.
    ///
    /// Where an attribute may have one value only, the primary one stays, else the first. Members of groups stay.
    ///
    /// ```
    /// use tenure_scim::{Profile, Resource, SchemaRegistry};
    ///
    /// let registry = SchemaRegistry::builtin();
    /// let users = registry.resource("User").ok_or("no such resource type")?;
    /// let aws = Profile::named("aws").ok_or("no such profile")?;
    /// let mut user: Resource = r#"{"emails": [{"value": "a@x.org"}, {"primary": true, "value": "b@x.org"}]}"#.parse()?;
    /// assert_eq!(aws.outgoing().fit(&mut user, users), ["emails"]);
    /// assert_eq!(user.to_text(), r#"{"emails":[{"primary":true,"value":"b@x.org"}]}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fit(&self, resource: &mut Resource, schema: &ResourceSchema) -> Vec<String> {
        let mut cut = Vec::new();
        if self.many_values {
            return cut;
        }
        let client = |m: Mutability| m != Mutability::ReadOnly;
        for attribute in schema.attributes().iter().filter(|a| a.multi_valued && client(a.mutability)) {
            let name = &attribute.name;
            if *name == "members" || *name == "schemas" {
                continue;
            }
            let Some(values) = resource.member(name.as_str()).and_then(ValueRef::as_array) else { continue };
            let primary = |v: &ValueRef<'_>| {
                v.as_object().and_then(|o| o.get("primary")).and_then(ValueRef::as_bool) == Some(true)
            };
            let kept = values.iter().find(primary).or_else(|| values.iter().next());
            if let Some(kept) = kept.map(ValueRef::to_json).filter(|_| values.len() > 1) {
                resource.set(&name.clone().into(), Value::Array(vec![kept]));
                cut.push(name.to_string());
            }
        }
        cut
    }
}

fn terms(filter: &Filter) -> usize {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().map(terms).sum(),
        Filter::Not(part) => terms(part),
        Filter::Element(element) => terms(&element.filter),
        Filter::Compare(_) | Filter::Present(_) => 1,
    }
}
