//! Reads a class page by page, and judges whether absence from it may be believed.

use tenure_connector::{Connector, Context, ErrorKind, ListQuery, Object, ObjectClass, RejectedItem};

use super::trail::Mark;
use crate::{EngineError, Result};

/// How often a walk whose cursor ran out begins anew.
const MOST_RESTARTS: u32 = 3;
/// A walk longer than this is a connector whose cursor goes in circles.
const MOST_PAGES: usize = 1_000_000;

/// What comes next of a walk.
#[derive(Debug)]
pub(super) enum Next {
    Page(Vec<Object>),
    /// The cursor did not live long enough: everything comes again from the start.
    Again,
    End,
}

/// A walk over all pages of a class. It is doubted as soon as one page is not complete, an item could not be read, or a
/// stated total is missed.
#[derive(Debug)]
pub(super) struct Walker<'c> {
    connector: &'c dyn Connector,
    system: &'c str,
    ctx: &'c Context,
    query: ListQuery,
    total: Option<u64>,
    read: u64,
    restarts: u32,
    pages: usize,
    ended: bool,
    /// It goes on where another one stopped, and no page has come yet.
    resumed: bool,
    pub(super) rejected: Vec<RejectedItem>,
    /// Why absence may not be believed; known when the walk has ended.
    pub(super) doubt: Option<String>,
}

impl<'c> Walker<'c> {
    pub(super) fn new(
        connector: &'c dyn Connector,
        system: &'c str,
        ctx: &'c Context,
        class: &ObjectClass,
    ) -> Self {
        Self {
            connector,
            system,
            ctx,
            query: ListQuery::new(class.clone()),
            total: None,
            read: 0,
            restarts: 0,
            pages: 0,
            ended: false,
            resumed: false,
            rejected: Vec::new(),
            doubt: None,
        }
    }

    /// Goes on where a walk stopped.
    pub(super) fn go_on(&mut self, mark: Mark) {
        self.query.cursor = Some(mark.cursor);
        (self.total, self.read, self.resumed) = (mark.total, mark.read, true);
    }

    /// Where another walk could go on; nothing, when it has ended or is doubted.
    pub(super) fn mark(&self) -> Option<Mark> {
        let cursor = self.query.cursor.clone()?;
        let sure = !self.ended && self.doubt.is_none() && self.rejected.is_empty();
        sure.then_some(Mark { cursor, total: self.total, read: self.read })
    }

    /// Whether the last page was the last one.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    pub(super) async fn next(&mut self) -> Result<Next> {
        if self.ended || self.pages >= MOST_PAGES {
            self.judge();
            return Ok(Next::End);
        }
        self.pages += 1;
        let page = match self.connector.list(self.ctx, &self.query).await {
            Ok(page) => page,
            Err(error)
                if self.query.cursor.is_some()
                    && self.restarts < MOST_RESTARTS
                    && (error.kind() == ErrorKind::TokenExpired
                        // A cursor that another program was given may mean nothing any more.
                        || self.resumed
                            && matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::NotFound)) =>
            {
                self.start_again();
                return Ok(Next::Again);
            }
            Err(error) => return Err(EngineError::Connector { system: self.system.to_owned(), error }),
        };
        self.resumed = false;
        self.total = page.total.or(self.total);
        self.read += page.items.len() as u64;
        if !page.complete {
            self.doubt(|| "the system does not vouch for the list being complete".to_owned());
        }
        self.rejected.extend(page.rejected);
        match page.next {
            Some(next) if self.query.cursor.as_ref() == Some(&next) => {
                self.doubt(|| "the system answers the same page again and again".to_owned());
                self.ended = true;
            }
            Some(next) => self.query.cursor = Some(next),
            None => self.ended = true,
        }
        Ok(Next::Page(page.items))
    }

    /// What was read so far is read again, so that nothing is missed between.
    pub(super) fn start_again(&mut self) {
        self.restarts += 1;
        self.query.cursor = None;
        self.resumed = false;
        (self.total, self.read, self.doubt, self.ended) = (None, 0, None, false);
        self.rejected.clear();
    }

    /// Says whether absence may be believed, once the last page has come.
    pub(super) fn judge(&mut self) {
        if !self.ended {
            self.doubt(|| format!("the list has not ended after {MOST_PAGES} pages"));
        }
        if let Some(first) = self.rejected.first() {
            let text = format!("{} items could not be read, the first: {first}", self.rejected.len());
            self.doubt(|| text);
        }
        let read = self.read;
        if let Some(total) = self.total.filter(|total| *total > read + self.rejected.len() as u64) {
            self.doubt(|| format!("expected {total} items as the system says, found {read}"));
        }
    }

    fn doubt(&mut self, text: impl FnOnce() -> String) {
        self.doubt.get_or_insert_with(text);
    }
}

/// Reads all pages of a class into memory.
pub(super) async fn list(
    connector: &dyn Connector,
    system: &str,
    ctx: &Context,
    class: &ObjectClass,
) -> Result<Vec<Object>> {
    let mut walker = Walker::new(connector, system, ctx, class);
    let mut items = Vec::new();
    loop {
        match walker.next().await? {
            Next::Page(page) => items.extend(page),
            Next::Again => items.clear(),
            Next::End => return Ok(items),
        }
    }
}
