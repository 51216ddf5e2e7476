//! Conditions: parsed, checked against the identity schema, compiled, and kept in the parts that must all hold.

use std::fmt::Display;
use std::sync::OnceLock;

use tenure_scim::{AttrPath, CompiledFilter, Filter, Resource, ResourceSchema};

use super::Compiler;
use crate::document::Condition;
use crate::error::PolicyError;
use crate::read::did_you_mean;

/// A condition that has been checked. It is made ready to run when it is first tried: most are only ever tried in parts.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    whole: OnceLock<Box<CompiledFilter>>,
    /// With bare extension attributes qualified.
    pub(crate) filter: Filter,
    /// True when it names an attribute that the identity schema has not.
    pub(crate) open: bool,
    schema: &'static ResourceSchema,
}

impl Compiled {
    pub(crate) fn holds(&self, identity: &Resource) -> bool {
        self.whole.get_or_init(|| self.compile()).matches(identity)
    }

    fn compile(&self) -> Box<CompiledFilter> {
        Box::new(match self.filter.compile(self.schema) {
            Ok(whole) if !self.open => whole,
            _ => self.filter.compile_open(),
        })
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
    /// Parses a condition, or reports why it cannot be.
    pub(crate) fn condition(&mut self, path: &dyn Display, condition: &Condition) -> Option<Filter> {
        let text = condition.as_str();
        match Filter::parse(text) {
            Ok(filter) => Some(filter),
            Err(error) => {
                let place =
                    error.span().map(|span| column(text, span.start)).map(|at| format!(" at character {at}"));
                let message = format!("not a condition: {error}{}", place.unwrap_or_default());
                let error =
                    PolicyError::new(path.to_string(), message).with_hint(error.help().map(str::to_owned));
                self.error(error);
                None
            }
        }
    }

    /// Checks a condition, keeps it in the policy's list and returns its index; or reports what is wrong with it.
    pub(crate) fn keep(&mut self, path: &dyn Display, mut filter: Filter) -> Option<u32> {
        let mut whole = OnceLock::new();
        let mut open = false;
        if !self.paths.settle(&mut filter, self.schema) {
            open = self.check_paths(path, &filter)?;
            let compiled = if open { Ok(filter.compile_open()) } else { filter.compile(self.schema) };
            match compiled {
                Ok(compiled) => whole = OnceLock::from(Box::new(compiled)),
                Err(error) => {
                    let help = error.help().map(str::to_owned);
                    let message = format!("not a condition: {error}");
                    self.error(PolicyError::new(path.to_string(), message).with_hint(help));
                    return None;
                }
            }
        }
        let index = u32::try_from(self.conditions.len()).ok()?;
        self.conditions.push(Compiled { whole, filter, open, schema: self.schema });
        Some(index)
    }

    /// Reports attributes that are not known; true when the policy itself declares one of them.
    fn check_paths(&mut self, path: &dyn Display, filter: &Filter) -> Option<bool> {
        let mut paths = Vec::new();
        collect_paths(filter, None, &mut paths);
        paths.retain(|path| self.schema.resolve(path).is_none());
        let own = !paths.is_empty();
        paths.retain(|path| !self.is_extra(path));
        for attribute in &paths {
            let names = attribute_names(self.schema, &self.extra);
            let hint = did_you_mean(&attribute.to_string(), names.iter().map(String::as_str))
                .or_else(|| did_you_mean(attribute.name().as_str(), names.iter().map(String::as_str)));
            let message = format!(
                "unknown attribute `{attribute}`: expected an attribute of the SCIM User, its extensions or `identity_attributes`"
            );
            self.error(PolicyError::new(path.to_string(), message).with_hint(hint));
        }
        paths.is_empty().then_some(own)
    }

    fn is_extra(&self, path: &AttrPath) -> bool {
        self.extra.contains(path) || self.extra.contains(&path.parent())
    }

    /// Reports an attribute of the identity that is not known.
    pub(crate) fn check_attribute(&mut self, path: &dyn Display, attribute: &AttrPath) -> Option<AttrPath> {
        let qualified = qualify(attribute, self.schema);
        if self.schema.resolve(&qualified).is_some() || self.is_extra(attribute) {
            return Some(qualified);
        }
        let names = attribute_names(self.schema, &self.extra);
        let hint = did_you_mean(&attribute.to_string(), names.iter().map(String::as_str));
        let message = format!(
            "unknown attribute `{attribute}`: expected an attribute of the SCIM User, its extensions or `identity_attributes`"
        );
        self.error(PolicyError::new(path.to_string(), message).with_hint(hint));
        None
    }
}

/// A bare name that only an extension has, with that extension.
pub(crate) fn qualify(path: &AttrPath, schema: &ResourceSchema) -> AttrPath {
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

fn attribute_names(schema: &ResourceSchema, extra: &std::collections::BTreeSet<AttrPath>) -> Vec<String> {
    let mut names = Vec::new();
    let extensions = schema.extensions().flat_map(|(extension, _)| &extension.attributes);
    for attribute in schema.attributes().iter().chain(extensions) {
        names.push(attribute.name.to_string());
        names.extend(attribute.sub_attributes.iter().map(|sub| format!("{}.{}", attribute.name, sub.name)));
    }
    names.extend(extra.iter().map(ToString::to_string));
    names
}
