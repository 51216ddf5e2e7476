use serde_json::{Value, json};

use super::Synapse;
use super::state::{Answer, failed, gone, unknown};
use crate::vendor::{Call, Reply};

fn has(room: &Value, list: &str, user: &str) -> bool {
    room.get(list).and_then(Value::as_array).is_some_and(|members| members.iter().any(|own| own == user))
}

/// What a user may do in a room; who made one of version 12 may do everything.
fn power(room: &Value, user: &str) -> i64 {
    if room.get("version") == Some(&"12".into()) && room.get("creator") == Some(&user.into()) {
        return i64::MAX;
    }
    room.get("powers").and_then(|powers| powers.get(user)?.as_i64()).unwrap_or(0)
}

impl Synapse {
    fn find_room(&self, id: &str) -> Result<&Value, Reply> {
        self.rooms.get(id).ok_or_else(|| gone("Room not found"))
    }

    pub(super) fn rooms_of(&self, user: &str) -> Vec<String> {
        let of = self.rooms.iter().filter(|(_, room)| has(room, "members", user));
        of.map(|(id, _)| id.to_owned()).collect()
    }

    pub(super) fn leave(&mut self, room: &str, user: &str) {
        for list in ["members", "invited"] {
            if let Some(members) =
                self.rooms.get_mut(room).and_then(|room| room.get_mut(list)?.as_array_mut())
            {
                members.retain(|own| own != user);
            }
        }
    }

    fn enter(&mut self, room: &str, list: &str, user: &str) {
        if let Some(members) = self.rooms.get_mut(room).and_then(|room| room.get_mut(list)?.as_array_mut()) {
            members.push(user.into());
        }
    }

    pub(super) fn route_rooms(&mut self, call: &Call, path: &[&str]) -> Answer {
        match (call.method.as_str(), path) {
            ("GET", []) => {
                let all = self.rooms.iter().map(|(_, room)| room.clone()).collect();
                Self::paged(call, all, "rooms", "next_batch")
            }
            ("GET", [id]) => Ok(Reply::json(200, self.find_room(id)?.clone())),
            ("GET", [id, "members"]) => {
                let members = self.find_room(id)?.get("members").cloned();
                Ok(Reply::json(200, json!({ "members": members })))
            }
            ("GET", [id, "state"]) => self.state_of(call, id),
            ("POST", [id, "make_room_admin"]) => self.make_admin(call, id),
            _ => Err(unknown()),
        }
    }

    fn state_of(&self, call: &Call, id: &str) -> Answer {
        let room = self.find_room(id)?;
        let (maker, powers) = (room.get("creator"), room.get("powers"));
        let mut state = vec![json!({
            "type": "m.room.create", "state_key": "", "sender": maker, "content": { "room_version": room.get("version") },
        })];
        if powers.is_some_and(|powers| !powers.is_null()) {
            let content = json!({ "users": powers, "users_default": 0 });
            state.push(json!({ "type": "m.room.power_levels", "state_key": "", "sender": maker, "content": content }));
        }
        if let Some(kind) = call.parameter("type") {
            state.retain(|event| event.get("type") == Some(&kind.into()));
        }
        Ok(Reply::json(200, json!({ "state": state })))
    }

    /// Somebody of this server with enough power has to be in the room.
    fn make_admin(&mut self, call: &Call, id: &str) -> Answer {
        let room = self.find_room(id)?.clone();
        let members = room.get("members").and_then(Value::as_array).cloned().unwrap_or_default();
        let best = members.iter().filter_map(Value::as_str).map(|member| power(&room, member)).max();
        let Some(best) = best.filter(|best| *best >= 100) else {
            return Err(failed(400, "M_UNKNOWN", "No local admin user in room"));
        };
        let user = call.body.get("user_id").and_then(Value::as_str).unwrap_or_default();
        let powers = self.rooms.get_mut(id).and_then(|room| room.get_mut("powers")?.as_object_mut());
        if let Some(powers) = powers {
            powers.insert(user.to_owned(), best.min(100).into());
        }
        if room.get("public") == Some(&false.into()) && !has(&room, "members", user) {
            self.enter(id, "invited", user);
        }
        Ok(Reply::json(200, json!({})))
    }

    /// Into a room that is not public an administrator can only lead somebody who may invite there.
    pub(super) fn join(&mut self, call: &Call, id: &str) -> Answer {
        let user = call.body.get("user_id").and_then(Value::as_str).unwrap_or_default().to_owned();
        self.account(&user)?;
        let room = self.find_room(id)?;
        if room.get("public") == Some(&false.into()) && !has(room, "members", &self.owner()) {
            return Err(failed(403, "M_FORBIDDEN", "You are not in the room"));
        }
        if !has(room, "members", &user) {
            self.enter(id, "members", &user);
        }
        Ok(Reply::json(200, json!({ "room_id": id })))
    }

    /// What nobody is in any more cannot be entered.
    pub(super) fn accept(&mut self, me: &str, id: &str) -> Answer {
        let room = self.find_room(id)?;
        let empty = room.get("members").and_then(Value::as_array).is_none_or(Vec::is_empty);
        if empty || (room.get("public") == Some(&false.into()) && !has(room, "invited", me)) {
            return Err(failed(403, "M_FORBIDDEN", "You are not invited to this room."));
        }
        self.leave(id, me);
        self.enter(id, "members", me);
        Ok(Reply::json(200, json!({ "room_id": id })))
    }

    pub(super) fn kick(&mut self, call: &Call, id: &str) -> Answer {
        let user = call.body.get("user_id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let (room, me) = (self.find_room(id)?, self.owner());
        if !has(room, "members", &me) || power(room, &me) <= power(room, &user) {
            return Err(failed(403, "M_FORBIDDEN", "You cannot kick this user"));
        }
        self.leave(id, &user);
        Ok(Reply::json(200, json!({})))
    }
}
