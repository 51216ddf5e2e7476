//! What somebody owns on a homeserver: rooms that nobody else can administer.

use serde_json::{Value, json};
use tenure_connector::{Context, Outcome, OwnershipScope, Result, Secret, SideEffect};
use tenure_connector_rest::system::{Found, items, need_text, text, unclear, wanted};

use crate::Synapse;
use crate::system::{ADMIN_V1, WHOAMI, at};

/// The power of an owner, by Matrix's convention.
const OWNER: i64 = 100;

/// The kind of things that can change hands.
const ROOMS: &str = "rooms";

impl Synapse {
    /// Makes the receiver an owner of every room that the giver owns, and leads the receiver in: a room that the last of this
    /// server left is lost, whoever is invited.
    pub(crate) async fn hand_over(
        &self,
        from: Found<'_>,
        to: Found<'_>,
        scope: &OwnershipScope,
    ) -> Result<Outcome> {
        if wanted(scope, &[ROOMS])?.is_empty() {
            return Ok(Outcome::already_so());
        }
        let (ctx, from, to) = (from.ctx, from.id, to.id);
        let already_in = self.joined(ctx, to).await?;
        let (mut given, mut outside) = (0_usize, Vec::new());
        for room in self.joined(ctx, from).await? {
            if !self.owns(ctx, &room, from).await? {
                continue;
            }
            let (owns, is_in) = (self.owns(ctx, &room, to).await?, already_in.contains(&room));
            if !owns {
                let request = self.client.post(&at(ADMIN_V1, &["rooms", &room, "make_room_admin"]))?;
                self.client.send(ctx, &request.with_json(&json!({ "user_id": to }))?).await?;
            }
            given += usize::from(!(owns && is_in));
            if !is_in {
                outside.push(room);
            }
        }
        if !outside.is_empty() {
            unclear(self.enter_as(ctx, to, &outside).await)?;
        }
        Ok(match given {
            0 => Outcome::already_so(),
            given => Outcome::done(true)
                .with_effect(SideEffect::Other { what: format!("{given} rooms have `{to}` as an owner") }),
        })
    }

    /// Enters rooms as somebody, by a token that ends with it. An administrator's own way in needs a place in the room.
    async fn enter_as(&self, ctx: &Context, user: &str, rooms: &[String]) -> Result<()> {
        let me = self.client.json(ctx, &self.client.get(&WHOAMI)?).await?;
        let client = match text(&me, "/user_id") == Some(user) {
            true => None,
            false => {
                let request =
                    self.client.post(&at(ADMIN_V1, &["users", user, "login"]))?.with_json(&json!({}))?;
                let given = self.client.json(ctx, &request).await?;
                Some(self.client_as(&Secret::new(need_text(&given, "/access_token")?))?)
            }
        };
        let acting = client.as_ref().unwrap_or(&self.client);
        let mut entered = Ok(());
        for room in rooms {
            let request = acting.post(&["_matrix", "client", "v3", "join", room])?.with_json(&json!({}))?;
            entered = acting.send(ctx, &request).await.map(drop);
            if entered.is_err() {
                break;
            }
        }
        if let Some(client) = client {
            let request = client.post(&["_matrix", "client", "v3", "logout"])?.with_json(&json!({}))?;
            client.send(ctx, &request).await?;
        }
        entered
    }

    /// Whoever made a room owns it, be it that the room has no powers yet, or that its version gives its makers all of it.
    async fn owns(&self, ctx: &Context, room: &str, user: &str) -> Result<bool> {
        let levels = self.state(ctx, room, "m.room.power_levels").await?;
        let own = levels.as_ref().and_then(|event| event.get("content")?.get("users")?.get(user)?.as_i64());
        if let Some(own) = own {
            return Ok(own >= OWNER);
        }
        let Some(create) = self.state(ctx, room, "m.room.create").await? else { return Ok(false) };
        // From this version on the makers stand in no list, and nobody can take the power from them.
        let version = text(&create, "/content/room_version").and_then(|version| version.parse::<u32>().ok());
        let lasting = version.is_some_and(|version| version >= 12);
        let also = items(&create, "/content/additional_creators")?.iter().any(|other| other == user);
        Ok((lasting || levels.is_none()) && (also || text(&create, "/sender") == Some(user)))
    }

    async fn state(&self, ctx: &Context, room: &str, kind: &str) -> Result<Option<Value>> {
        let request = self.client.get(&at(ADMIN_V1, &["rooms", room, "state"]))?.with_query("type", kind);
        let answer = self.client.json(ctx, &request).await?;
        // Older servers give the whole state.
        let found = items(&answer, "/state")?.iter().find(|event| text(event, "/type") == Some(kind));
        Ok(found.cloned())
    }
}
