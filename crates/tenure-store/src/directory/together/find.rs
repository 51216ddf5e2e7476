use std::collections::HashMap;
use std::sync::Arc;

use tenure_connector::{ListQuery, ObjectRef};
use tenure_scim::filter::sql::Dialect;
use tenure_scim::filter::{CompareOp, Filter, Literal};

use super::gather::{Batch, Gather};
use super::get::Got;
use super::groups_of;
use crate::directory::db::{Param, Server};
use crate::directory::error::Result;
use crate::directory::fields::wants;
use crate::directory::query::{Condition, is_bindable};
use crate::directory::row::COLUMNS;
use crate::directory::shape::{Index, Shape, Shapes};

/// A live resource to be found by what names one: `userName`, `displayName` of a group, `externalId`.
pub(super) struct Find {
    sql: Arc<str>,
    key: String,
}

/// What has a key in an index.
pub(super) struct Found(pub(super) Option<Got>);

impl Batch for Find {
    type Answer = Found;

    async fn run(server: &Server, all: &[Self]) -> Result<Vec<Option<Found>>> {
        let mut answers: Vec<Option<Found>> = all.iter().map(|_| Some(Found(None))).collect();
        let Some(Self { sql, .. }) = all.first() else { return Ok(answers) };
        let keys = Param::Texts(all.iter().map(|one| one.key.as_str()).collect());
        for mut row in server.at_once(sql, &[keys]).await? {
            let (place, got) = (row.int(PLACE)?, Got::read(&mut row)?);
            let Some(answer) = usize::try_from(place - 1).ok().and_then(|place| answers.get_mut(place))
            else {
                continue;
            };
            *answer = match answer {
                Some(Found(None)) => Some(Found(Some(got))),
                // Several have the key; how many, and which of them make a page, is another question.
                _ => None,
            };
        }
        Ok(answers)
    }
}

/// The indexes that lead to one resource, each with the calls that search it.
pub(super) struct Finds(HashMap<String, (Arc<str>, Gather<Find>)>);

impl Finds {
    pub(super) fn new(server: &Server, shapes: &Shapes) -> Self {
        let mut finds = HashMap::new();
        for shape in shapes.iter() {
            for index in shape.indexes.iter().filter(|index| leads_to_one(index)) {
                finds.insert(index.rows(shape), (statement(shape, index).into(), Gather::new(server)));
            }
        }
        Self(finds)
    }

    /// Finds what a query asks for. `None`: the query has to be answered alone.
    pub(super) async fn call(&self, shape: &Shape, query: &ListQuery) -> Result<Option<Found>> {
        let Some(filter @ Filter::Compare(comparison)) = &query.filter else { return Ok(None) };
        let Literal::String(text) = &comparison.value else { return Ok(None) };
        let whole = query.sort.is_none() && query.cursor.is_none() && query.skip == 0;
        let members = shape.has_members && wants(&query.fields, "members");
        if !whole || members || comparison.op != CompareOp::Eq || !is_bindable(text) {
            return Ok(None);
        }
        let Some(index) = shape.index(&comparison.path) else { return Ok(None) };
        let Some((sql, gather)) = self.0.get(&index.rows(shape)) else { return Ok(None) };
        // What the schema does not allow is refused by whoever answers the query alone.
        if filter.compile(&shape.schema).is_err() {
            return Ok(None);
        }
        gather.call(Find { sql: Arc::clone(sql), key: index.compared.text(text).into_owned() }).await
    }
}

fn leads_to_one(index: &Index) -> bool {
    let is_external_id = || index.path.schema().is_none() && index.path.name() == ObjectRef::EXTERNAL_ID;
    let names_one = index.unique || is_external_id();
    names_one && !index.multi && index.compared.is_text()
}

/// The statement that finds the live resources of a class by each of many keys; of a key that many have it finds two.
fn statement(shape: &Shape, index: &Index) -> String {
    let live = Condition::live(shape).sql;
    let key = shape.key(Dialect::Postgres, "r.", &index.name, index.stored());
    let groups = groups_of("r.id");
    format!(
        "SELECT {COLUMNS}, r.class, {groups}, j.place FROM unnest(?1::text[]) WITH ORDINALITY j(key, place) \
         CROSS JOIN LATERAL (SELECT * FROM resource r WHERE {live} AND {key} = j.key LIMIT 2) r"
    )
}

const PLACE: usize = Got::COLUMN_COUNT;
