//! What a source told of a class, one identity after the other.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use tenure_connector::{Context, DeltaToken, Object, ObjectClass, RejectedItem};
use tenure_policy::{IdentityId, Zone};
use tenure_store::{Condition, PageRequest, StagedRow, Write};

use super::group::{Rows, group};
use super::row::Row;
use super::scope;
use super::stage::Stage;
use crate::observe::Earlier;
use crate::observe::delta;
use crate::observe::seen::Seen;
use crate::observe::walk::{Next, Walker};
use crate::source::Source;
use crate::{Engine, EngineError, Result};

/// How many identities are read in one go.
const PAGE: usize = 2_000;

/// What a source told. A page that is all there is stays in memory; what comes in several is kept aside in the store.
#[derive(Debug)]
pub(super) struct Told<'e> {
    class: ObjectClass,
    pub(super) rejected: Vec<RejectedItem>,
    /// Why absence may not be believed.
    pub(super) doubt: Option<String>,
    /// From where changes are followed later.
    pub(super) token: Option<DeltaToken>,
    /// How many rows there are.
    pub(super) read: usize,
    ahead: VecDeque<(IdentityId, Rows)>,
    stage: Option<Stage<'e>>,
    /// The last identity that was read of those kept aside.
    after: Option<String>,
    /// Whether all of those were read.
    ended: bool,
}

impl<'e> Told<'e> {
    /// What was told of some.
    pub(super) fn of(class: &ObjectClass, items: impl IntoIterator<Item = Object>, zone: Zone) -> Self {
        let mut told = Self::nothing(class);
        let rows = read(class, items, zone, &mut told.rejected);
        told.here(rows);
        told
    }

    fn nothing(class: &ObjectClass) -> Self {
        Self {
            class: class.clone(),
            rejected: Vec::new(),
            doubt: None,
            token: None,
            read: 0,
            ahead: VecDeque::new(),
            stage: None,
            after: None,
            ended: false,
        }
    }

    fn here(&mut self, rows: Vec<Row>) {
        self.ahead = group(rows, &mut self.rejected).into_iter().collect();
        self.read = self.ahead.iter().map(|(_, rows)| rows.len()).sum();
    }

    /// Whether nothing was told, not even something that cannot be read.
    pub(super) fn is_empty(&self) -> bool {
        self.read == 0 && self.rejected.is_empty()
    }

    /// The next identity, where it comes before another.
    pub(super) async fn next_before(&mut self, other: &IdentityId) -> Result<Option<(IdentityId, Rows)>> {
        self.next_if(|id| id < other).await
    }

    /// What was told of an identity, if it is the next one.
    pub(super) async fn next_of(&mut self, other: &IdentityId) -> Result<Option<(IdentityId, Rows)>> {
        self.next_if(|id| id == other).await
    }

    pub(super) async fn next(&mut self) -> Result<Option<(IdentityId, Rows)>> {
        self.next_if(|_| true).await
    }

    async fn next_if(&mut self, test: impl Fn(&IdentityId) -> bool) -> Result<Option<(IdentityId, Rows)>> {
        if self.ahead.is_empty() {
            self.read_ahead().await?;
        }
        Ok(if self.ahead.front().is_some_and(|(id, _)| test(id)) { self.ahead.pop_front() } else { None })
    }

    async fn read_ahead(&mut self) -> Result<()> {
        let Some(stage) = self.stage.as_ref().filter(|_| !self.ended) else { return Ok(()) };
        let rows = stage.rows(&page(self.after.clone())).await?;
        let Some(last) = rows.last() else {
            self.ended = true;
            return Ok(());
        };
        self.after = Some(last.identity.clone());
        let rows = parse(&self.class, rows)?;
        // What comes twice was told of when the look ended.
        self.ahead = group(rows, &mut Vec::new()).into_iter().collect();
        Ok(())
    }

    /// What must hold for what is told to count.
    pub(super) fn condition(&self) -> Option<Condition> {
        self.stage.as_ref().map(Stage::condition)
    }

    /// What removes what was kept aside.
    pub(super) fn end(&self) -> Vec<Write> {
        self.stage.as_ref().map(|stage| stage.end().into()).unwrap_or_default()
    }

    /// Lets what was told be forgotten.
    pub(super) async fn give_up(&self) {
        if let Some(stage) = &self.stage
            && let Err(error) = stage.clear().await
        {
            tracing::warn!(%error, "what a source told could not be removed; the next look removes it");
        }
    }
}

/// Reads everything of a class. A look that was interrupted goes on behind its last page.
pub(super) async fn look<'e>(
    engine: &'e Engine,
    source: &Source,
    ctx: &Context,
    class: &ObjectClass,
    earlier: Earlier,
    now: DateTime<Utc>,
) -> Result<Told<'e>> {
    let connector = &*source.connector;
    let stage = Stage::find(engine, &scope(source, class), connector.info(), earlier, now).await?;
    let mut walk =
        Walk { engine, class, stage, first: Vec::new(), seen: Seen::default(), rejected: Vec::new() };
    let mut told = Told::nothing(class);
    if let Some(rows) = walk.stage.whole() {
        tracing::info!(
            source = source.name,
            rows,
            "what a source told is taken over, as it was not to the end"
        );
        (told.read, told.token) = (rows, walk.stage.token());
        told.stage = Some(walk.stage);
        return Ok(told);
    }
    let mut walker = Walker::new(connector, &source.name, ctx, class);
    match walk.stage.mark() {
        Some(mark) => {
            tracing::info!(source = source.name, read = mark.read, "a look that was interrupted goes on");
            walk.learn().await?;
            walker.go_on(mark);
        }
        None => walk.stage.set_token(delta::start(connector, ctx, class).await.as_ref()),
    }
    if let Err(error) = walk.read(&mut walker).await {
        if !walk.stage.can_go_on() && !matches!(error, EngineError::Store(_)) {
            walk.stage.clear().await?;
        }
        return Err(error);
    }
    (told.doubt, told.token, told.rejected) = (walker.doubt, walk.stage.token(), walker.rejected);
    told.rejected.append(&mut walk.rejected);
    if walk.stage.is_empty() {
        told.here(walk.first);
        return Ok(told);
    }
    told.read = walk.seen.count();
    if walk.stage.whole().is_none() {
        walk.find_doubles(&mut told.rejected).await?;
    }
    told.stage = Some(walk.stage);
    Ok(told)
}

/// A walk over the pages of a class.
struct Walk<'a, 'e> {
    engine: &'e Engine,
    class: &'a ObjectClass,
    stage: Stage<'e>,
    /// The rows of a page that may be the only one.
    first: Vec<Row>,
    seen: Seen,
    rejected: Vec<RejectedItem>,
}

impl Walk<'_, '_> {
    async fn read(&mut self, walker: &mut Walker<'_>) -> Result<()> {
        loop {
            let items = match walker.next().await? {
                Next::Page(items) => items,
                Next::Again => {
                    self.begin_again().await?;
                    continue;
                }
                Next::End => return Ok(()),
            };
            let rows = read(self.class, items, self.engine.zone, &mut self.rejected);
            rows.iter().for_each(|row| self.seen.add(&[row.id.as_str(), row.part()]));
            if !self.keep(rows, walker).await? {
                tracing::info!("another look goes on with what was kept; this one begins anew");
                walker.start_again();
                self.begin_again().await?;
            }
        }
    }

    /// Keeps a page. False, when another look has taken over what was kept so far.
    async fn keep(&mut self, rows: Vec<Row>, walker: &mut Walker<'_>) -> Result<bool> {
        let mut whole = None;
        if walker.has_ended() {
            if self.stage.is_empty() {
                self.first = rows;
                return Ok(true);
            }
            walker.judge();
            let read = self.seen.len();
            let sure = walker.doubt.is_none() && walker.rejected.is_empty() && self.rejected.is_empty();
            whole = (sure && self.seen.count() == read).then_some(read);
        }
        let mark = walker.mark().filter(|_| self.rejected.is_empty());
        self.stage.keep(rows.iter().map(Row::staged).collect(), mark, whole).await
    }

    async fn begin_again(&mut self) -> Result<()> {
        self.seen.clear();
        self.rejected.clear();
        self.first.clear();
        self.stage.anew().await
    }

    /// Learns what was seen by the look that was interrupted.
    async fn learn(&mut self) -> Result<()> {
        let mut after = None;
        loop {
            let rows = self.stage.rows(&page(after)).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some(last.identity.clone());
            for row in parse(self.class, rows)? {
                self.seen.add(&[row.id.as_str(), row.part()]);
            }
        }
    }

    async fn find_doubles(&self, rejected: &mut Vec<RejectedItem>) -> Result<()> {
        let mut after = None;
        loop {
            let rows = self.stage.rows(&page(after)).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some(last.identity.clone());
            group(parse(self.class, rows)?, rejected);
        }
    }
}

fn page(after: Option<String>) -> PageRequest {
    PageRequest { after, limit: PAGE }
}

fn parse(class: &ObjectClass, rows: Vec<StagedRow>) -> Result<Vec<Row>> {
    rows.into_iter().map(|row| Row::from_staged(class, row)).collect()
}

fn read(
    class: &ObjectClass,
    items: impl IntoIterator<Item = Object>,
    zone: Zone,
    rejected: &mut Vec<RejectedItem>,
) -> Vec<Row> {
    let rows = items.into_iter().map(|item| Row::read(class, &item, zone));
    rows.filter_map(|row| row.map_err(|error| rejected.push(error)).ok()).collect()
}
