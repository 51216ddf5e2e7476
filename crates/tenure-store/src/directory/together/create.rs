use std::collections::BTreeSet;
use std::sync::Arc;

use tenure_connector::ObjectClass;

use super::gather::Batch;
use crate::directory::db::{Param, Server};
use crate::directory::error::{Fault, Result};
use crate::directory::write::Made;

/// A resource to be made. It has no members.
pub(super) struct Create {
    pub(super) class: ObjectClass,
    pub(super) made: Arc<Made>,
}

impl Batch for Create {
    /// It was made.
    type Answer = ();

    async fn run(server: &Server, all: &[Self]) -> Result<Vec<Option<()>>> {
        let text = |of: fn(&Self) -> &str| Param::Texts(all.iter().map(of).collect());
        let looked: Vec<(&str, &str, &str)> = all
            .iter()
            .flat_map(|one| {
                one.made.lookups.iter().map(|(name, key)| (one.made.id.as_str(), name.as_str(), key.as_str()))
            })
            .collect();
        let params = [
            text(|one| one.class.as_str()),
            text(|one| &one.made.id),
            Param::Ints(all.iter().map(|one| one.made.at).collect()),
            text(|one| &one.made.body),
            text(|one| &one.made.keys_text),
            Param::Texts(looked.iter().map(|(id, ..)| *id).collect()),
            Param::Texts(looked.iter().map(|(_, name, _)| *name).collect()),
            Param::Texts(looked.iter().map(|(.., key)| *key).collect()),
        ];
        let rows = match server.at_once(ALL, &params).await {
            // Somebody else has a name of one of them, or two have the same: those are left out.
            Err(Fault::Collision(_)) if all.len() > 1 => server.at_once(SOME, &params).await?,
            rows => rows?,
        };
        let made = rows.into_iter().map(|mut row| row.text(0)).collect::<Result<BTreeSet<String>>>()?;
        Ok(all.iter().map(|one| made.contains(&one.made.id).then_some(())).collect())
    }
}

/// The statement that creates, with what it does about a name that is taken.
macro_rules! create {
    ($taken:literal) => {
        concat!(
            "WITH made AS (\
             INSERT INTO resource (class, id, version, created, modified, body, keys, n) \
             SELECT class, id, 1, at, at, body, keys::jsonb, pg_current_xact_id() \
             FROM unnest(?1::text[], ?2::text[], ?3::bigint[], ?4::text[], ?5::text[]) AS g(class, id, at, body, keys) ",
            $taken,
            " RETURNING seq, class, id\
             ), found AS (\
             INSERT INTO lookup (name, key, seq) SELECT l.name, l.key, made.seq \
             FROM unnest(?6::text[], ?7::text[], ?8::text[]) AS l(id, name, key) JOIN made ON made.id = l.id\
             ), counted AS (\
             INSERT INTO counter (name, shard, value) \
             SELECT 'live ' || class, pg_backend_pid() % 16, count(*) FROM made GROUP BY class \
             ON CONFLICT (name, shard) DO UPDATE SET value = counter.value + excluded.value\
             ) SELECT id FROM made"
        )
    };
}

/// Creates all or none.
const ALL: &str = create!("");
/// Leaves out those that are taken. To be ready for them costs a sixth more of the server's time.
const SOME: &str = create!("ON CONFLICT DO NOTHING");
