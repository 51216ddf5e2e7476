//! The test of one value, with everything that can be worked out before the value is there.

use std::cmp::Ordering;

use super::pattern::Pattern;
use super::{CompareOp, Literal};
use crate::datetime::Instant;
use crate::precis::Rule;
use crate::value::{Found, NumberRef, ValueRef};

/// What one value must satisfy.
#[derive(Clone, Debug)]
pub(super) enum Predicate {
    Present,
    Text { op: CompareOp, pattern: Pattern },
    Time { op: CompareOp, instant: Instant },
    Number { op: CompareOp, text: Box<str>, whole: Option<i64> },
    Bool { op: CompareOp, value: bool },
}

impl Predicate {
    /// The test that an operator and a literal make when nothing is known of the attribute but its text rule.
    ///
    /// `None` is the literal `null`, which asks for presence and not for a value.
    pub(super) fn open(op: CompareOp, literal: &Literal, rule: Rule) -> Option<Self> {
        Some(match literal {
            Literal::Null => return None,
            Literal::Bool(value) => Self::Bool { op, value: *value },
            Literal::Number(number) => {
                Self::Number { op, text: number.as_str().into(), whole: number.as_i64() }
            }
            Literal::String(text) => match Instant::parse(text) {
                Some(instant) if op.is_ordering() => Self::Time { op, instant },
                _ => Self::text(op, text, rule),
            },
        })
    }

    pub(super) fn text(op: CompareOp, text: &str, rule: Rule) -> Self {
        Self::Text { op, pattern: Pattern::new(text, rule) }
    }

    /// Whether a value of the most common kinds passes: ASCII text, and a boolean.
    #[inline(always)]
    pub(super) fn test_plain(&self, found: Found<'_>) -> Option<bool> {
        match self {
            Self::Text { op, pattern } => Some(pattern.test_ascii(*op, found.ascii()?)),
            Self::Bool { op, value } => Some((found.as_bool()? == *value) == (*op != CompareOp::Ne)),
            _ => None,
        }
    }

    /// Whether a value that is assigned passes.
    pub(super) fn test_found(&self, found: Found<'_>) -> bool {
        self.test_plain(found).unwrap_or_else(|| self.test(found.value()))
    }

    /// Whether a value that is assigned passes; a value of another type is only ever unequal.
    pub(super) fn test(&self, value: ValueRef<'_>) -> bool {
        match (self, value) {
            (Self::Present, value) => is_present(value),
            (Self::Text { op, pattern }, ValueRef::String(text)) => pattern.test(*op, text),
            (Self::Time { op, instant }, ValueRef::String(text)) => {
                holds(*op, Instant::parse(text).and_then(|value| value.compare(*instant)))
            }
            (Self::Number { op, text, whole }, ValueRef::Number(value)) => {
                let order = match (value.as_i64(), whole) {
                    (Some(value), Some(whole)) => value.cmp(whole),
                    _ => value.cmp(&NumberRef::new(text)),
                };
                holds(*op, Some(order))
            }
            (Self::Bool { op, value: wanted }, ValueRef::Bool(value)) => {
                holds(*op, (value == *wanted).then_some(Ordering::Equal))
            }
            (predicate, ValueRef::Object(object)) => match object.get("value") {
                // Without a schema: a complex value stands for its `value`.
                Some(value) if !matches!(value, ValueRef::Object(_)) => predicate.test(value),
                _ => predicate.op() == Some(CompareOp::Ne),
            },
            (predicate, _) => predicate.op() == Some(CompareOp::Ne),
        }
    }

    /// About how much work the test is.
    pub(super) fn cost(&self) -> u32 {
        match self {
            Self::Bool { .. } => 0,
            Self::Present | Self::Text { op: CompareOp::Eq | CompareOp::Ne, .. } => 2,
            Self::Text { op: CompareOp::Co, .. } | Self::Time { .. } => 10,
            Self::Text { .. } | Self::Number { .. } => 4,
        }
    }

    pub(super) fn op(&self) -> Option<CompareOp> {
        match self {
            Self::Present => None,
            Self::Text { op, .. }
            | Self::Time { op, .. }
            | Self::Number { op, .. }
            | Self::Bool { op, .. } => Some(*op),
        }
    }
}

/// Whether a value counts as present (RFC 7644 section 3.4.2.2, `pr`): not null, not empty.
pub(super) fn is_present(value: ValueRef<'_>) -> bool {
    match value {
        ValueRef::String(text) => !text.is_empty(),
        ValueRef::Array(array) => array.iter().any(is_present),
        ValueRef::Object(object) => object.iter().any(|(_, v)| is_present(v)),
        other => other.is_assigned(),
    }
}

pub(super) fn holds(op: CompareOp, order: Option<Ordering>) -> bool {
    match op {
        CompareOp::Eq => order == Some(Ordering::Equal),
        CompareOp::Ne => order != Some(Ordering::Equal),
        CompareOp::Gt => order == Some(Ordering::Greater),
        CompareOp::Ge => order.is_some_and(Ordering::is_ge),
        CompareOp::Lt => order == Some(Ordering::Less),
        CompareOp::Le => order.is_some_and(Ordering::is_le),
        CompareOp::Co | CompareOp::Sw | CompareOp::Ew => false,
    }
}
