use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};

use crate::vendor::{Call, Reply, Rows, Vendor, page_of};

/// The state of one homeserver.
#[derive(Debug)]
pub struct Synapse {
    /// Whether the owner of the token is an administrator of the server.
    pub owner_is_admin: bool,
    pub(super) server: String,
    pub(super) token: String,
    pub(super) users: Rows,
    pub(super) passwords: BTreeMap<String, String>,
    pub(super) devices: BTreeMap<String, BTreeSet<String>>,
    /// Tokens that an administrator has of others.
    pub(super) lent: BTreeMap<String, String>,
    pub(super) rooms: Rows,
}

pub(super) type Answer = Result<Reply, Reply>;

impl Synapse {
    /// A homeserver, whose administrator `@olga` has this token.
    #[must_use]
    pub fn new(server: &str, token: &str) -> Self {
        let mut synapse = Self {
            owner_is_admin: true,
            server: server.to_owned(),
            token: token.to_owned(),
            users: Rows::default(),
            passwords: BTreeMap::new(),
            devices: BTreeMap::new(),
            lent: BTreeMap::new(),
            rooms: Rows::default(),
        };
        let owner = synapse.seed_user("olga");
        synapse.set(&owner, &json!({ "admin": true }));
        synapse
    }

    /// Who has the token.
    #[must_use]
    pub fn owner(&self) -> String {
        format!("@olga:{}", self.server)
    }

    /// Adds an account; gives the id.
    pub fn seed_user(&mut self, name: &str) -> String {
        let id = format!("@{name}:{}", self.server);
        self.users.add(
            &id,
            json!({
                "name": id, "admin": false, "deactivated": false, "locked": false, "suspended": false, "erased": false,
                "is_guest": false, "user_type": null, "displayname": name, "avatar_url": null, "threepids": [],
                "external_ids": [], "creation_ts": 1_560_432_506_000_u64, "last_seen_ts": null, "shadow_banned": false,
            }),
        );
        id
    }

    /// Signs a user in on a device.
    pub fn seed_device(&mut self, user: &str, device: &str) {
        self.devices.entry(user.to_owned()).or_default().insert(device.to_owned());
    }

    /// Adds a room that this user made, alone in it; gives the id.
    pub fn seed_room(&mut self, name: &str, maker: &str, version: &str) -> String {
        let id = format!("!{}:{}", self.rooms.number(), self.server);
        // From version 12 on the powers leave out who made the room.
        let powers = if version == "12" { json!({}) } else { json!({ maker: 100 }) };
        let alias = format!("#{name}:{}", self.server);
        self.rooms.add(
            &id,
            json!({
                "room_id": id, "name": name, "canonical_alias": alias, "joined_members": 1, "creator": maker,
                "version": version, "public": true, "members": [maker], "invited": [], "powers": powers,
            }),
        );
        id
    }

    /// Changes what the server keeps of a user or a room, past all rules.
    pub fn set(&mut self, id: &str, change: &Value) {
        let row = if id.starts_with('@') { self.users.get_mut(id) } else { self.rooms.get_mut(id) };
        if let Some(row) = row {
            for (name, value) in change.as_object().into_iter().flatten() {
                if let Some(member) = row.get_mut(name) {
                    *member = value.clone();
                }
            }
        }
    }

    /// A user as the server keeps it.
    #[must_use]
    pub fn user(&self, id: &str) -> Option<&Value> {
        self.users.get(id)
    }

    /// A room as the server keeps it.
    #[must_use]
    pub fn room(&self, id: &str) -> Option<&Value> {
        self.rooms.get(id)
    }

    /// The devices of a user.
    #[must_use]
    pub fn devices_of(&self, user: &str) -> Vec<String> {
        self.devices.get(user).into_iter().flatten().cloned().collect()
    }

    /// How many tokens an administrator has of others.
    #[must_use]
    pub fn lent_tokens(&self) -> usize {
        self.lent.len()
    }

    /// The password of a user.
    #[must_use]
    pub fn password_of(&self, user: &str) -> Option<&str> {
        self.passwords.get(user).map(String::as_str)
    }

    pub(super) fn local(&self, id: &str) -> Result<String, Reply> {
        match id.strip_prefix('@').and_then(|rest| rest.split_once(':')) {
            None => Err(failed(400, "M_INVALID_PARAM", "Expected UserID string to start with '@'")),
            Some((_, server)) if server != self.server => {
                Err(failed(400, "M_UNKNOWN", "Can only look up local users"))
            }
            Some(_) => Ok(id.to_owned()),
        }
    }

    pub(super) fn account(&mut self, id: &str) -> Result<&mut Value, Reply> {
        let id = self.local(id)?;
        self.users.get_mut(&id).ok_or_else(|| gone("User not found"))
    }

    /// A page, with the number at which the next one starts.
    pub(super) fn paged(call: &Call, all: Vec<Value>, name: &str, next_at: &str) -> Answer {
        let (start, size) = (call.number("from").unwrap_or(0), call.number("limit").unwrap_or(100));
        let whole = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let total = all.len();
        let (items, next) = page_of(all, whole(start), whole(size));
        let mut body = json!({ name: items, "total": total });
        if let (Some(next), Some(body)) = (next, body.as_object_mut()) {
            // Of users a text, of rooms a number.
            let next = if name == "users" { json!(next.to_string()) } else { json!(next) };
            body.insert(next_at.to_owned(), next);
        }
        Ok(Reply::json(200, body))
    }

    fn admin(&mut self, call: &Call, path: &[&str]) -> Answer {
        match path {
            ["v2", "users", rest @ ..] => self.route_users(call, rest),
            ["v1", "rooms", rest @ ..] => self.route_rooms(call, rest),
            ["v1", rest @ ..] => self.route_account(call, rest),
            _ => Err(unknown()),
        }
    }
}

pub(super) fn failed(status: u16, code: &str, error: &str) -> Reply {
    Reply::json(status, json!({ "errcode": code, "error": error }))
}

pub(super) fn gone(what: &str) -> Reply {
    failed(404, "M_NOT_FOUND", what)
}

pub(super) fn unknown() -> Reply {
    failed(404, "M_UNRECOGNIZED", "Unrecognized request")
}

impl Vendor for Synapse {
    fn answer(&mut self, call: &Call) -> Reply {
        let token = call.headers.get("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let own = token == Some(self.token.as_str());
        let lent = token.and_then(|token| self.lent.get(token)).cloned();
        let Some(me) = lent.or_else(|| own.then(|| self.owner())) else {
            return failed(401, "M_UNKNOWN_TOKEN", "Invalid access token passed.");
        };
        let (_, path) = call.route();
        let answer = match path.as_slice() {
            ["_matrix", "client", "v3", "account", "whoami"] => {
                Ok(Reply::json(200, json!({ "user_id": me, "is_guest": false })))
            }
            ["_matrix", "client", "v3", "logout"] => {
                self.lent.retain(|lent, _| Some(lent.as_str()) != token);
                Ok(Reply::json(200, json!({})))
            }
            ["_matrix", "client", "v3", "join", room] => self.accept(&me, room),
            _ if !own => Err(failed(403, "M_FORBIDDEN", "You are not a server admin")),
            ["_matrix", "client", "v3", "rooms", room, "kick"] => self.kick(call, room),
            ["_synapse", "admin", ..] if !self.owner_is_admin => {
                Err(failed(403, "M_FORBIDDEN", "You are not a server admin"))
            }
            ["_synapse", "admin", rest @ ..] => self.admin(call, rest),
            _ => Err(unknown()),
        };
        answer.unwrap_or_else(|refused| refused)
    }

    fn throttle(&self, retry_after: Option<Duration>) -> Reply {
        let mut reply = failed(429, "M_LIMIT_EXCEEDED", "Too Many Requests");
        if let (Some(wait), Some(Value::Object(body))) = (retry_after, &mut reply.body) {
            body.insert("retry_after_ms".to_owned(), json!(wait.as_secs() * 1000));
        }
        reply
    }
}
