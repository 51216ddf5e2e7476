//! Whether a request is one that a peer takes.

use serde_json::Value;

use super::Outgoing;
use crate::filter::{CompareOp, Filter};
use crate::patch::{Patch, PatchOp, PatchOperation};
use crate::path::AttrPath;
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

    /// Where the service provider configuration is, below the base URL; see [`config`](Self::config) for whether it is.
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

    /// Checks how many comparisons a filter has, and of which kind they are.
    ///
    /// # Errors
    ///
    /// More comparisons than the peer takes, or an operator or attribute that it does not take.
    pub fn check_filter(&self, filter: &Filter) -> Result<(), OutgoingError> {
        let found = terms(filter);
        if let Some(most) = self.max_filter_terms.filter(|most| found > *most) {
            return Err(OutgoingError::new(
                format!("a filter of at most {most} comparisons"),
                found.to_string(),
            ));
        }
        self.check_part(filter)
    }

    fn check_part(&self, filter: &Filter) -> Result<(), OutgoingError> {
        let path = match filter {
            Filter::And(parts) => return parts.iter().try_for_each(|part| self.check_part(part)),
            Filter::Compare(c) if !self.filters_eq_and || c.op == CompareOp::Eq => &c.path,
            Filter::Element(e) => {
                self.check_part(&e.filter)?;
                &e.path
            }
            other if self.filters_eq_and => {
                return Err(OutgoingError::new("a filter of `eq` and `and`", format!("`{other}`")));
            }
            Filter::Or(parts) => return parts.iter().try_for_each(|part| self.check_part(part)),
            Filter::Not(part) => return self.check_part(part),
            Filter::Compare(c) => &c.path,
            Filter::Present(path) => path,
        };
        match self.filter_attributes {
            Some(known) if !known.iter().any(|name| *path.name() == **name) => {
                let known: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
                Err(OutgoingError::new(format!("a filter on {}", known.join(" or ")), format!("`{path}`")))
            }
            _ => Ok(()),
        }
    }

    /// Checks a patch, as [`cut`](Self::cut) gives it.
    ///
    /// # Errors
    ///
    /// What no cutting helps against: all members of a group replaced or removed at once, a list for an attribute that
    /// takes one value, an attribute that the peer has no room for, a single operation that is over a limit.
    pub fn check_patch(&self, patch: &Patch) -> Result<(), OutgoingError> {
        for operation in &patch.operations {
            self.check_operation(operation)?;
        }
        for name in self.always_there {
            let of = |operation: &&PatchOperation| {
                operation.path.as_ref().is_some_and(|path| *path.attribute().name() == **name)
            };
            let mut found = patch.operations.iter().filter(of);
            if found.clone().any(|operation| operation.op == PatchOp::Remove) {
                return Err(OutgoingError::new(format!("`{name}` kept or replaced"), "`remove`"));
            }
            if found.nth(1).is_some() {
                return Err(OutgoingError::new(format!("one operation on `{name}`"), "several"));
            }
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

    /// As [`check_patch`](Self::check_patch), knowing the resource that the peer has.
    ///
    /// ```
    /// use tenure_scim::{Patch, PatchPath, Profile, Resource};
    ///
    /// let peer = Profile::named("launchdarkly").ok_or("no such profile")?;
    /// let inactive: Resource = r#"{"userName": "anna", "active": false}"#.parse()?;
    /// let title = Patch::default().replace("title".parse::<PatchPath>()?, "Lead");
    /// assert!(peer.outgoing().check_patch_of(&title, &inactive).is_err());
    /// let back = title.replace("active".parse::<PatchPath>()?, true);
    /// assert!(peer.outgoing().check_patch_of(&back, &inactive).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What `check_patch` refuses, and a change of an inactive user that does not activate it where the peer wants that.
    pub fn check_patch_of(&self, patch: &Patch, before: &Resource) -> Result<(), OutgoingError> {
        let inactive = before.member("active").and_then(ValueRef::as_bool) == Some(false);
        let activates = |operation: &PatchOperation| match (&operation.path, &operation.value) {
            (Some(path), Some(value)) => *path.attribute().name() == "active" && *value == Value::Bool(true),
            (None, Some(Value::Object(members))) => {
                members.iter().any(|(k, v)| k.eq_ignore_ascii_case("active") && *v == Value::Bool(true))
            }
            _ => false,
        };
        if inactive && !self.updates_inactive && !patch.operations.iter().any(activates) {
            return Err(OutgoingError::new("a user that is active or becomes so", "an inactive one"));
        }
        self.check_patch(patch)
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
        let last = path.sub().or_else(|| path.attribute().sub());
        let name = last.map_or_else(
            || path.attribute().name().to_string(),
            |sub| format!("{}.{sub}", path.attribute().name()),
        );
        if self.unsupported.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
            return Err(OutgoingError::new("an attribute that the peer has", format!("`{name}`")));
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
    /// What is [`unsupported`](Self::unsupported) goes. Where an attribute may have one value only, the primary one stays, else the
    /// first. Members of groups stay.
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
        let mut cut = self.leave_out(resource);
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

    /// Takes out what the peer has no room for; gives what was there.
    fn leave_out(&self, resource: &mut Resource) -> Vec<String> {
        let mut cut = Vec::new();
        for name in self.unsupported {
            let Ok(path) = AttrPath::parse(name) else { continue };
            let before = resource.member(path.name().as_str()).map(ValueRef::to_json);
            let mut after = before.clone();
            match (path.sub(), &mut after) {
                (None, after) => *after = None,
                (Some(sub), Some(Value::Array(values))) => {
                    for members in values.iter_mut().filter_map(Value::as_object_mut) {
                        members.retain(|name, _| *sub != *name.as_str());
                    }
                }
                _ => {}
            }
            if after != before {
                match after {
                    Some(after) => resource.set(&path.parent(), after),
                    None => {
                        resource.remove(&path);
                    }
                }
                cut.push((*name).to_owned());
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
