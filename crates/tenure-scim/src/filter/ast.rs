//! The filter tree and its constructors.

use std::str::FromStr;

use super::{FilterError, FilterLimits, Number, parser};
use crate::name::AttrName;
use crate::path::AttrPath;
use crate::profile::{Fired, Profile, restrict};

/// A condition on a resource.
///
/// # Examples
///
/// ```
/// use tenure_scim::Filter;
///
/// let filter = Filter::parse(r#"userType EQ "Employee" and (emails co "example.com" or title pr)"#)?;
/// assert_eq!(filter.to_string(), r#"userType eq "Employee" and (emails co "example.com" or title pr)"#);
/// # Ok::<(), tenure_scim::FilterError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Every part holds; true when there is none.
    And(Vec<Filter>),
    /// At least one part holds; false when there is none.
    Or(Vec<Filter>),
    /// The part does not hold.
    Not(Box<Filter>),
    /// `path op value`
    Compare(Comparison),
    /// `path pr`: the attribute has a non-empty value.
    Present(AttrPath),
    /// `path[filter]`: one value of a multi-valued attribute meets the whole filter.
    Element(ElementFilter),
}

/// `path op value`: true when any value at `path` compares so.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The attribute; inside `[ ]` a sub-attribute of the value.
    pub path: AttrPath,
    /// The operator.
    pub op: CompareOp,
    /// What is compared with.
    pub value: Literal,
}

/// `path[filter]`: one and the same value of `path` meets `filter`.
#[derive(Clone, Debug, PartialEq)]
pub struct ElementFilter {
    /// The multi-valued attribute.
    pub path: AttrPath,
    /// The condition; its paths name sub-attributes of the value.
    pub filter: Box<Filter>,
}

/// A comparison operator. `pr` is [`Filter::Present`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// `eq`: equal
    Eq,
    /// `ne`: not equal
    Ne,
    /// `co`: contains
    Co,
    /// `sw`: starts with
    Sw,
    /// `ew`: ends with
    Ew,
    /// `gt`: greater than
    Gt,
    /// `ge`: greater than or equal
    Ge,
    /// `lt`: less than
    Lt,
    /// `le`: less than or equal
    Le,
}

/// The right side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A JSON number, with all its digits.
    Number(Number),
    /// A JSON string, without quotes and escapes.
    String(String),
}

impl Filter {
    /// Parses a filter strictly, within the default limits.
    ///
    /// # Errors
    ///
    /// [`FilterError`] with the span of the text at fault, when the text is not a filter or is over a limit.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        Self::parse_with(text, &FilterLimits::default(), &Profile::strict(), &mut Fired::default())
    }

    /// Parses a filter within `limits`, with the tolerances of `profile`; those that were needed go to `fired`.
    ///
    /// # Errors
    ///
    /// As [`Filter::parse`].
    pub fn parse_with(
        text: &str,
        limits: &FilterLimits,
        profile: &Profile,
        fired: &mut Fired,
    ) -> Result<Self, FilterError> {
        let filter = parser::filter(text, limits, profile, fired)?;
        restrict::filter(&filter, profile).map_err(|e| e.in_text(text))?;
        Ok(filter)
    }

    /// All of `parts`; parts that are conjunctions themselves are merged in.
    pub fn and(parts: impl IntoIterator<Item = Filter>) -> Self {
        let parts = parts.into_iter();
        let mut flat = Vec::with_capacity(parts.size_hint().0);
        for part in parts {
            match part {
                Self::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        only_or(flat, Self::And)
    }

    /// Any of `parts`; parts that are disjunctions themselves are merged in.
    pub fn or(parts: impl IntoIterator<Item = Filter>) -> Self {
        let parts = parts.into_iter();
        let mut flat = Vec::with_capacity(parts.size_hint().0);
        for part in parts {
            match part {
                Self::Or(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        only_or(flat, Self::Or)
    }

    /// The opposite of `filter`.
    #[expect(clippy::should_implement_trait, reason = "beside `and` and `or`, which are no operators either")]
    pub fn not(filter: Filter) -> Self {
        Self::Not(Box::new(filter))
    }

    /// `path op value`; the safe way to put user input into a filter.
    ///
    /// ```
    /// use tenure_scim::{CompareOp, Filter};
    ///
    /// let filter = Filter::compare("displayName".parse()?, CompareOp::Eq, r#"a" or id pr"#);
    /// assert_eq!(filter.to_string(), r#"displayName eq "a\" or id pr""#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn compare(path: AttrPath, op: CompareOp, value: impl Into<Literal>) -> Self {
        Self::Compare(Comparison { path, op, value: value.into() })
    }

    /// `path pr`
    pub fn present(path: AttrPath) -> Self {
        Self::Present(path)
    }

    /// `path[filter]`
    pub fn element(path: AttrPath, filter: Filter) -> Self {
        Self::Element(ElementFilter { path, filter: Box::new(filter) })
    }

    /// Makes the condition on one element that also says something about its sub-attribute `sub`.
    pub(super) fn element_and(
        path: AttrPath,
        inner: Filter,
        sub: AttrName,
        op: Option<(CompareOp, Literal)>,
    ) -> Self {
        let sub = AttrPath::from(sub);
        let last = match op {
            Some((op, value)) => Self::compare(sub, op, value),
            None => Self::Present(sub),
        };
        Self::element(path, Self::and([inner, last]))
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        Self::parse(text)
    }
}

impl CompareOp {
    /// The operator as it is written, in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Co => "co",
            Self::Sw => "sw",
            Self::Ew => "ew",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }

    /// Whether the operator needs an order (`gt`, `ge`, `lt`, `le`).
    pub fn is_ordering(self) -> bool {
        matches!(self, Self::Gt | Self::Ge | Self::Lt | Self::Le)
    }

    /// Whether the operator looks inside text (`co`, `sw`, `ew`).
    pub fn is_substring(self) -> bool {
        matches!(self, Self::Co | Self::Sw | Self::Ew)
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        const ALL: [CompareOp; 9] = [
            CompareOp::Eq,
            CompareOp::Ne,
            CompareOp::Co,
            CompareOp::Sw,
            CompareOp::Ew,
            CompareOp::Gt,
            CompareOp::Ge,
            CompareOp::Lt,
            CompareOp::Le,
        ];
        ALL.into_iter().find(|op| op.as_str().eq_ignore_ascii_case(word))
    }
}

impl From<&str> for Literal {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Literal {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Literal {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Literal {
    fn from(value: i64) -> Self {
        Self::Number(Number::from(value))
    }
}

fn only_or(mut parts: Vec<Filter>, make: fn(Vec<Filter>) -> Filter) -> Filter {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            make(parts)
        }
        None => make(parts),
    }
}
