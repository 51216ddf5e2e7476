//! Testing a resource, or one element of it, against a compiled filter.

use super::compile::{Node, Place, Target};
use super::predicate::is_present;
use super::trail::Trail;
use super::{CompiledFilter, ElementMatcher};
use crate::arena::Probe;
use crate::resource::Resource;
use crate::value::{Found, Lookup};

impl CompiledFilter {
    /// Whether the filter holds for the resource.
    ///
    /// For many resources in a row [`select`](Self::select) is faster.
    pub fn matches(&self, resource: &Resource) -> bool {
        self.node.holds(Context::Resource(resource))
    }
}

impl ElementMatcher {
    /// Whether the condition holds for the element.
    pub(crate) fn matches(&self, element: Found<'_>) -> bool {
        self.node.holds(Context::Element(element))
    }
}

/// What a filter, or the condition inside a `[ ]`, is tested against.
#[derive(Clone, Copy)]
pub(super) enum Context<'a> {
    Resource(&'a Resource),
    Element(Found<'a>),
}

impl<'a> Context<'a> {
    /// Whether it is certain, from afar, that the value looked for is not there.
    #[inline]
    fn lacks(self, probe: Option<Probe>) -> bool {
        match (self, probe) {
            (Self::Resource(resource), Some(probe)) => !resource.may_have(probe),
            _ => false,
        }
    }

    #[inline]
    pub(super) fn find(self, place: &Place) -> Option<Found<'a>> {
        match (self, place) {
            (Self::Resource(resource), Place::Own(name)) => name.find(resource.as_object()),
            (Self::Resource(resource), Place::Extension { schema, name }) => {
                name.find(schema.find(resource.as_object())?.as_object()?)
            }
            (Self::Resource(resource), Place::Open(path)) => resource.find(path),
            (Self::Element(element), Place::Own(name)) => match element.as_object() {
                Some(object) => name.find(object),
                // An element of a simple multi-valued attribute is its own `value`.
                None => name.name().eq_ignore_ascii_case("value").then_some(element),
            },
            (Self::Element(_), _) => None,
        }
    }
}

impl<'a> Context<'a> {
    /// As `find`; what the value consists of is read ahead in a resource.
    #[inline]
    fn find_along(self, trail: &Trail, place: &Place) -> Option<Found<'a>> {
        let Self::Resource(resource) = self else { return self.find(place) };
        trail.follow(resource);
        let found = self.find(place);
        if let Some(found) = found {
            trail.mark(found);
        }
        found
    }
}

impl Node {
    pub(super) fn holds(&self, context: Context<'_>) -> bool {
        match self {
            Self::Const(value) => *value,
            Self::And(parts) => {
                if let Context::Resource(resource) = context {
                    if parts.iter().any(|part| part.is_denied(resource)) {
                        return false;
                    }
                    parts.iter().for_each(|part| part.follow(resource));
                }
                parts.iter().all(|part| part.holds(context))
            }
            Self::Or(parts) => parts.iter().any(|p| p.holds(context)),
            Self::Not(part) => !part.holds(context),
            Self::Any { target, probe, trail, .. } => {
                !context.lacks(*probe) && self.holds_at(context.find_along(trail, &target.place))
            }
            Self::Absent { target } => self.holds_at(context.find(&target.place)),
            Self::Element { probe, .. } if context.lacks(*probe) => false,
            Self::Element { target, node, trail, .. } => match context.find_along(trail, &target.place) {
                None => false,
                Some(found) => node.holds_for_element(found),
            },
        }
    }

    /// Reads ahead what the test of a resource is going to look at.
    #[inline]
    fn follow(&self, resource: &Resource) {
        match self {
            Self::Any { trail, .. } | Self::Element { trail, .. } => trail.follow(resource),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.follow(resource)),
            Self::Not(part) => part.follow(resource),
            Self::Const(_) | Self::Absent { .. } => {}
        }
    }

    /// Whether it is certain, from afar, that the condition does not hold.
    #[inline]
    fn is_denied(&self, resource: &Resource) -> bool {
        match self {
            Self::Any { probe, .. } | Self::Element { probe, .. } => {
                probe.is_some_and(|probe| !resource.may_have(probe))
            }
            Self::Or(parts) => parts.iter().all(|part| part.is_denied(resource)),
            Self::And(parts) => parts.iter().any(|part| part.is_denied(resource)),
            Self::Const(value) => !value,
            Self::Not(_) | Self::Absent { .. } => false,
        }
    }

    /// Whether the condition holds for an element of what was found; a single value is one element.
    pub(super) fn holds_for_element(&self, found: Found<'_>) -> bool {
        match found.elements() {
            Some(mut elements) => elements.any(|element| self.holds(Context::Element(element))),
            None => !found.is_null() && self.holds(Context::Element(found)),
        }
    }

    /// Whether a test of values holds, given what is at the place that it looks at.
    #[inline]
    pub(super) fn holds_at(&self, found: Option<Found<'_>>) -> bool {
        match self {
            Self::Any { target, predicate, or_absent: false, .. } => found.is_some_and(|found| {
                !(target.sub.is_none() && predicate.refuses(found))
                    && target.any(found, |value| predicate.test_found(value))
            }),
            Self::Any { target, predicate, or_absent: true, .. } => {
                let mut absent = true;
                let passes = found.is_some_and(|found| {
                    target.any(found, |value| {
                        absent = false;
                        predicate.test_found(value)
                    })
                });
                passes || absent
            }
            Self::Absent { target } => {
                !found.is_some_and(|found| target.any(found, |value| is_present(value.value())))
            }
            _ => false,
        }
    }
}

impl Target {
    /// Whether `test` passes for any value that is assigned here.
    #[inline]
    fn any(&self, found: Found<'_>, mut test: impl FnMut(Found<'_>) -> bool) -> bool {
        each(found, self.sub.as_ref(), &mut test)
    }
}

fn each(found: Found<'_>, sub: Option<&Lookup>, test: &mut impl FnMut(Found<'_>) -> bool) -> bool {
    if let Some(mut elements) = found.elements() {
        return elements.any(|element| each(element, sub, test));
    }
    match sub {
        _ if found.is_null() => false,
        None => test(found),
        Some(sub) => found.as_object().and_then(|o| sub.find(o)).is_some_and(|value| each(value, None, test)),
    }
}
