//! What a schema allows a filter to ask.

use super::predicate::Predicate;
use super::{CompareOp, FilterError, Literal};
use crate::datetime::Instant;
use crate::path::AttrPath;
use crate::precis::Rule;
use crate::schema::{Attribute, AttributeType, Resolved};

/// How the texts of an attribute are compared.
pub(crate) fn rule_of(resolved: &Resolved<'_>) -> Rule {
    let leaf = resolved.leaf();
    if leaf.is_case_exact() {
        Rule::Exact
    } else if resolved.extension.is_none() && resolved.sub.is_none() && leaf.name == "userName" {
        // SPEC: RFC 7644 section 7.8: user names are compared by PRECIS.
        Rule::UserName
    } else {
        Rule::Fold
    }
}

/// The test of one value of `attribute`; `None` is the literal `null`.
pub(super) fn predicate(
    path: &AttrPath,
    attribute: &Attribute,
    rule: Rule,
    op: CompareOp,
    literal: &Literal,
) -> Result<Option<Predicate>, FilterError> {
    let kind = attribute.kind;
    if op.is_ordering() && !attribute.is_ordered() {
        // SPEC: RFC 7644 section 3.4.2.2: ordering booleans or binary values is an invalid filter.
        return Err(FilterError::new(
            format!("`eq`, `ne` or `pr` for `{path}`, which is {}", name(kind)),
            format!("`{}`", op.as_str()),
        ));
    }
    if op.is_substring()
        && matches!(kind, AttributeType::Boolean | AttributeType::Integer | AttributeType::Decimal)
    {
        return Err(FilterError::new(
            format!("a comparison of whole values for `{path}`, which is {}", name(kind)),
            format!("`{}`", op.as_str()),
        ));
    }
    if *literal == Literal::Null {
        return match op {
            CompareOp::Eq | CompareOp::Ne => Ok(None),
            _ => Err(FilterError::new("`eq` or `ne` before `null`", format!("`{}`", op.as_str()))),
        };
    }
    let wrong = || FilterError::new(format!("{} for `{path}`", name(kind)), format!("`{literal}`"));
    Ok(Some(match (kind, literal) {
        (AttributeType::Boolean, Literal::Bool(value)) => Predicate::Bool { op, value: *value },
        (AttributeType::Boolean, Literal::String(text)) if is_bool(text) => {
            return Err(wrong().with_help("booleans stand without quotes"));
        }
        (AttributeType::Integer | AttributeType::Decimal, Literal::Number(number)) => {
            Predicate::Number { op, text: number.as_str().into(), whole: number.as_i64() }
        }
        (AttributeType::DateTime, Literal::String(text)) if op.is_substring() => {
            Predicate::text(op, text, Rule::Exact)
        }
        (AttributeType::DateTime, Literal::String(text)) => match Instant::parse(text) {
            Some(instant) => Predicate::Time { op, instant },
            None => return Err(wrong().with_help("a date and time looks like `\"2026-01-31T00:00:00Z\"`")),
        },
        (AttributeType::String | AttributeType::Reference | AttributeType::Binary, Literal::String(text)) => {
            Predicate::text(op, text, rule)
        }
        (AttributeType::String | AttributeType::Reference, _) => {
            return Err(wrong().with_help("text stands in double quotes"));
        }
        _ => return Err(wrong()),
    }))
}

fn is_bool(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

/// The type as it stands in a message.
pub(crate) fn name(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::String => "a string",
        AttributeType::Boolean => "a boolean",
        AttributeType::Decimal => "a decimal",
        AttributeType::Integer => "an integer",
        AttributeType::DateTime => "a date and time",
        AttributeType::Binary => "binary",
        AttributeType::Reference => "a reference",
        AttributeType::Complex => "complex",
    }
}
