use std::sync::{Arc, LazyLock};

use serde_json::Value;

use super::gather::Batch;
use super::{groups, groups_of};
use crate::directory::db::{Param, Server};
use crate::directory::error::Result;
use crate::directory::write::Rewritten;

/// A row to be written anew, unless it has changed since it was read.
pub(super) struct Change(pub(super) Arc<Rewritten>);

impl Batch for Change {
    /// The groups that the resource is in.
    type Answer = Vec<Value>;

    async fn run(server: &Server, all: &[Self]) -> Result<Vec<Option<Vec<Value>>>> {
        let int = |of: fn(&Rewritten) -> i64| Param::Ints(all.iter().map(|one| of(&one.0)).collect());
        let text = |of: fn(&Rewritten) -> &str| Param::Texts(all.iter().map(|one| of(&one.0)).collect());
        let params = [
            int(|one| one.row.seq),
            int(Rewritten::before),
            int(|one| one.row.modified),
            text(|one| &one.row.body),
            // No keys are an empty text: they stay as they are.
            text(|one| one.keys.as_deref().unwrap_or_default()),
        ];
        let mut answers: Vec<Option<Vec<Value>>> = all.iter().map(|_| None).collect();
        for mut row in server.at_once(&CHANGE, &params).await? {
            let place = usize::try_from(row.int(0)? - 1).unwrap_or(usize::MAX);
            if let Some(answer) = answers.get_mut(place) {
                *answer = Some(groups(row.maybe_text(1))?);
            }
        }
        Ok(answers)
    }
}

/// Of two changes of one version of a row it carries out one, and says by its `place` which one that is.
static CHANGE: LazyLock<String> = LazyLock::new(|| {
    let groups = groups_of("done.id");
    format!(
        "WITH done AS (\
         UPDATE resource r SET version = r.version + 1, modified = g.modified, body = g.body, \
         keys = coalesce(nullif(g.keys, '')::jsonb, r.keys), n = pg_current_xact_id() \
         FROM unnest(?1::bigint[], ?2::bigint[], ?3::bigint[], ?4::text[], ?5::text[]) \
         WITH ORDINALITY AS g(seq, version, modified, body, keys, place) \
         WHERE r.seq = g.seq AND r.version = g.version AND r.deleted IS NULL RETURNING g.place, r.id\
         ) SELECT place, {groups} FROM done"
    )
});
