use tenure_scim::filter::{Comparison, Filter, Literal};
use tenure_scim::{AttrName, AttrPath};

use crate::directory::shape::Shape;

/// The same filter with one spelling for each attribute: without the schema that every resource has, and with `value`
/// where a complex attribute stands for it or many simple values are asked for their presence.
pub(super) fn plain(filter: &Filter, shape: &Shape) -> Filter {
    match filter {
        Filter::And(parts) => Filter::And(parts.iter().map(|part| plain(part, shape)).collect()),
        Filter::Or(parts) => Filter::Or(parts.iter().map(|part| plain(part, shape)).collect()),
        Filter::Not(part) => Filter::Not(Box::new(plain(part, shape))),
        Filter::Present(path) => Filter::Present(present(path, shape)),
        Filter::Element(element) => Filter::element(shape.bare(&element.path), (*element.filter).clone()),
        Filter::Compare(comparison) => {
            Filter::compare(value_of(comparison, shape), comparison.op, comparison.value.clone())
        }
    }
}

fn value_of(comparison: &Comparison, shape: &Shape) -> AttrPath {
    if comparison.value == Literal::Null {
        return present(&comparison.path, shape);
    }
    let path = shape.bare(&comparison.path);
    match shape.attr(&path) {
        Some(attribute) if attribute.complex && !attribute.multi => with_value(path),
        _ => path,
    }
}

/// An array of empty texts is there, but nothing in it is present.
fn present(path: &AttrPath, shape: &Shape) -> AttrPath {
    let path = shape.bare(path);
    match shape.attr(&path) {
        Some(attribute) if attribute.multi && !attribute.complex => with_value(path),
        _ => path,
    }
}

fn with_value(path: AttrPath) -> AttrPath {
    match AttrName::parse("value") {
        Ok(value) if path.sub().is_none() => path.with_sub(value),
        _ => path,
    }
}
