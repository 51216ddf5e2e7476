use tenure_scim::filter::{Comparison, Filter, Literal};
use tenure_scim::{AttrName, AttrPath};

use crate::directory::shape::Shape;

/// The same filter with one spelling for each attribute: without the schema that every resource has, and with `value`
/// where a single complex attribute stands for it.
pub(super) fn plain(filter: &Filter, shape: &Shape) -> Filter {
    match filter {
        Filter::And(parts) => Filter::And(parts.iter().map(|part| plain(part, shape)).collect()),
        Filter::Or(parts) => Filter::Or(parts.iter().map(|part| plain(part, shape)).collect()),
        Filter::Not(part) => Filter::Not(Box::new(plain(part, shape))),
        Filter::Present(path) => Filter::Present(shape.bare(path)),
        Filter::Element(element) => Filter::element(shape.bare(&element.path), (*element.filter).clone()),
        Filter::Compare(comparison) => {
            Filter::compare(value_of(comparison, shape), comparison.op, comparison.value.clone())
        }
    }
}

fn value_of(comparison: &Comparison, shape: &Shape) -> AttrPath {
    let path = shape.bare(&comparison.path);
    let stands_for_value = path.sub().is_none()
        && comparison.value != Literal::Null
        && shape.attr(&path).is_some_and(|attribute| attribute.complex && !attribute.multi);
    match AttrName::parse("value") {
        Ok(value) if stands_for_value => path.with_sub(value),
        _ => path,
    }
}
