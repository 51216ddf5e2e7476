//! One question about the values at one place, and its answer for a resource or for one element.

use super::predicate::{Predicate, is_present};
use super::program::Program;
use super::trail::Trail;
use crate::arena::{Answer, Probe};
use crate::path::AttrPath;
use crate::resource::Resource;
use crate::value::{Found, Lookup};

#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) target: Target,
    pub(super) asks: Asks,
    /// What tells from afar that the answer is no, or what it is.
    pub(super) probe: Option<Probe>,
    /// Where to read ahead, unless another term does.
    pub(super) trail: Option<Trail>,
}

#[derive(Clone, Debug)]
pub(super) enum Asks {
    /// Whether some value passes; with `or_absent`, also when there is no value.
    Any { predicate: Predicate, or_absent: bool },
    /// Whether no value is assigned.
    Absent,
    /// Whether a condition holds for some element.
    Element(Program<Term>),
}

/// Where in a resource, or in an element, the values are.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) place: Place,
    /// The sub-attribute to step into; a complex value without one stands for its `value`.
    pub(super) sub: Option<Lookup>,
}

// A tag of its own is compared faster than one in a niche.
#[repr(u8)]
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// A top-level attribute of the resource, or a sub-attribute of the element.
    Own(Lookup),
    /// An attribute of an extension.
    Extension { schema: Lookup, name: Lookup },
    /// Decided by each resource, where no schema is known.
    Open(AttrPath),
}

impl Term {
    pub(super) fn new(target: Target, asks: Asks) -> Self {
        Self { target, asks, probe: None, trail: None }
    }

    /// Whether the resource meets it.
    #[inline(always)]
    pub(super) fn holds_for(&self, resource: &Resource) -> bool {
        match self.probe.as_ref().map_or(Answer::Perhaps, |probe| resource.ask(probe)) {
            Answer::Perhaps => {}
            answer => return answer == Answer::Yes,
        }
        let Some((text, passes)) = self.test_text(resource.as_found()) else { return self.looks(resource) };
        if let Some(trail) = &self.trail {
            trail.mark(text);
        }
        passes
    }

    /// As `holds_for`, with nothing known beforehand.
    #[inline(never)]
    fn looks(&self, resource: &Resource) -> bool {
        let found = self.target.place.find(resource);
        if let (Some(trail), Some(found)) = (&self.trail, found) {
            trail.mark(found);
        }
        match &self.asks {
            Asks::Element(condition) => found.is_some_and(|found| holds_for_some(condition, found)),
            _ => self.holds_at(found),
        }
    }

    /// Whether the element meets it.
    #[inline(always)]
    pub(super) fn holds_in(&self, element: Found<'_>) -> bool {
        match element.object().and_then(|object| self.test_text(object)) {
            Some((_, passes)) => passes,
            None => self.holds_in_any(element),
        }
    }

    /// What most terms ask of most objects: the text that is tested, and whether it passes.
    #[inline(always)]
    fn test_text<'a>(&self, object: Found<'a>) -> Option<(Found<'a>, bool)> {
        let Asks::Any { predicate: Predicate::Text { op, pattern }, .. } = &self.asks else { return None };
        let Target { place: Place::Own(name), sub: None } = &self.target else { return None };
        let text = name.find_text(object)?;
        Some((text, pattern.test_ascii(*op, text.ascii_of_text()?)))
    }

    #[inline(never)]
    fn holds_in_any(&self, element: Found<'_>) -> bool {
        let Place::Own(name) = &self.target.place else { return self.holds_at(None) };
        self.holds_at(match element.object() {
            Some(object) => name.find(object),
            // An element of a simple multi-valued attribute is its own `value`.
            None => name.name().eq_ignore_ascii_case("value").then_some(element),
        })
    }

    /// Reads a little of what the test of a resource is going to look at.
    #[inline(always)]
    pub(super) fn touch(&self, resource: &Resource) -> u32 {
        self.trail.as_ref().map_or(0, |trail| trail.touch(resource, &self.target.place))
    }

    /// The answer, given what is at the place.
    #[inline(always)]
    fn holds_at(&self, found: Option<Found<'_>>) -> bool {
        match &self.asks {
            Asks::Any { predicate, or_absent } => {
                let Some(found) = found else { return *or_absent };
                match predicate.test_plain(found) {
                    Some(passes) if self.target.sub.is_none() => passes,
                    _ => self.holds_for_any(found, predicate, *or_absent),
                }
            }
            Asks::Absent => self.is_absent(found),
            Asks::Element(condition) => found.is_some_and(|found| holds_for_some(condition, found)),
        }
    }

    #[inline(never)]
    fn is_absent(&self, found: Option<Found<'_>>) -> bool {
        !found.is_some_and(|found| self.target.any(found, |value| is_present(value.value())))
    }

    #[inline(never)]
    fn holds_for_any(&self, found: Found<'_>, predicate: &Predicate, or_absent: bool) -> bool {
        let mut absent = true;
        let passes = self.target.any(found, |value| {
            absent = false;
            predicate.test_found(value)
        });
        passes || (absent && or_absent)
    }

    /// About how much work the answer is.
    pub(super) fn cost(&self) -> u32 {
        self.target.cost()
            + match &self.asks {
                Asks::Any { predicate, .. } => predicate.cost(),
                Asks::Absent => 0,
                Asks::Element(condition) => 2 * condition.terms().map(Self::cost).sum::<u32>(),
            }
    }
}

/// Whether the condition holds for an element of what was found; a single value is one element.
#[inline]
fn holds_for_some(condition: &Program<Term>, found: Found<'_>) -> bool {
    let Some(elements) = found.elements() else {
        return !found.is_null() && holds_for_element(condition, found);
    };
    for element in elements {
        if holds_for_element(condition, element) {
            return true;
        }
    }
    false
}

/// Whether the condition holds for one element.
#[inline(never)]
pub(super) fn holds_for_element(condition: &Program<Term>, element: Found<'_>) -> bool {
    condition.holds(|term| term.holds_in(element))
}

impl Place {
    #[inline(always)]
    fn find<'a>(&self, resource: &'a Resource) -> Option<Found<'a>> {
        match self {
            Self::Own(name) => name.find(resource.as_found()),
            Self::Extension { schema, name } => name.find(schema.find(resource.as_found())?.object()?),
            Self::Open(path) => resource.find(path),
        }
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Own(a), Self::Own(b)) => a.name().eq_ignore_ascii_case(b.name()),
            (Self::Extension { schema: s, name: a }, Self::Extension { schema: t, name: b }) => {
                s.name().eq_ignore_ascii_case(t.name()) && a.name().eq_ignore_ascii_case(b.name())
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

    fn cost(&self) -> u32 {
        let place = match self.place {
            Place::Own(_) => 2,
            Place::Extension { .. } => 4,
            Place::Open(_) => 10,
        };
        if self.sub.is_some() { place + 4 } else { place }
    }
}

fn each(found: Found<'_>, sub: Option<&Lookup>, test: &mut impl FnMut(Found<'_>) -> bool) -> bool {
    if let Some(mut elements) = found.elements() {
        return elements.any(|element| each(element, sub, test));
    }
    match sub {
        _ if found.is_null() => false,
        None => test(found),
        Some(sub) => found.object().and_then(|o| sub.find(o)).is_some_and(|value| each(value, None, test)),
    }
}
