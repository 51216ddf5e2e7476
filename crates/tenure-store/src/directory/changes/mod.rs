//! What changed since a token, one entry for each object however often it changed.

mod numbered;
mod snapshot;

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use tenure_connector::{
    Certainty, Change, ChangePage, ConnectorError, DeltaToken, ErrorKind, Fields, ObjectClass, ObjectRef,
};
use tenure_scim::filter::sql::Dialect;

use super::db::{Session, Work};
use super::error::{Fault, Result};
use super::row::{self, Rows};
use super::shape::{Shape, Shapes};

/// Reads the next changes of a class. Without a token there are none, and the answer holds the newest token.
#[derive(Debug)]
pub(super) struct Changes {
    pub(super) shapes: Shapes,
    pub(super) class: ObjectClass,
    pub(super) since: Option<DeltaToken>,
}

/// What the feed says before the objects are read.
#[derive(Debug)]
struct Feed {
    /// Ids in the order of their changes, with whether the object is gone.
    entries: Vec<(String, bool)>,
    token: DeltaToken,
    more: bool,
}

#[async_trait]
impl Work for Changes {
    type Answer = ChangePage;

    async fn run(&self, session: &dyn Session) -> Result<ChangePage> {
        let class = &self.class;
        let shape = self.shapes.get(class).ok_or_else(|| ConnectorError::unknown_class(class))?;
        let since = self.since.as_ref();
        let feed = match session.dialect() {
            Dialect::Postgres => snapshot::feed(session, class, since).await?,
            _ => numbered::feed(session, class, since).await?,
        };
        let changes = changes(session, shape, feed.entries).await?;
        Ok(ChangePage { changes, token: feed.token, more: feed.more, rate: None })
    }
}

async fn changes(session: &dyn Session, shape: &Shape, entries: Vec<(String, bool)>) -> Result<Vec<Change>> {
    let ids: Vec<&str> = entries.iter().filter(|(_, gone)| !gone).map(|(id, _)| id.as_str()).collect();
    let rows = if ids.is_empty() { Vec::new() } else { row::by_ids(session, shape, ids).await? };
    let objects = Rows::read(session, shape, &Fields::All, rows).await?.objects(shape, &Fields::All)?;
    let mut present: HashMap<String, _> =
        objects.into_iter().map(|object| (object.object.id.clone(), object)).collect();
    // An older program on the same database writes down beside the row that it changed it.
    let mut told = HashSet::new();
    let entries = entries.into_iter().filter(|(id, _)| told.insert(id.clone()));
    let changes = entries.map(|(id, _)| match present.remove(&id) {
        Some(object) => Change::Upserted(object),
        None => Change::Deleted(ObjectRef::new(shape.class.clone(), id)),
    });
    Ok(changes.collect())
}

fn foreign() -> Fault {
    Fault::Connector(
        ConnectorError::new(ErrorKind::TokenExpired, Certainty::Refused)
            .with_detail("the delta token is not one of this directory"),
    )
}

const PAGE: usize = 500;
/// One row more, which tells whether there is another page.
const PAGE_ROWS: i64 = 501;
