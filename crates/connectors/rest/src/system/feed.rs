use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tenure_connector::{Change, ChangePage, ConnectorError, Context, Cursor, DeltaToken, ErrorKind, Result};

use super::{Collection, answered_at, is, items, place_of, protocol};
use crate::{Paging, Request, RestClient};

/// A feed of changes: a list that can be read on from any place in it, such as an event log, an export, or delta links.
///
/// A place is where the next page starts, or will start. It is kept in the token behind a mark, so that the token of another
/// maker is refused. Answered with "gone", a place is too old.
///
/// # Examples
///
/// ```
/// use tenure_connector::Secret;
/// use tenure_connector_rest::system::{Feed, Start};
/// use tenure_connector_rest::{Auth, Paging, RestClient};
///
/// let base = "https://api.example.com".parse()?;
/// let client = RestClient::new(base, Auth::bearer(&Secret::new("token")), reqwest::Client::new())?;
/// let after = Paging::Cursor { at: "/after".to_owned(), parameter: "cursor".to_owned() };
/// let now = |at: chrono::DateTime<chrono::Utc>| at.timestamp().to_string();
/// let feed = Feed::new(&client, client.get(&["users", "export"])?, "/users", after)
///     .starting(Start::Now { parameter: "since", form: now, ask: client.get(&["me"])? })
///     .ending_at("/end_of_stream");
/// # drop(feed);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Feed {
    client: RestClient,
    request: Request,
    at: &'static str,
    paging: Paging,
    start: Option<Start>,
    drained: bool,
    end: Option<&'static str>,
    last: Option<Paging>,
    changes: Changes,
}

type Changes = Arc<dyn Fn(&Value) -> Result<Vec<Change>> + Send + Sync>;

/// Where following begins: behind everything that the feed tells by now.
#[derive(Debug, Clone)]
pub enum Start {
    /// This request answers with a place and with no changes.
    At(Request),
    /// The moment of this request's answer, by the system's own clock, goes into a parameter of the feed.
    Now {
        /// The parameter.
        parameter: &'static str,
        /// How a moment is written.
        form: fn(DateTime<Utc>) -> String,
        /// A small request.
        ask: Request,
    },
}

const MARK: &str = "users-";
const SINCE: &str = "since-";

impl Feed {
    /// A feed at this address, with its items at a JSON pointer, and where a page names the next place. A page without
    /// items is the last one for now.
    #[must_use]
    pub fn new(client: &RestClient, request: Request, at: &'static str, paging: Paging) -> Self {
        Self {
            client: client.clone(),
            request,
            at,
            paging,
            start: None,
            drained: false,
            end: None,
            last: None,
            changes: Arc::new(|_| Ok(Vec::new())),
        }
    }

    /// What an item tells: nothing, a change, or several.
    #[must_use]
    pub fn each(mut self, changes: impl Fn(&Value) -> Result<Vec<Change>> + Send + Sync + 'static) -> Self {
        self.changes = Arc::new(changes);
        self
    }

    /// Each item is an object of this collection: deleted, when it does not [exist](Collection::existing) there.
    #[must_use]
    pub fn objects(self, of: &Collection) -> Self {
        let of = of.clone();
        self.each(move |item| Ok(vec![of.change(item)?]))
    }

    /// Says where following begins.
    #[must_use]
    pub fn starting(mut self, start: Start) -> Self {
        self.start = Some(start);
        self
    }

    /// Reads on from the beginning to the end before anything is told, for feeds that cannot begin now.
    #[must_use]
    pub fn drained(mut self) -> Self {
        self.drained = true;
        self
    }

    /// The place of a flag that says whether a page is the last one for now.
    #[must_use]
    pub fn ending_at(mut self, flag: &'static str) -> Self {
        self.end = Some(flag);
        self
    }

    /// Where the last page for now names the place for later, when elsewhere than the pages before.
    #[must_use]
    pub fn resting_at(mut self, last: Paging) -> Self {
        self.last = Some(last);
        self
    }

    /// Follows the feed. An object that changed several times on a page is told once, as deleted if it was.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for the token of another maker; `TokenExpired` for a place that is gone; those of the requests.
    pub async fn follow(&self, ctx: &Context, since: Option<&DeltaToken>) -> Result<ChangePage> {
        if let Some(token) = since {
            let (rows, page) = self.page(ctx, place_of(token, MARK)?).await?;
            let told: Result<Vec<Vec<Change>>> = rows.iter().map(|row| (self.changes)(row)).collect();
            return Ok(ChangePage { changes: once(told?.into_iter().flatten()), ..page });
        }
        let mut page = match &self.start {
            Some(Start::At(request)) => self.read(ctx, request.clone(), "").await?.1,
            Some(Start::Now { form, ask, .. }) => {
                let answer = self.client.send(ctx, ask).await?;
                let place = format!("{SINCE}{}", form(answered_at(&answer)?));
                ChangePage {
                    changes: Vec::new(),
                    token: token(&place),
                    more: self.drained,
                    rate: answer.rate(),
                }
            }
            None => self.read(ctx, self.request.clone(), "").await?.1,
        };
        while self.drained && page.more {
            page = self.page(ctx, place_of(&page.token, MARK)?).await?.1;
        }
        Ok(ChangePage { more: false, ..page })
    }

    async fn page(&self, ctx: &Context, place: &str) -> Result<(Vec<Value>, ChangePage)> {
        let request = match (&self.start, place.strip_prefix(SINCE)) {
            (Some(Start::Now { parameter, .. }), Some(moment)) => {
                self.request.clone().with_query(parameter, moment)
            }
            _ => self.paging.resume(self.request.clone(), Some(&Cursor::new(place)))?,
        };
        self.read(ctx, request, place).await
    }

    async fn read(&self, ctx: &Context, request: Request, place: &str) -> Result<(Vec<Value>, ChangePage)> {
        let answer = self.client.send(ctx, &request).await.map_err(expired)?;
        let body: Value = answer.json()?;
        let rows = items(&body, self.at)?.to_vec();
        // Asked without a place, the paging takes none for the one that was just read: at its end a feed names it again.
        let next = self.paging.next(&self.request, &answer, rows.len())?;
        let (next, more) = match (self.end, &self.last, next) {
            (Some(flag), _, next) => (next, !is(&body, flag)),
            (None, Some(_), Some(next)) => (Some(next), true),
            (None, Some(last), None) => (last.next(&self.request, &answer, rows.len())?, false),
            (None, None, _) if rows.is_empty() => (Some(Cursor::new(place)), false),
            (None, None, next) => (next, true),
        };
        let next = next.ok_or_else(|| protocol("expected the next place in the feed, found none"))?;
        if more && next.as_str() == place {
            return Err(protocol("the system names the place that was just read as the next one"));
        }
        let page = ChangePage { changes: Vec::new(), token: token(next.as_str()), more, rate: answer.rate() };
        Ok((rows, page))
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("url", &self.request.url().path()).finish_non_exhaustive()
    }
}

fn token(place: &str) -> DeltaToken {
    DeltaToken::new(format!("{MARK}{place}"))
}

/// Each object once, in the order in which they came.
fn once(changes: impl Iterator<Item = Change>) -> Vec<Change> {
    let (mut told, mut places) = (Vec::<Change>::new(), BTreeMap::new());
    for change in changes {
        let place = *places.entry(change.object().id.clone()).or_insert(told.len());
        match told.get_mut(place) {
            None => told.push(change),
            Some(Change::Deleted(_)) => {}
            Some(before) => *before = change,
        }
    }
    told
}

fn expired(error: ConnectorError) -> ConnectorError {
    if error.http_status() != Some(410) {
        return error;
    }
    ConnectorError::new(ErrorKind::TokenExpired, error.certainty())
        .with_http_status(410)
        .with_detail(error.detail())
        .with_help("list everybody, and follow from there")
}
