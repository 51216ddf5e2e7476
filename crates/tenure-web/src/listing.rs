//! Long lists, a part at a time.

use std::fmt::Write as _;

use http::Uri;
use tenure_engine::report::Safe;
use url::form_urlencoded;

use crate::page::{Page, Row};

/// Which part of a list is asked for: `?find=berg&page=2`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct View {
    find: String,
    page: usize,
}

impl View {
    pub(crate) fn of(uri: &Uri) -> Self {
        let mut view = Self::default();
        for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            match &*name {
                FIND => view.find = value.trim().chars().take(LONGEST).collect(),
                PAGE => view.page = value.parse::<usize>().unwrap_or(1).saturating_sub(1),
                _ => {}
            }
        }
        view
    }

    fn finds(&self, row: &Row) -> bool {
        let find = self.find.to_lowercase();
        find.is_empty() || row.cells.iter().any(|cell| cell.to_lowercase().contains(&find))
    }

    /// The address of a part of the same list.
    fn address(&self, of: &str, page: usize) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !self.find.is_empty() {
            query.append_pair(FIND, &self.find);
        }
        query.append_pair(PAGE, &(page + 1).to_string());
        format!("{of}?{}", query.finish())
    }
}

impl Page<'_> {
    /// A list of any length at an address: a part of it, the way to the other parts, and a field to find something in it. A short one
    /// is a table and nothing else.
    pub(crate) fn listing(&mut self, of: &str, title: &str, heads: &[&str], rows: Vec<Row>, view: &View) {
        let long = rows.len() > AT_ONCE || !view.find.is_empty();
        let found: Vec<Row> = rows.into_iter().filter(|row| view.finds(row)).collect();
        let parts = found.len().div_ceil(AT_ONCE).max(1);
        let at = view.page.min(parts - 1);
        let of = format!("{}{of}", self.base());
        if long {
            self.write(&search(&of, &view.find));
            let first = at * AT_ONCE;
            let last = found.len().min(first + AT_ONCE);
            self.text(&match found.len() {
                0 => format!("Nothing is found with “{}”.", view.find),
                all => format!("{} to {last} of {all}.", first + 1),
            });
        }
        // Before the table and after it: nobody has to go through a hundred rows to get to the next part.
        let ways = ways(&of, view, at, parts);
        self.write(&ways);
        let shown: Vec<Row> = found.into_iter().skip(at * AT_ONCE).take(AT_ONCE).collect();
        if !shown.is_empty() {
            self.table(title, heads, &shown);
        }
        self.write(&ways);
    }
}

/// The links to the parts before and after one.
fn ways(of: &str, view: &View, at: usize, parts: usize) -> String {
    let before = at.checked_sub(1).map(|page| (page, "prev", "Earlier part"));
    let after = Some(at + 1).filter(|page| *page < parts).map(|page| (page, "next", "Next part"));
    let mut links = String::new();
    for (page, way, word) in [before, after].into_iter().flatten() {
        let address = view.address(of, page);
        // INVARIANT: writing into a text does not fail.
        let _ = writeln!(links, "<a rel=\"{way}\" href=\"{}\">{word}</a>", Safe(&address));
    }
    if links.is_empty() { links } else { format!("<p class=\"parts\">{links}</p>\n") }
}

fn search(of: &str, find: &str) -> String {
    format!(
        "<form class=\"find\" method=\"get\" action=\"{}\" role=\"search\" aria-label=\"Find in the list\">\
         <label for=\"find\">Find</label>\n<input id=\"find\" name=\"{FIND}\" type=\"search\" maxlength=\"{LONGEST}\" value=\"{}\">\n\
         <button>Find</button></form>\n",
        Safe(of),
        Safe(find)
    )
}

const FIND: &str = "find";
const PAGE: &str = "page";
const LONGEST: usize = 100;

/// How many rows are shown at once.
pub(crate) const AT_ONCE: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_which_part_and_nonsense_is_the_first() {
        let view = |address: &'static str| View::of(&Uri::from_static(address));
        let wanted = View { find: "Berg & Söhne".to_owned(), page: 2 };
        assert_eq!(view("/reviews?find=Berg+%26+S%C3%B6hne&page=3"), wanted);
        assert_eq!(wanted.address("/reviews", 2), "/reviews?find=Berg+%26+S%C3%B6hne&page=3");
        for nonsense in ["/reviews", "/reviews?page=0", "/reviews?page=-1", "/reviews?page=x&other=1"] {
            assert_eq!(view(nonsense), View::default(), "{nonsense}");
        }
    }
}
