//! Changes of users since a moment: the list of users tells who was made or changed, the events tell who was deleted.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tenure_connector::{
    Change, ChangePage, ConnectorError, Context, Cursor, DeltaToken, ObjectClass, ObjectRef, Result,
};
use tenure_connector_rest::system::{answered_at, id_text, items, place_of, protocol};
use tenure_connector_rest::{Answer, Request};

use crate::{Onelogin, fields};

const MARK: &str = "users-";

/// Where following stands. The time is OneLogin's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    /// What happened since then is told.
    since: DateTime<Utc>,
    /// From where the next round starts, once this one has begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<DateTime<Utc>>,
    /// Whether users are through, and deletions come.
    #[serde(default)]
    deletions: bool,
    /// The next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Cursor>,
}

impl Onelogin {
    /// A round begins a second before the last one did, so that what happened within that second is told twice and not
    /// passed over.
    pub(crate) async fn follow(&self, ctx: &Context, since: Option<&DeltaToken>) -> Result<ChangePage> {
        let Some(token) = since else {
            let request = self.client.get(&["users"])?.with_query("fields", "id");
            let answer = self.client.send(ctx, &request.with_query("limit", "1")).await?;
            return page(Vec::new(), &Place::from(answered_at(&answer)?), false, &answer);
        };
        let mut place = read(token)?;
        let from = (place.since - TimeDelta::seconds(1)).to_rfc3339_opts(SecondsFormat::Millis, true);
        let (request, paging) = match place.deletions {
            false => (self.changed(&from)?, Self::users_paging()),
            true => (self.deleted(&from)?, Self::old_paging()),
        };
        let request = paging.resume(request, place.at.as_ref())?;
        let answer = self.client.send(ctx, &request).await?;
        let until = match place.until {
            Some(until) => until,
            None => answered_at(&answer)?,
        };
        let body: serde_json::Value = answer.json()?;
        let mut changes = Vec::new();
        let rows = items(&body, if place.deletions { "/data" } else { "" })?;
        for row in rows {
            changes.push(match place.deletions {
                false => Change::Upserted(self.users.item(row)?),
                true => Change::Deleted(ObjectRef::new(ObjectClass::USER, id_text(row, "/user_id")?)),
            });
        }
        place.until = Some(until);
        place.at = paging.next(&request, &answer, rows.len())?;
        match (&place.at, place.deletions) {
            (Some(_), _) => page(changes, &place, true, &answer),
            (None, false) => page(changes, &Place { deletions: true, ..place }, true, &answer),
            (None, true) => page(changes, &Place::from(until), false, &answer),
        }
    }

    fn changed(&self, from: &str) -> Result<Request> {
        let request = self.client.get(&["users"])?.with_query("fields", fields::LISTED);
        Ok(request.with_query("limit", "100").with_query("updated_since", from))
    }

    fn deleted(&self, from: &str) -> Result<Request> {
        let request = self.api.get(&["1", "events"])?.with_query("since", from);
        Ok(request.with_query("event_type_id", self.config.deleted_event.to_string()))
    }
}

impl From<DateTime<Utc>> for Place {
    fn from(since: DateTime<Utc>) -> Self {
        Self { since, until: None, deletions: false, at: None }
    }
}

fn read(token: &DeltaToken) -> Result<Place> {
    let place = serde_json::from_str(place_of(token, MARK)?);
    place.map_err(|_| ConnectorError::invalid_input("token", "expected a token that this connector made"))
}

fn page(changes: Vec<Change>, place: &Place, more: bool, answer: &Answer) -> Result<ChangePage> {
    let place = serde_json::to_string(place).map_err(|_| protocol("expected a place that can be written"))?;
    Ok(ChangePage { changes, token: DeltaToken::new(format!("{MARK}{place}")), more, rate: answer.rate() })
}
