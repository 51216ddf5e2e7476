//! Calls that wait at the same time, carried out together on PostgreSQL: reads of single resources by id or by name, creates and
//! changes of one row, each kind by one statement over arrays that is a transaction of its own.
//!
//! Every call keeps its own verdict. What the statement does not answer (a name that is taken, a version that is gone, a row that
//! is not there) and what it cannot express (members, changed names and lookups) is done alone afterwards, which says why.

mod change;
mod create;
mod find;
mod gather;
mod get;
mod recent;

use std::sync::Arc;

use serde_json::Value;
use tenure_connector::{Fields, ListQuery, Object, ObjectRef, Operation, Outcome, WriteRequest};

use self::change::Change;
use self::create::Create;
use self::find::Finds;
use self::gather::Gather;
use self::get::Get;
use self::recent::Recent;
use super::db::Server;
use super::error::Result;
use super::query::Found as Listed;
use super::row::{Rows, element, version};
use super::shape::Shapes;
use super::write::Apply;

/// Gathers the calls of one directory.
#[derive(Clone)]
pub(super) struct Together {
    shapes: Shapes,
    gets: Gather<Get>,
    finds: Arc<Finds>,
    creates: Gather<Create>,
    changes: Gather<Change>,
    recent: Arc<Recent>,
}

impl Together {
    pub(super) fn new(server: &Server, shapes: &Shapes) -> Self {
        Self {
            shapes: shapes.clone(),
            gets: Gather::new(server),
            finds: Arc::new(Finds::new(server, shapes)),
            creates: Gather::new(server),
            changes: Gather::new(server),
            recent: Arc::default(),
        }
    }

    /// Reads one object with its groups. `None`: it has to be read alone.
    pub(super) async fn get(&self, object: &ObjectRef) -> Result<Option<Rows>> {
        let Some(shape) = self.shapes.get(&object.class).filter(|shape| !shape.has_members) else {
            return Ok(None);
        };
        if object.id.is_empty() || object.id.contains('\0') {
            return Ok(None);
        }
        let found = self.gets.call(Get { id: object.id.clone() }).await?;
        let Some(found) = found.filter(|found| found.class == object.class.as_str()) else { return Ok(None) };
        self.recent.put(&object.class, &found.stored);
        let groups = if shape.has_groups { found.groups } else { Vec::new() };
        Ok(Some(Rows::of(Some((found.stored, groups)))))
    }

    /// Answers a query for what has a name. `None`: it has to be answered alone.
    pub(super) async fn find(&self, query: &ListQuery) -> Result<Option<Listed>> {
        let Some(shape) = self.shapes.get(&query.class) else { return Ok(None) };
        let Some(found) = self.finds.call(shape, query).await? else { return Ok(None) };
        let row = found.0.map(|got| (got.stored, if shape.has_groups { got.groups } else { Vec::new() }));
        Ok(Some(Listed::all(Rows::of(row))))
    }

    /// Carries out a write. `None`: it has to be done alone.
    pub(super) async fn write(
        &self,
        apply: &Apply,
        request: &WriteRequest,
        show: bool,
    ) -> Result<Option<(Outcome, Option<Object>)>> {
        // What is remembered by its key is looked up and written down in the same transaction.
        if !request.once {
            return Ok(None);
        }
        let class = request.operation.class();
        let Some(shape) = self.shapes.get(class) else { return Ok(None) };
        if let Some(made) = apply.made() {
            if made.has_members() {
                return Ok(None);
            }
            let create = Create { class: class.clone(), made: Arc::clone(&made) };
            if self.creates.call(create).await?.is_none() {
                return Ok(None);
            }
            let shown = if show { made.shown(shape) } else { None };
            return Ok(Some((made.outcome(), shown)));
        }
        let (Operation::Update { object, .. } | Operation::SetStatus { object, .. }) = &request.operation
        else {
            return Ok(None);
        };
        let stored = match self.recent.take(class, &object.id) {
            Some(stored) => stored,
            None => match self.get(object).await? {
                Some(_) => match self.recent.take(class, &object.id) {
                    Some(stored) => stored,
                    None => return Ok(None),
                },
                None => return Ok(None),
            },
        };
        let Some(rewritten) = apply.rewritten(shape, stored).map(Arc::new) else { return Ok(None) };
        let object = rewritten.object.clone();
        let Some(groups) = self.changes.call(Change(Arc::clone(&rewritten))).await? else { return Ok(None) };
        let row = rewritten.row.clone();
        let outcome = Outcome::done(true).with_object(object).with_version(version(row.version));
        let groups = if shape.has_groups { groups } else { Vec::new() };
        // What was written stays written when it cannot be shown; a read says why.
        let shown = || Rows::of(Some((row, groups))).object(shape, &Fields::All).ok().flatten();
        let shown = if show { shown() } else { None };
        Ok(Some((outcome, shown)))
    }
}

/// The groups of the resource whose id is the column `id`, as a JSON text: each with its id and its name.
fn groups_of(id: &str) -> String {
    format!(
        "(SELECT json_agg(json_build_array(g.id, g.body::jsonb->>'displayName') ORDER BY g.id)::text \
         FROM member m JOIN resource g ON g.seq = m.owner \
         WHERE m.key = {id} AND m.value = {id} AND g.deleted IS NULL)"
    )
}

/// What [`groups_of`] says, as elements of `groups`.
fn groups(text: Option<String>) -> Result<Vec<Value>> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let all: Vec<(String, Option<String>)> =
        serde_json::from_str(&text).map_err(super::error::Fault::damaged)?;
    let direct = || Some("direct".to_owned());
    Ok(all.into_iter().map(|(id, name)| element(id, [("display", name), ("type", direct())])).collect())
}
