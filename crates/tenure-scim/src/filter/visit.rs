//! Walking a filter to turn it into something else.

use super::{Comparison, ElementFilter, Filter};
use crate::path::AttrPath;

/// Turns a filter into `Output`, bottom up; the way to write a translation to another query language.
///
/// # Examples
///
/// Counting the comparisons:
///
/// ```
/// use tenure_scim::{Comparison, ElementFilter, Filter, FilterVisitor, AttrPath, filter};
///
/// struct Count;
///
/// impl FilterVisitor for Count {
///     type Output = usize;
///     type Error = std::convert::Infallible;
///
///     fn and(&mut self, parts: Vec<usize>) -> Result<usize, Self::Error> { Ok(parts.iter().sum()) }
///     fn or(&mut self, parts: Vec<usize>) -> Result<usize, Self::Error> { Ok(parts.iter().sum()) }
///     fn not(&mut self, part: usize) -> Result<usize, Self::Error> { Ok(part) }
///     fn compare(&mut self, _: &Comparison) -> Result<usize, Self::Error> { Ok(1) }
///     fn present(&mut self, _: &AttrPath) -> Result<usize, Self::Error> { Ok(0) }
///     fn element(&mut self, element: &ElementFilter) -> Result<usize, Self::Error> {
///         filter::walk(&element.filter, self)
///     }
/// }
///
/// let filter = Filter::parse(r#"a eq 1 and (b eq 2 or c[d eq 3 and e pr])"#)?;
/// let Ok(count) = filter::walk(&filter, &mut Count);
/// assert_eq!(count, 3);
/// # Ok::<(), tenure_scim::FilterError>(())
/// ```
pub trait FilterVisitor {
    /// What a part becomes.
    type Output;
    /// Why a part cannot be translated.
    type Error;

    /// All of `parts`.
    ///
    /// # Errors
    ///
    /// When the target language cannot say it; so for every method here.
    fn and(&mut self, parts: Vec<Self::Output>) -> Result<Self::Output, Self::Error>;

    /// Any of `parts`.
    ///
    /// # Errors
    ///
    /// As [`and`](Self::and).
    fn or(&mut self, parts: Vec<Self::Output>) -> Result<Self::Output, Self::Error>;

    /// The opposite of `part`.
    ///
    /// # Errors
    ///
    /// As [`and`](Self::and).
    fn not(&mut self, part: Self::Output) -> Result<Self::Output, Self::Error>;

    /// `path op value`
    ///
    /// # Errors
    ///
    /// As [`and`](Self::and).
    fn compare(&mut self, comparison: &Comparison) -> Result<Self::Output, Self::Error>;

    /// `path pr`
    ///
    /// # Errors
    ///
    /// As [`and`](Self::and).
    fn present(&mut self, path: &AttrPath) -> Result<Self::Output, Self::Error>;

    /// `path[filter]`; walk the inner filter with a visitor that knows it is inside.
    ///
    /// # Errors
    ///
    /// As [`and`](Self::and).
    fn element(&mut self, element: &ElementFilter) -> Result<Self::Output, Self::Error>;
}

/// Walks `filter` from the leaves up.
///
/// # Errors
///
/// The first error of the visitor.
pub fn walk<V: FilterVisitor + ?Sized>(filter: &Filter, visitor: &mut V) -> Result<V::Output, V::Error> {
    match filter {
        Filter::And(parts) => {
            let parts = parts.iter().map(|p| walk(p, visitor)).collect::<Result<_, _>>()?;
            visitor.and(parts)
        }
        Filter::Or(parts) => {
            let parts = parts.iter().map(|p| walk(p, visitor)).collect::<Result<_, _>>()?;
            visitor.or(parts)
        }
        Filter::Not(part) => {
            let part = walk(part, visitor)?;
            visitor.not(part)
        }
        Filter::Compare(comparison) => visitor.compare(comparison),
        Filter::Present(path) => visitor.present(path),
        Filter::Element(element) => visitor.element(element),
    }
}
