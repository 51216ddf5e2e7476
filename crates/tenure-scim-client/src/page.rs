use std::collections::VecDeque;

use futures_util::Stream;
use futures_util::stream::try_unfold;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tenure_scim::Resource;

use crate::body::{member, number};
use crate::query::Position;
use crate::{Certainty, Client, ClientError, ErrorKind, Query, Result};

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ListPage {
    /// The resources.
    pub resources: Vec<Resource>,
    /// How many resources the whole list has, when the peer says so.
    pub total: Option<u64>,
    /// Where the list goes on; `None` on the last page.
    pub next: Option<Walk>,
    /// Whether the walk up to and including this page missed nothing, as far as the peer's own numbers show.
    ///
    /// False when an entry could not be read, when the list became shorter during the walk, and when it ended before
    /// the announced total. Then the absence of a resource means nothing.
    pub complete: bool,
    /// Why entries of this page could not be read, each with its position in the list.
    pub rejected: Vec<(u64, String)>,
    /// The headers of the answer: rate limits, request ids.
    pub headers: http::HeaderMap,
}

/// Where a walk through a list stands: the next page, and what was seen so far.
///
/// It serialises, so that a walk can go on after a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walk {
    next: Next,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
    seen: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_id: Option<String>,
    pages: u32,
    missed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Next {
    Index(u64),
    Cursor(String),
}

impl Walk {
    /// Starts at the first page.
    pub(crate) fn start(count: Option<u32>, by_cursor: bool) -> Self {
        let next = if by_cursor { Next::Cursor(String::new()) } else { Next::Index(1) };
        Self { next, count, seen: 0, total: None, first_id: None, pages: 0, missed: false }
    }

    /// Starts somewhere in the middle.
    pub(crate) fn at(index: u64, count: Option<u32>) -> Self {
        Self { next: Next::Index(index.max(1)), seen: index.saturating_sub(1), ..Self::start(count, false) }
    }

    pub(crate) fn position(&self) -> Position {
        match &self.next {
            // The first page goes without `startIndex`: it is the default, and some peers refuse what they do not page.
            Next::Index(1) => Position { start_index: None, cursor: None, count: self.count },
            Next::Index(index) => Position { start_index: Some(*index), cursor: None, count: self.count },
            Next::Cursor(cursor) => {
                Position { start_index: None, cursor: Some(cursor.clone()), count: self.count }
            }
        }
    }

    /// Reads the answer to the request for this position.
    pub(crate) fn read(self, map: &Map<String, Value>, longest: u32) -> Result<ListPage> {
        let entries = match member(map, "Resources") {
            Some(Value::Array(list)) => list.as_slice(),
            Some(Value::Null) | None => &[],
            Some(_) => return Err(protocol("expected a list in `Resources`")),
        };
        let total = member(map, "totalResults").and_then(number);
        if member(map, "Resources").is_none() && total.is_none() {
            return Err(protocol("expected a list response with `Resources` or `totalResults`"));
        }
        let mut page = ListPage {
            resources: Vec::with_capacity(entries.len()),
            total,
            next: None,
            complete: false,
            rejected: Vec::new(),
            headers: http::HeaderMap::new(),
        };
        for (position, entry) in (self.seen + 1..).zip(entries) {
            match Resource::from_json(entry.clone()) {
                Ok(resource) => page.resources.push(resource),
                Err(error) => page.rejected.push((position, error.to_string())),
            }
        }
        self.step(&mut page, entries.len() as u64, map, longest)?;
        Ok(page)
    }

    fn step(mut self, page: &mut ListPage, read: u64, map: &Map<String, Value>, longest: u32) -> Result<()> {
        let first_id = page.resources.first().and_then(Resource::id).map(str::to_owned);
        if first_id.is_some() && first_id == self.first_id {
            return Err(endless("the peer answered two pages that start with the same resource"));
        }
        self.pages += 1;
        self.seen += read;
        self.missed |= !page.rejected.is_empty();
        self.missed |= matches!((self.total, page.total), (Some(before), Some(now)) if now < before);
        self.total = page.total.or(self.total);
        self.first_id = first_id;
        let cursor = member(map, "nextCursor").and_then(Value::as_str).filter(|text| !text.is_empty());
        let next = match (&self.next, cursor) {
            (Next::Cursor(used), Some(next)) if used == next => {
                return Err(endless("the peer answered the cursor that was asked for"));
            }
            (_, Some(next)) => Some(Next::Cursor(next.to_owned())),
            // SPEC: RFC 9865 section 2: the last page has no `nextCursor`. A peer that says how many there are in all,
            // and gave fewer, may not know cursors.
            (Next::Cursor(used), None) if !used.is_empty() || self.total.is_none() => None,
            (Next::Index(_) | Next::Cursor(_), None) => self.next_index(read, map),
        };
        if next.is_none() {
            self.missed |= self.total.is_some_and(|total| self.seen < total);
        }
        page.complete = !self.missed;
        if let Some(next) = next {
            if self.pages >= longest {
                return Err(endless(&format!("the list has more than {longest} pages")));
            }
            page.next = Some(Self { next, ..self });
        }
        Ok(())
    }

    fn next_index(&self, read: u64, map: &Map<String, Value>) -> Option<Next> {
        let full = || {
            let size = member(map, "itemsPerPage").and_then(number).or(self.count.map(u64::from));
            size.is_some_and(|size| size > 0 && read >= size)
        };
        let more = read > 0 && self.total.map_or_else(full, |total| self.seen < total);
        more.then_some(Next::Index(self.seen + 1))
    }
}

fn protocol(detail: &str) -> ClientError {
    ClientError::new(ErrorKind::Protocol, Certainty::NotAttempted, detail)
}

fn endless(detail: &str) -> ClientError {
    ClientError::new(ErrorKind::Endless, Certainty::NotAttempted, detail)
}

/// The pages of a list, one after the other; made by [`Client::pages`].
#[derive(Debug)]
pub struct Pages {
    client: Client,
    resource_type: String,
    query: Query,
    state: State,
}

#[derive(Debug)]
enum State {
    Start,
    At(Walk),
    End,
}

impl Pages {
    pub(crate) fn new(client: Client, resource_type: &str, query: Query) -> Self {
        Self { client, resource_type: resource_type.to_owned(), query, state: State::Start }
    }

    /// Reads the next page; `None` after the last.
    ///
    /// # Errors
    ///
    /// As [`Client::list`]. After an error the walk stands where it was and can be tried again.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing; the next call reads the same page.
    pub async fn next(&mut self) -> Result<Option<ListPage>> {
        let page = match &self.state {
            State::Start => self.client.list(&self.resource_type, &self.query).await?,
            State::At(walk) => self.client.list_next(&self.resource_type, &self.query, walk).await?,
            State::End => return Ok(None),
        };
        self.state = page.next.clone().map_or(State::End, State::At);
        Ok(Some(page))
    }

    /// The pages as a stream, which ends at the first error.
    pub fn into_stream(self) -> impl Stream<Item = Result<ListPage>> + Send {
        try_unfold(self, |mut pages| async move { Ok(pages.next().await?.map(|page| (page, pages))) })
    }

    /// The resources of all pages as a stream, which ends at the first error and holds one page at a time.
    ///
    /// It does not tell whether the walk was [complete](ListPage::complete); one that has to know reads the pages.
    pub fn into_resources(self) -> impl Stream<Item = Result<Resource>> + Send {
        try_unfold((self, VecDeque::new()), |(mut pages, mut ready)| async move {
            while ready.is_empty() {
                match pages.next().await? {
                    Some(page) => ready.extend(page.resources),
                    None => return Ok(None),
                }
            }
            Ok(ready.pop_front().map(|resource| (resource, (pages, ready))))
        })
    }
}
