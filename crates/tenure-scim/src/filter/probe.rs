//! What the digest of a resource can say of a comparison, before the resource itself is looked at.

use super::predicate::Predicate;
use super::term::{Place, Target};
use super::{CompareOp, Comparison, Filter, Literal};
use crate::arena::{Part, Probe};

/// For a comparison with what is at one place of the resource.
pub(super) fn of_comparison(c: &Comparison, target: &Target, predicate: &Predicate) -> Option<Probe> {
    let (place, sub) = (&target.place, target.sub.as_ref());
    if let (Predicate::Bool { op: CompareOp::Eq, value }, Place::Own(name), None) = (predicate, place, sub) {
        return Probe::flag(name.name(), *value);
    }
    let (part, text) = text_of(c, predicate)?;
    match (place, sub) {
        (Place::Own(name), None) => Probe::text(None, name.name(), part, text),
        (Place::Own(list), Some(sub)) => Probe::of_list(list.name(), sub.name(), None, part, text),
        (Place::Extension { schema, name }, None) => {
            Probe::text(Some(schema.name()), name.name(), part, text)
        }
        _ => None,
    }
}

/// For a condition on an element: what some element must have, best together with its type.
///
/// `predicate` is what a comparison in the condition comes to.
pub(super) fn of_element(
    condition: &Filter,
    place: &Place,
    predicate: impl Fn(&Filter) -> Option<Predicate>,
) -> Option<Probe> {
    let Place::Own(list) = place else { return None };
    let mut wanted = Vec::new();
    collect(condition, &predicate, &mut wanted);
    let kind = wanted.iter().find(|w| w.sub.eq_ignore_ascii_case("type") && w.part == Part::Whole);
    let kind = kind.map(|w| w.text);
    wanted.iter().find_map(|w| Probe::of_list(list.name(), w.sub, kind, w.part, w.text))
}

/// A text that a sub-attribute must have.
struct Wanted<'a> {
    sub: &'a str,
    part: Part,
    text: &'a str,
}

fn collect<'a>(
    condition: &'a Filter,
    predicate: &impl Fn(&Filter) -> Option<Predicate>,
    wanted: &mut Vec<Wanted<'a>>,
) {
    match condition {
        Filter::And(parts) => parts.iter().for_each(|part| collect(part, predicate, wanted)),
        Filter::Compare(c) if c.path.sub().is_none() => {
            let found = predicate(condition).and_then(|predicate| text_of(c, &predicate));
            wanted.extend(found.map(|(part, text)| Wanted { sub: c.path.name().as_str(), part, text }));
        }
        _ => {}
    }
}

/// The text, or the part of one, without which a comparison does not hold.
fn text_of<'a>(c: &'a Comparison, predicate: &Predicate) -> Option<(Part, &'a str)> {
    let (Literal::String(text), Predicate::Text { op, .. }) = (&c.value, predicate) else { return None };
    let part = match op {
        CompareOp::Eq => Part::Whole,
        CompareOp::Sw => Part::Start,
        CompareOp::Ew => Part::End,
        _ => return None,
    };
    Some((part, text))
}
