use serde_json::Value;
use tenure_connector::{ConnectorError, Outcome};
use tenure_scim::validate::ValidateOptions;
use tenure_scim::{Resource, ValueRef};

use super::Write;
use super::members::{Member, listed};
use super::tables::{bare, text};
use crate::directory::db::{OnlyWriter, one};
use crate::directory::error::{Fault, Result};
use crate::directory::fields::put;
use crate::directory::row::{Stored, reference, stamp, version};
use crate::directory::shape::{Shape, named};

/// What a create writes, worked out before its transaction so that no other writer waits for it.
#[derive(Debug)]
pub(super) struct Made {
    members: Vec<Member>,
    bare: Resource,
    body: String,
    keys: Value,
    keys_text: String,
}

impl Made {
    pub(super) fn of(shape: &Shape, resource: &Resource) -> Result<Self> {
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
        let bare = bare(shape, &resource);
        let keys = shape.keys(&bare)?;
        Ok(Self { members, body: text(&bare)?, keys_text: keys.to_string(), bare, keys })
    }
}

impl Write<'_> {
    /// Makes a resource.
    ///
    /// Its id begins with the time, so that new rows stand beside each other in every index of ids, and goes on with 80
    /// random bits, so that nobody guesses it and none is made twice. `meta.created` tells no less than it does.
    pub(super) async fn create(&self, shape: &Shape, made: &Made) -> Result<Outcome> {
        let now = stamp(self.now);
        let mut params = vec![
            shape.class.as_str().into(),
            now.into(),
            made.body.as_str().into(),
            made.keys_text.as_str().into(),
        ];
        let sql = match self.session.only_writer() {
            None => {
                "INSERT INTO resource (class, id, version, created, modified, body, keys) \
                 VALUES (?1, lpad(to_hex(?2::bigint / 1000000), 12, '0') || right(replace(gen_random_uuid()::text, '-', ''), 20), \
                 1, ?2, ?2, ?3, ?4) ON CONFLICT DO NOTHING RETURNING seq, id"
            }
            Some(OnlyWriter { columns, .. }) => {
                params.extend(columns.values(&made.keys));
                columns.insert()
            }
        };
        let Some(mut row) = one(self.session, sql, &params).await? else {
            self.check_unique(shape, None, &made.keys, None).await?;
            return Err(Fault::Collision("a unique name was taken and given back meanwhile".to_owned()));
        };
        let (seq, id) = (row.int(0)?, row.text(1)?);
        self.index_all(shape, seq, &made.keys);
        self.add_members(seq, &made.members).await?;
        self.count_live(shape, 1);
        self.feed(shape, &id, false);
        let object = reference(shape, &id, &made.bare);
        if self.show && made.members.is_empty() {
            let body = made.body.clone();
            let row = Stored { seq, id, version: 1, created: now, modified: now, body };
            self.showing(row.fresh(shape)?);
        }
        Ok(Outcome::done(true).with_object(object).with_version(version(1)))
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
    use super::unnumbered;

    #[test]
    fn the_numbers_of_elements_are_left_out() {
        assert_eq!(unnumbered("urn:x:Own:tags[2]"), "urn:x:Own:tags");
        assert_eq!(unnumbered("emails[1].type"), "emails.type");
        assert_eq!(unnumbered("userName"), "userName");
    }
}
