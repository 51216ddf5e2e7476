//! Administrators and rooms.

use serde_json::json;
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{Context, EntitlementRef, Object, Result};
use tenure_connector_rest::system::{Kind, List, Listing, items, need_text, post, put, text};

use crate::fields::is;
use crate::system::{ADMIN_V1, at};
use crate::{Rooms, Synapse};

impl Synapse {
    /// The rooms that are entitlements.
    pub(crate) fn rooms(&self) -> Result<Listing> {
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
    pub(crate) fn all_kinds(&self) -> Result<Vec<Kind>> {
        let admins = self.all_users()?.with("admins", "true").each(|user| {
            let held = GrantRecord::new(need_text(user, "/name")?, EntitlementRef::new("role", "admin"));
            Ok(if is(user, "erased") { Vec::new() } else { vec![Object::from(&held)] })
        });
        let admin = "_synapse/admin/v1/users/{account}/admin";
        let mut kinds = vec![
            Kind::new("role", &self.client)
                .given([Entitlement::new("role", "admin")])
                .grants(admins)
                .held_when(|user, _| is(user, "admin"))
                .granted(put(admin).json(|_| json!({ "admin": true })))
                .revoked(put(admin).json(|_| json!({ "admin": false }))),
        ];
        if self.config.rooms != Rooms::None {
            let room = Kind::new("room", &self.client)
                .grants_in(1)
                .read_at("_synapse/admin/v1/rooms/{id}")
                .held_in("_synapse/admin/v1/users/{account}/joined_rooms", "/joined_rooms", "")
                .granted(post("_synapse/admin/v1/join/{id}").json(|to| json!({ "user_id": to.account })))
                .revoked(
                    post("_matrix/client/v3/rooms/{id}/kick").json(|to| json!({ "user_id": to.account })),
                );
            kinds.push(room);
        }
        Ok(kinds)
    }

    /// Members of rooms; people of other servers are no accounts.
    pub(crate) fn people_in_rooms(&self) -> Result<List> {
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
