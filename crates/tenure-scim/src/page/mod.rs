//! Pages by index (RFC 7644 section 3.4.2.4).

use crate::message::{ListResponse, SearchRequest};

/// What a page may have at most, and has when the client does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageLimits {
    /// The page size of a query without `count`.
    pub default_size: u64,
    /// The largest page; a larger `count` is cut to it.
    pub max_size: u64,
}

impl Default for PageLimits {
    fn default() -> Self {
        Self { default_size: 100, max_size: 1000 }
    }
}

/// Which part of a result an index page is.
///
/// # Examples
///
/// ```
/// use tenure_scim::message::SearchRequest;
/// use tenure_scim::page::{IndexPage, PageLimits};
///
/// let query = SearchRequest::from_pairs([("startIndex", "0"), ("count", "2")])?;
/// let page = IndexPage::of(&query, PageLimits::default());
/// let list = page.cut(vec!["a", "b", "c"]);
/// assert_eq!(list.resources, ["a", "b"]);
/// assert_eq!((list.total_results, list.start_index, list.items_per_page), (Some(3), Some(1), Some(2)));
/// # Ok::<(), tenure_scim::ScimError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexPage {
    start_index: u64,
    size: u64,
}

impl IndexPage {
    /// The page that a query asks for.
    pub fn of(query: &SearchRequest, limits: PageLimits) -> Self {
        Self {
            start_index: query.start_index.unwrap_or(1).max(1),
            size: query.count.unwrap_or(limits.default_size).min(limits.max_size),
        }
    }

    /// The 1-based position of the first result.
    pub fn start_index(self) -> u64 {
        self.start_index
    }

    /// How many results come before the page.
    pub fn offset(self) -> u64 {
        self.start_index - 1
    }

    /// How many results the page has at most; 0 asks for the total alone.
    pub fn size(self) -> u64 {
        self.size
    }

    /// Cuts the page out of a whole result.
    pub fn cut<T>(self, all: Vec<T>) -> ListResponse<T> {
        let total = all.len() as u64;
        let offset = usize::try_from(self.offset()).unwrap_or(usize::MAX);
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        ListResponse::page(all.into_iter().skip(offset).take(size).collect(), total, self.start_index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7644 section 3.4.2.4, table 6; statement 38.
    #[test]
    fn odd_numbers_are_brought_into_range() {
        let limits = PageLimits { default_size: 2, max_size: 3 };
        for (pairs, expected) in [
            (vec![], vec![1, 2]),
            (vec![("startIndex", "-7")], vec![1, 2]),
            (vec![("startIndex", "4"), ("count", "10")], vec![4, 5]),
            (vec![("count", "10")], vec![1, 2, 3]),
            (vec![("count", "0")], vec![]),
            (vec![("count", "-1")], vec![]),
            (vec![("startIndex", "9")], vec![]),
            (vec![("startIndex", "9223372036854775807")], vec![]),
        ] {
            let query = SearchRequest::from_pairs(pairs.clone()).unwrap();
            let list = IndexPage::of(&query, limits).cut(vec![1, 2, 3, 4, 5]);
            assert_eq!(list.resources, expected, "{pairs:?}");
            assert_eq!((list.total_results, list.items_per_page), (Some(5), Some(expected.len() as u64)));
        }
    }

    #[test]
    fn a_number_that_is_none_is_refused() {
        for text in ["", "x", "1.5", "99999999999999999999"] {
            let error = SearchRequest::from_pairs([("count", text)]).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("400 invalidValue: expected a whole number in `count`, found `{text}`")
            );
        }
    }
}
