//! Testing a resource, or one element of it, against a compiled filter.

use super::compile::{Node, Place, Target};
use super::predicate::is_present;
use super::{CompiledFilter, ElementMatcher};
use crate::resource::Resource;
use crate::value::{Found, Lookup, ValueRef};

impl CompiledFilter {
    /// Whether the filter holds for the resource.
    pub fn matches(&self, resource: &Resource) -> bool {
        self.node.holds(Context::Resource(resource))
    }
}

impl ElementMatcher {
    /// Whether the condition holds for the element.
    pub(crate) fn matches(&self, element: ValueRef<'_>) -> bool {
        self.node.holds(Context::Element(element))
    }
}

#[derive(Clone, Copy)]
enum Context<'a> {
    Resource(&'a Resource),
    Element(ValueRef<'a>),
}

impl<'a> Context<'a> {
    fn find(self, place: &Place) -> Option<ValueRef<'a>> {
        match (self, place) {
            (Self::Resource(resource), Place::Open(path)) => resource.get(path),
            // An element of a simple multi-valued attribute is its own `value`.
            (Self::Element(simple), Place::Own(name)) if simple.as_object().is_none() => {
                name.name().eq_ignore_ascii_case("value").then_some(simple)
            }
            _ => self.find_place(place).map(Found::value),
        }
    }

    #[inline]
    fn find_place(self, place: &Place) -> Option<Found<'a>> {
        match (self, place) {
            (Self::Resource(resource), Place::Own(name)) => name.find_place(resource.as_object()),
            (Self::Resource(resource), Place::Extension { schema, name }) => {
                name.find_place(schema.find(resource.as_object())?.as_object()?)
            }
            (Self::Element(ValueRef::Object(object)), Place::Own(name)) => name.find_place(object),
            _ => None,
        }
    }
}

impl Node {
    fn holds(&self, context: Context<'_>) -> bool {
        match self {
            Self::Const(value) => *value,
            Self::And(parts) => parts.iter().all(|p| p.holds(context)),
            Self::Or(parts) => parts.iter().any(|p| p.holds(context)),
            Self::Not(part) => !part.holds(context),
            Self::Any { target, predicate, or_absent: false } if target.sub.is_none() => {
                let Some(found) = context.find_place(&target.place) else {
                    return target.any(context, |value| predicate.test(value));
                };
                if found.ascii_len().is_some_and(|len| predicate.refuses_ascii(len)) {
                    return false;
                }
                each(found.value(), None, &mut |value| predicate.test(value))
            }
            Self::Any { target, predicate, or_absent } => {
                let mut absent = true;
                let found = target.any(context, |value| {
                    absent = false;
                    predicate.test(value)
                });
                found || (*or_absent && absent)
            }
            Self::Absent { target } => !target.any(context, is_present),
            Self::Element { target, node } => match context.find(&target.place) {
                Some(ValueRef::Array(array)) => array.iter().any(|e| node.holds(Context::Element(e))),
                Some(ValueRef::Null) | None => false,
                Some(single) => node.holds(Context::Element(single)),
            },
        }
    }
}

impl Target {
    /// Whether `test` passes for any assigned value here.
    fn any(&self, context: Context<'_>, mut test: impl FnMut(ValueRef<'_>) -> bool) -> bool {
        context.find(&self.place).is_some_and(|value| each(value, self.sub.as_ref(), &mut test))
    }
}

fn each(value: ValueRef<'_>, sub: Option<&Lookup>, test: &mut impl FnMut(ValueRef<'_>) -> bool) -> bool {
    match (value, sub) {
        (ValueRef::Null, _) => false,
        (ValueRef::Array(array), _) => array.iter().any(|element| each(element, sub, test)),
        (ValueRef::Object(object), Some(sub)) => {
            sub.find(object).is_some_and(|value| each(value, None, test))
        }
        (_, Some(_)) => false,
        (value, None) => test(value),
    }
}
