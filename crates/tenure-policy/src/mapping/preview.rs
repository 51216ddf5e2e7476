//! What the mappings of a target make of attributes.

use serde_json::Value;
use tenure_scim::Resource;

use super::evaluate::Answer;
use crate::compile::Policy;
use crate::id::TargetId;
use crate::target::AttributeMapping;

impl Policy {
    /// What each mapping of a target makes of the attributes of an identity, in order: nothing, `null`, or a value; a reason in words
    /// where it could not be computed. References to other identities are left out. Nothing where there is no such target.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure_policy::{Policy, PolicyDocument};
    /// use tenure_scim::Resource;
    /// let policy = Policy::compile(PolicyDocument::from_json("policy.json", r#"{
    ///     "version": 1,
    ///     "targets": { "wiki": { "attributes": [
    ///         { "id": "name", "to": "displayName", "from": { "join": ["name.givenName", "name.familyName"], "with": " " } }
    ///     ] } }
    /// }"#)?)?;
    /// let anna = Resource::default().with("name.givenName", "Anna")?.with("name.familyName", "Berg")?;
    /// let (mapping, value) = policy.mapped(&"wiki".parse()?, &anna).next().ok_or("no mapping")?;
    /// assert_eq!((mapping.id.as_str(), value), ("name", Ok(Some("Anna Berg".into()))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn mapped<'a>(
        &'a self,
        target: &TargetId,
        attributes: &'a Resource,
    ) -> impl Iterator<Item = (&'a AttributeMapping, Result<Option<Value>, String>)> + use<'a> {
        let parts = self.parts();
        let found = parts.document.targets.get(target).zip(parts.targets.get(target));
        let all =
            found.into_iter().flat_map(|(policy, compiled)| policy.attributes.iter().zip(&compiled.mappings));
        all.filter(|(_, (_, from))| from.reference().is_none()).map(move |(mapping, (when, from))| {
            let holds = when
                .and_then(|when| parts.conditions.get(when as usize))
                .is_none_or(|when| when.holds(attributes));
            let value = match if holds { from.evaluate(attributes) } else { Answer::Absent } {
                Answer::Absent => Ok(None),
                Answer::Null => Ok(Some(Value::Null)),
                Answer::Value(value) => Ok(Some(value)),
                Answer::Failed(reason) => Err(reason),
            };
            (mapping, value)
        })
    }
}
