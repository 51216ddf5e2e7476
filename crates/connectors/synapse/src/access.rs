//! Administrators and rooms.

use serde_json::{Value, json};
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{Context, EntitlementRef, Object, Outcome, Result};
use tenure_connector_rest::system::{List, Listing, already, done, items, need_text, no_entitlement, text};

use crate::fields::is;
use crate::system::{ADMIN_V1, at};
use crate::{Rooms, Synapse};

impl Synapse {
    /// The rooms that are entitlements.
    fn rooms(&self) -> Result<Listing> {
        let all = self.config.rooms == Rooms::All;
        Ok(self.paged(self.client.get(&at(ADMIN_V1, &["rooms"]))?, "/rooms", "/next_batch").each(
            move |room| {
                let alias = text(room, "/canonical_alias");
                let mut found = Entitlement::new("room", need_text(room, "/room_id")?);
                found.display = alias.or_else(|| text(room, "/name")).map(str::to_owned);
                Ok(if all || alias.is_some() { vec![Object::from(&found)] } else { Vec::new() })
            },
        ))
    }

    /// The administrator, then rooms.
    pub(crate) fn entitlements(&self, list: usize) -> Result<List> {
        Ok(match list {
            0 => List::Given(vec![Object::from(&Entitlement::new("role", "admin"))]),
            _ => self.rooms()?.into(),
        })
    }

    /// Administrators, then members of rooms; people of other servers are no accounts.
    pub(crate) fn grants(&self, list: usize) -> Result<List> {
        if list == 0 {
            let admins = self.all_users()?.map_request(|ask| ask.with_query("admins", "true"));
            let admin = |user: &Value| {
                let held = GrantRecord::new(need_text(user, "/name")?, EntitlementRef::new("role", "admin"));
                Ok(if is(user, "erased") { Vec::new() } else { vec![Object::from(&held)] })
            };
            return Ok(admins.each(admin).into());
        }
        let (client, config) = (self.client.clone(), self.config.clone());
        Ok(List::of_each(self.rooms()?, move |entitlement| {
            let room = entitlement.strip_prefix("room:").unwrap_or(entitlement);
            let (held, config) = (EntitlementRef::new("room", room), config.clone());
            let members = client.get(&at(ADMIN_V1, &["rooms", room, "members"]))?;
            Ok(Listing::new(&client, members, "/members").each(move |member| {
                let user = need_text(member, "")?;
                let grant = GrantRecord::new(user, held.clone());
                Ok(if config.is_local(user) { vec![Object::from(&grant)] } else { Vec::new() })
            }))
        }))
    }

    pub(crate) async fn give(&self, ctx: &Context, item: &Value, wanted: &EntitlementRef) -> Result<Outcome> {
        let user = need_text(item, "/name")?;
        match (wanted.kind.as_str(), wanted.id.as_str()) {
            ("role", "admin") => self.set_admin(ctx, item, true).await,
            ("room", room) => {
                let asked = self.client.get(&at(ADMIN_V1, &["rooms", room]))?;
                if !room.starts_with('!') || self.client.try_json(ctx, &asked).await?.is_none() {
                    return Err(no_entitlement(wanted));
                }
                if self.is_in(ctx, user, room).await? {
                    return Ok(Outcome::already_so());
                }
                let request = self.client.post(&at(ADMIN_V1, &["join", room]))?;
                already(self.client.send(ctx, &request.with_json(&json!({ "user_id": user }))?).await)
            }
            _ => Err(no_entitlement(wanted)),
        }
    }

    pub(crate) async fn take(&self, ctx: &Context, item: &Value, held: &EntitlementRef) -> Result<Outcome> {
        let user = need_text(item, "/name")?;
        match (held.kind.as_str(), held.id.as_str()) {
            ("role", "admin") => self.set_admin(ctx, item, false).await,
            ("room", room) if self.is_in(ctx, user, room).await? => {
                let request = self.client.post(&["_matrix", "client", "v3", "rooms", room, "kick"])?;
                Ok(done(&self.client.send(ctx, &request.with_json(&json!({ "user_id": user }))?).await?))
            }
            _ => Ok(Outcome::already_gone()),
        }
    }

    async fn set_admin(&self, ctx: &Context, item: &Value, wanted: bool) -> Result<Outcome> {
        if is(item, "admin") == wanted {
            return Ok(if wanted { Outcome::already_so() } else { Outcome::already_gone() });
        }
        let request = self.client.put(&at(ADMIN_V1, &["users", need_text(item, "/name")?, "admin"]))?;
        Ok(done(&self.client.send(ctx, &request.with_json(&json!({ "admin": wanted }))?).await?))
    }

    async fn is_in(&self, ctx: &Context, user: &str, room: &str) -> Result<bool> {
        Ok(self.joined(ctx, user).await?.iter().any(|own| own == room))
    }

    /// The rooms that a user is in.
    pub(crate) async fn joined(&self, ctx: &Context, user: &str) -> Result<Vec<String>> {
        let request = self.client.get(&at(ADMIN_V1, &["users", user, "joined_rooms"]))?;
        let answer = self.client.json(ctx, &request).await?;
        Ok(items(&answer, "/joined_rooms")?
            .iter()
            .filter_map(|room| room.as_str().map(str::to_owned))
            .collect())
    }
}
