//! Bringing a peer's way of writing a filter into form.

use super::{Filter, Literal};
use crate::path::AttrPath;
use crate::profile::{Fired, Profile, Tolerance};
use crate::schema::{Attribute, AttributeType, ResourceSchema};

impl Filter {
    /// Rewrites what a peer writes in its own way, where its profile allows it; the rest stays as it is.
    ///
    /// Run it between [`parse_with`](Self::parse_with), which does not know the attributes, and [`check`](Self::check) or
    /// [`compile`](Self::compile). Applying a [`Patch`](crate::Patch) does so for the filters in its paths.
    ///
    /// ```
    /// use tenure_scim::{Filter, Fired, Profile, SchemaRegistry};
    ///
    /// let registry = SchemaRegistry::builtin();
    /// let users = registry.resource("User").ok_or("no such resource type")?;
    /// let entra = Profile::named("entra").ok_or("no such profile")?;
    /// let mut filter = Filter::parse(r#"roles[primary eq "True"]"#)?;
    /// assert!(filter.check(users).is_err());
    ///
    /// let mut fired = Fired::default();
    /// filter.normalise(users, &entra, &mut fired);
    /// assert_eq!(filter.to_string(), "roles[primary eq true]");
    /// assert_eq!(fired.iter().map(|(t, _)| t.id()).collect::<Vec<_>>(), ["filter-boolean-text"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn normalise(&mut self, schema: &ResourceSchema, profile: &Profile, fired: &mut Fired) {
        if profile.allows(Tolerance::FilterBooleanText) {
            booleans(self, schema, fired);
        }
    }

    /// As [`normalise`](Self::normalise), for the filter on the values of one attribute.
    pub(crate) fn normalise_inside(&mut self, attribute: &Attribute, profile: &Profile, fired: &mut Fired) {
        if profile.allows(Tolerance::FilterBooleanText) {
            literals(self, &|path| is_boolean(attribute, path), fired);
        }
    }
}

fn booleans(filter: &mut Filter, schema: &ResourceSchema, fired: &mut Fired) {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => {
            parts.iter_mut().for_each(|part| booleans(part, schema, fired));
        }
        Filter::Not(part) => booleans(part, schema, fired),
        Filter::Element(element) => {
            if let Some(found) = schema.resolve(&element.path) {
                literals(&mut element.filter, &|path| is_boolean(found.attribute, path), fired);
            }
        }
        Filter::Compare(_) | Filter::Present(_) => {
            let kind = |path: &AttrPath| Some(schema.resolve(path)?.leaf().kind);
            literals(filter, &|path| kind(path) == Some(AttributeType::Boolean), fired);
        }
    }
}

/// Whether a path in brackets behind `attribute` is about a boolean.
fn is_boolean(attribute: &Attribute, path: &AttrPath) -> bool {
    attribute.sub(path.name()).is_some_and(|sub| sub.kind == AttributeType::Boolean)
}

fn literals(filter: &mut Filter, boolean: &dyn Fn(&AttrPath) -> bool, fired: &mut Fired) {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => {
            parts.iter_mut().for_each(|part| literals(part, boolean, fired));
        }
        Filter::Not(part) => literals(part, boolean, fired),
        Filter::Compare(comparison) => {
            let Literal::String(text) = &comparison.value else { return };
            let Ok(value) = text.to_ascii_lowercase().parse() else { return };
            if boolean(&comparison.path) {
                comparison.value = Literal::Bool(value);
                fired.record(Tolerance::FilterBooleanText);
            }
        }
        // There is no `[ ]` inside `[ ]`.
        Filter::Element(_) | Filter::Present(_) => {}
    }
}
