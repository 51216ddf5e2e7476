use chrono::{DateTime, Utc};
use serde_json::Value;
use tenure_connector::{ConnectorError, Object, ObjectRef, Outcome};
use tenure_scim::validate::ValidateOptions;
use tenure_scim::{Resource, ValueRef};

use super::Write;
use super::members::{Member, listed};
use super::tables::{LOOK_UP, bare, json, text};
use crate::directory::db::{OnlyWriter, one};
use crate::directory::error::{Fault, Result};
use crate::directory::fields::put;
use crate::directory::row::{etag, reference, shown, stamp, version};
use crate::directory::shape::{Shape, named};

/// What a create writes, worked out before its transaction so that no other writer waits for it.
#[derive(Debug)]
pub(in crate::directory) struct Made {
    pub(in crate::directory) id: String,
    pub(in crate::directory) at: i64,
    members: Vec<Member>,
    bare: Resource,
    /// Every name of the resource.
    object: ObjectRef,
    pub(in crate::directory) body: String,
    keys: Value,
    pub(in crate::directory) keys_text: String,
    /// The rows of `lookup`, by name and key.
    pub(in crate::directory) lookups: Vec<(String, String)>,
}

impl Made {
    pub(super) fn of(shape: &Shape, resource: &Resource, now: DateTime<Utc>) -> Result<Self> {
        let checked = shape.schema.validate_create_with(resource, &ValidateOptions::default())?;
        // What is not in the schema would be lost, so it is refused; a server in front decides for its clients before.
        // What is left out because it stands there twice is known.
        let is_unknown = |path: &&String| {
            named(&unnumbered(path)).and_then(|path| shape.schema.attribute(&path)).is_none()
        };
        if let Some(unknown) = checked.ignored.iter().find(is_unknown) {
            let detail = format!("{} has no attribute `{unknown}`", shape.class);
            return Err(ConnectorError::invalid_input(unknown, detail).into());
        }
        let mut resource = checked.resource;
        if shape.has_active && !resource.attr("active").is_some_and(ValueRef::is_assigned) {
            put(&mut resource, "active", true.into());
        }
        let members = if shape.has_members { listed(&resource) } else { Vec::new() };
        let bare = bare(shape, resource);
        let keys = shape.keys(&bare)?;
        let id = id(now);
        Ok(Self {
            object: reference(shape, &id, &bare),
            id,
            at: stamp(now),
            members,
            body: text(&bare)?,
            keys_text: json(&keys)?,
            lookups: lookups(shape, &keys),
            bare,
            keys,
        })
    }

    /// Whether there are rows of `member` to be made too.
    #[cfg(feature = "postgres")]
    pub(in crate::directory) fn has_members(&self) -> bool {
        !self.members.is_empty()
    }

    /// How its create ended, once it is written.
    pub(in crate::directory) fn outcome(&self) -> Outcome {
        Outcome::done(true).with_object(self.object.clone()).with_version(version(1))
    }

    /// The object as it is once it is written; nothing where other tables hold a part of it.
    pub(in crate::directory) fn shown(&self, shape: &Shape) -> Option<Object> {
        if !self.members.is_empty() {
            return None;
        }
        let mut resource = self.bare.clone();
        let at = shown(self.at);
        resource.set_id(&self.id);
        let meta = serde_json::json!({
            "resourceType": shape.class.as_str(), "created": at, "lastModified": at, "version": etag(1),
        });
        put(&mut resource, "meta", meta);
        Some(Object::new(self.object.clone(), resource).with_version(version(1)))
    }
}

/// An id begins with the time, so that new rows stand beside each other in every index of ids, and goes on with 80 random bits,
/// so that nobody guesses it and none is made twice. `meta.created` tells no less than it does.
fn id(now: DateTime<Utc>) -> String {
    // Neither half holds the bits that say which kind of UUID it is.
    let (high, low) = uuid::Uuid::new_v4().as_u64_pair();
    format!("{:012x}{:010x}{:010x}", stamp(now) / 1_000_000, high >> 24, low & 0xff_ffff_ffff)
}

fn lookups(shape: &Shape, keys: &Value) -> Vec<(String, String)> {
    let many = shape.indexes.iter().filter(|index| index.multi);
    many.flat_map(|index| index.keys(keys).into_iter().map(|key| (index.rows(shape), key.to_owned())))
        .collect()
}

impl Write<'_> {
    /// Makes a resource.
    pub(super) async fn create(&self, shape: &Shape, made: &Made) -> Result<Outcome> {
        let mut params = vec![
            shape.class.as_str().into(),
            made.id.as_str().into(),
            made.at.into(),
            made.body.as_str().into(),
            made.keys_text.as_str().into(),
        ];
        let seq = match self.session.only_writer() {
            None => {
                let sql = "INSERT INTO resource (class, id, version, created, modified, body, keys, n) \
                           VALUES (?1, ?2, 1, ?3, ?3, ?4, ?5, pg_current_xact_id()) \
                           ON CONFLICT DO NOTHING RETURNING seq";
                one(self.session, sql, &params).await?.map(|mut row| row.int(0)).transpose()?
            }
            Some(OnlyWriter { columns, tally }) => {
                params.push(tally.next_change(self.session).await?.into());
                params.extend(columns.values(&made.keys));
                match self.session.execute(columns.insert(), &params).await? {
                    0 => {
                        tally.give_back();
                        None
                    }
                    _ => self.session.newest_row(),
                }
            }
        };
        let Some(seq) = seq else {
            self.check_unique(shape, None, &made.keys, None).await?;
            return Err(Fault::Collision("a unique name was taken and given back meanwhile".to_owned()));
        };
        for (name, key) in &made.lookups {
            self.later(LOOK_UP, [name.clone().into(), key.clone().into(), seq.into()]);
        }
        self.add_members(seq, &made.members).await?;
        self.count_live(shape, 1);
        Ok(made.outcome())
    }
}

/// A path without the numbers of its elements: `emails[1].type` is `emails.type`.
fn unnumbered(path: &str) -> String {
    let mut parts = path.split('[');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| plain + part.split_once(']').map_or(part, |(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::DateTime;

    use super::{id, unnumbered};

    #[test]
    fn ids_are_of_one_length_in_the_order_of_time_and_never_twice() {
        let at = |millis| DateTime::from_timestamp_millis(millis).unwrap();
        let many: BTreeSet<String> = (0..1000).map(|_| id(at(1_700_000_000_000))).collect();
        assert_eq!(many.len(), 1000);
        assert!(many.iter().all(|id| id.len() == 32 && id.starts_with("018bcfe56800")), "{many:?}");
        assert!(many.iter().all(|one| *one < id(at(1_700_000_000_001))));
        // Each of the random digits is another one somewhere.
        for place in 12..32 {
            let digits: BTreeSet<char> = many.iter().filter_map(|id| id.chars().nth(place)).collect();
            assert!(digits.len() > 8, "digit {place}: {digits:?}");
        }
    }

    #[test]
    fn the_numbers_of_elements_are_left_out() {
        assert_eq!(unnumbered("urn:x:Own:tags[2]"), "urn:x:Own:tags");
        assert_eq!(unnumbered("emails[1].type"), "emails.type");
        assert_eq!(unnumbered("userName"), "userName");
    }
}
