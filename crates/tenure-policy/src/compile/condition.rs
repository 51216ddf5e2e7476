//! Conditions: parsed, checked against the identity schema, compiled, and kept in the parts that must all hold.

use tenure_scim::{AttrPath, CompiledFilter, Filter, Resource};

use super::Compiler;
use crate::document::Condition;
use crate::error::PolicyError;
use crate::read::did_you_mean;

/// A compiled condition.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    pub(crate) whole: CompiledFilter,
    /// With bare extension attributes qualified.
    pub(crate) filter: Filter,
    /// True when it names an attribute that the identity schema has not.
    pub(crate) open: bool,
}

impl Compiled {
    pub(crate) fn holds(&self, identity: &Resource) -> bool {
        self.whole.matches(identity)
    }

    /// The parts that must all hold; one part where the condition is not a conjunction.
    pub(crate) fn parts(&self) -> &[Filter] {
        match &self.filter {
            Filter::And(parts) => parts,
            other => std::slice::from_ref(other),
        }
    }
}

/// Conditions that must all hold, by index into the policy's conditions.
pub(crate) type Conditions = Box<[u32]>;

impl Compiler<'_> {
    /// Compiles a condition, or reports why it cannot be.
    pub(crate) fn condition(&mut self, path: &str, condition: &Condition) -> Option<Compiled> {
        let text = condition.as_str();
        let parsed = match Filter::parse(text) {
            Ok(filter) => filter,
            Err(error) => {
                let place =
                    error.span().map(|span| column(text, span.start)).map(|at| format!(" at character {at}"));
                let message = format!("not a condition: {error}{}", place.unwrap_or_default());
                self.error(PolicyError::new(path, message).with_hint(error.help().map(str::to_owned)));
                return None;
            }
        };
        let filter = parsed.qualified(self.schema);
        let mut paths = Vec::new();
        collect_paths(&filter, None, &mut paths);
        let unknown: Vec<&AttrPath> =
            paths.iter().filter(|path| self.schema.resolve(path).is_none() && !self.is_extra(path)).collect();
        for attribute in &unknown {
            let names = attribute_names(self.schema, &self.extra);
            let hint = did_you_mean(&attribute.to_string(), names.iter().map(String::as_str))
                .or_else(|| did_you_mean(attribute.name().as_str(), names.iter().map(String::as_str)));
            let message = format!(
                "unknown attribute `{attribute}`: expected an attribute of the SCIM User, its extensions or `identity_attributes`"
            );
            self.error(PolicyError::new(path, message).with_hint(hint));
        }
        if !unknown.is_empty() {
            return None;
        }
        let own = paths.iter().any(|path| self.schema.resolve(path).is_none());
        let whole = if own { Ok(filter.compile_open()) } else { filter.compile(self.schema) };
        match whole {
            Ok(whole) => Some(Compiled { whole, filter, open: own }),
            Err(error) => {
                let help = error.help().map(str::to_owned);
                self.error(PolicyError::new(path, format!("not a condition: {error}")).with_hint(help));
                None
            }
        }
    }

    fn is_extra(&self, path: &AttrPath) -> bool {
        self.extra.contains(path) || self.extra.contains(&path.parent())
    }

    /// Reports an attribute of the identity that is not known.
    pub(crate) fn check_attribute(&mut self, path: &str, attribute: &AttrPath) -> Option<AttrPath> {
        let qualified = qualify(attribute, self.schema);
        if self.schema.resolve(&qualified).is_some() || self.is_extra(attribute) {
            return Some(qualified);
        }
        let names = attribute_names(self.schema, &self.extra);
        let hint = did_you_mean(&attribute.to_string(), names.iter().map(String::as_str));
        let message = format!(
            "unknown attribute `{attribute}`: expected an attribute of the SCIM User, its extensions or `identity_attributes`"
        );
        self.error(PolicyError::new(path, message).with_hint(hint));
        None
    }
}

/// A bare name that only an extension has, with that extension.
pub(crate) fn qualify(path: &AttrPath, schema: &tenure_scim::ResourceSchema) -> AttrPath {
    match Filter::present(path.clone()).qualified(schema) {
        Filter::Present(qualified) => qualified,
        _ => path.clone(),
    }
}

fn column(text: &str, byte: usize) -> usize {
    text.get(..byte).map_or(0, |before| before.chars().count()) + 1
}

/// Every attribute a filter names, with the path of the value it is inside of.
pub(crate) fn collect_paths(filter: &Filter, inside: Option<&AttrPath>, out: &mut Vec<AttrPath>) {
    let full = |path: &AttrPath| match inside {
        Some(outer) => outer.with_sub(path.name().clone()),
        None => path.clone(),
    };
    match filter {
        Filter::And(parts) | Filter::Or(parts) => {
            parts.iter().for_each(|part| collect_paths(part, inside, out))
        }
        Filter::Not(part) => collect_paths(part, inside, out),
        Filter::Compare(comparison) => out.push(full(&comparison.path)),
        Filter::Present(path) => out.push(full(path)),
        Filter::Element(element) => collect_paths(&element.filter, Some(&element.path), out),
    }
}

fn attribute_names(
    schema: &tenure_scim::ResourceSchema,
    extra: &std::collections::BTreeSet<AttrPath>,
) -> Vec<String> {
    let mut names = Vec::new();
    let extensions = schema.extensions().flat_map(|(extension, _)| &extension.attributes);
    for attribute in schema.attributes().iter().chain(extensions) {
        names.push(attribute.name.to_string());
        names.extend(attribute.sub_attributes.iter().map(|sub| format!("{}.{}", attribute.name, sub.name)));
    }
    names.extend(extra.iter().map(ToString::to_string));
    names
}
