//! The order of results (RFC 7644 section 3.4.2.3).

use std::cmp::Ordering;

use crate::datetime::Instant;
use crate::error::ScimError;
use crate::filter::rule_of;
use crate::message::SortOrder;
use crate::path::AttrPath;
use crate::precis::Rule;
use crate::resource::Resource;
use crate::schema::{AttributeType, Resolved, ResourceSchema};
use crate::value::ValueRef;

/// A `sortBy` and `sortOrder`, made ready for one resource type.
///
/// Of a multi-valued attribute the primary value counts, else the first. Resources without a value come last when
/// ascending and first when descending. Text is compared by code point, without case unless the attribute is
/// case-exact; no locale is involved.
///
/// # Examples
///
/// ```
/// use tenure_scim::message::SortOrder;
/// use tenure_scim::{Resource, SchemaRegistry, Sort};
///
/// let registry = SchemaRegistry::builtin();
/// let users = registry.resource("User").ok_or("no such resource type")?;
/// let by_name = Sort::new(&"name.familyName".parse()?, SortOrder::Ascending, users)?;
///
/// let mut people = ["c", "A", "b"].map(|n| Resource::default().with("name.familyName", n)).into_iter().collect::<Result<Vec<_>, _>>()?;
/// people.push(Resource::default());
/// by_name.sort(&mut people);
/// assert_eq!(people.iter().filter_map(|p| p.text("name.familyName")).collect::<Vec<_>>(), ["A", "b", "c"]);
/// assert_eq!(people.last(), Some(&Resource::default()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sort {
    extension: Option<Box<str>>,
    name: Box<str>,
    sub: Option<Box<str>>,
    kind: AttributeType,
    rule: Rule,
    order: SortOrder,
}

impl Sort {
    /// Makes a sort ready for resources of one type.
    ///
    /// # Errors
    ///
    /// `invalidValue` when the type does not have the attribute, or it is complex without a `value`.
    pub fn new(by: &AttrPath, order: SortOrder, schema: &ResourceSchema) -> Result<Self, ScimError> {
        let refuse = |why: &str| ScimError::invalid_value(format!("cannot sort by `{by}`: {why}"));
        let found = schema.resolve(by).ok_or_else(|| refuse("there is no such attribute"))?;
        let found = match found.sub {
            None if found.attribute.kind == AttributeType::Complex => {
                let value = found.attribute.sub_attributes.iter().find(|s| s.name == "value");
                Resolved {
                    sub: Some(value.ok_or_else(|| refuse("it is complex, name a sub-attribute"))?),
                    ..found
                }
            }
            _ => found,
        };
        Ok(Self {
            extension: found.extension.map(|e| e.id.as_str().into()),
            name: found.attribute.name.as_str().into(),
            sub: found.sub.map(|s| s.name.as_str().into()),
            kind: found.leaf().kind,
            rule: rule_of(&found),
            order,
        })
    }

    /// Sorts; equal resources keep their order.
    pub fn sort(&self, resources: &mut [Resource]) {
        resources.sort_by(|a, b| self.compare(a, b));
    }

    /// Compares two resources.
    pub fn compare(&self, a: &Resource, b: &Resource) -> Ordering {
        let ordering = match (self.value(a), self.value(b)) {
            (Some(a), Some(b)) => self.compare_values(a, b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        match self.order {
            SortOrder::Ascending => ordering,
            SortOrder::Descending => ordering.reverse(),
        }
    }

    /// The value of `resource` that is sorted by.
    pub fn value<'r>(&self, resource: &'r Resource) -> Option<ValueRef<'r>> {
        let value = match &self.extension {
            Some(extension) => resource.member(extension)?.as_object()?.get(&self.name)?,
            None => resource.member(&self.name)?,
        };
        let one = match value {
            ValueRef::Array(values) => {
                let primary = values.iter().find(|v| {
                    v.as_object().and_then(|o| o.get("primary")).and_then(ValueRef::as_bool) == Some(true)
                });
                primary.or_else(|| values.iter().next())?
            }
            single => single,
        };
        let leaf = match (&self.sub, one) {
            (Some(sub), ValueRef::Object(members)) => members.get(sub)?,
            (None, simple) => simple,
            (Some(_), _) => return None,
        };
        Some(leaf).filter(|v| v.is_assigned())
    }

    fn compare_values(&self, a: ValueRef<'_>, b: ValueRef<'_>) -> Ordering {
        match (a, b) {
            (ValueRef::Number(a), ValueRef::Number(b)) => a.cmp(&b),
            (ValueRef::Bool(a), ValueRef::Bool(b)) => a.cmp(&b),
            (ValueRef::String(a), ValueRef::String(b)) if self.kind == AttributeType::DateTime => {
                let (x, y) = (Instant::parse(a), Instant::parse(b));
                match (x, y) {
                    // A total order is needed here, so a time without zone counts as UTC.
                    (Some(x), Some(y)) => x.nanos().cmp(&y.nanos()),
                    _ => x.is_none().cmp(&y.is_none()).then_with(|| a.cmp(b)),
                }
            }
            (ValueRef::String(a), ValueRef::String(b)) => self.rule.cmp(a, b),
            (a, b) => rank(a).cmp(&rank(b)),
        }
    }
}

/// The order of values whose types differ, which only a faulty store has.
fn rank(value: ValueRef<'_>) -> u8 {
    match value {
        ValueRef::Null => 0,
        ValueRef::Bool(_) => 1,
        ValueRef::Number(_) => 2,
        ValueRef::String(_) => 3,
        ValueRef::Array(_) => 4,
        ValueRef::Object(_) => 5,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::schema::SchemaRegistry;

    fn check(by: &str, order: SortOrder, users: Value, expected: &[&str]) {
        let registry = SchemaRegistry::builtin();
        let sort = Sort::new(&by.parse().unwrap(), order, registry.resource("User").unwrap()).unwrap();
        let Value::Array(users) = users else { panic!() };
        let mut users: Vec<_> = users.into_iter().map(|u| Resource::from_json(u).unwrap()).collect();
        sort.sort(&mut users);
        let ids: Vec<_> = users.iter().map(|u| u.id().unwrap()).collect();
        assert_eq!(ids, expected, "{by}");
    }

    /// RFC 7644 section 3.4.2.3; statement 37.
    #[test]
    fn the_primary_or_first_value_counts_and_missing_goes_to_the_end() {
        let users = json!([
            {"id": "1", "emails": [{"value": "z"}, {"value": "a", "primary": true}]},
            {"id": "2"},
            {"id": "3", "emails": [{"value": "B"}, {"value": "0"}]},
            {"id": "4", "emails": [{"value": "c"}]},
            {"id": "5", "emails": []}
        ]);
        check("emails", SortOrder::Ascending, users.clone(), &["1", "3", "4", "2", "5"]);
        check("emails.value", SortOrder::Descending, users, &["2", "5", "4", "3", "1"]);
    }

    #[test]
    fn values_are_compared_by_type_and_case_rule() {
        let users = json!([
            {"id": "b", "meta": {"created": "2026-01-01T01:00:00+02:00"}, "active": true, "userName": "Ｂ"},
            {"id": "B", "meta": {"created": "2026-01-01T00:00:00Z"}, "active": false, "userName": "a"},
            {"id": "a", "meta": {"created": "2025-12-31T23:30:00Z"}, "active": true, "userName": "C"}
        ]);
        check("id", SortOrder::Ascending, users.clone(), &["B", "a", "b"]);
        check("meta.created", SortOrder::Ascending, users.clone(), &["b", "a", "B"]);
        check("active", SortOrder::Ascending, users.clone(), &["B", "b", "a"]);
        check("userName", SortOrder::Descending, users, &["a", "b", "B"]);
    }

    #[test]
    fn what_has_no_order_is_refused() {
        let registry = SchemaRegistry::builtin();
        let users = registry.resource("User").unwrap();
        for (by, detail) in [
            ("shoeSize", "cannot sort by `shoeSize`: there is no such attribute"),
            ("name", "cannot sort by `name`: it is complex, name a sub-attribute"),
        ] {
            let error = Sort::new(&by.parse().unwrap(), SortOrder::Ascending, users).unwrap_err();
            assert_eq!(error.to_string(), format!("400 invalidValue: {detail}"));
        }
    }
}
