use serde_json::{Value, json};

use super::Synapse;
use super::state::{Answer, failed, gone, unknown};
use crate::vendor::{Call, Reply};

impl Synapse {
    pub(super) fn route_users(&mut self, call: &Call, path: &[&str]) -> Answer {
        match (call.method.as_str(), path) {
            ("GET", []) => self.list_users(call),
            ("GET", [id]) => Ok(Reply::json(200, self.account(id)?.clone())),
            ("PUT", [id]) => self.put_user(call, id),
            ("GET", [id, "devices"]) => {
                self.account(id)?;
                let devices: Vec<Value> =
                    self.devices_of(id).into_iter().map(|device| json!({ "device_id": device })).collect();
                Ok(Reply::json(200, json!({ "total": devices.len(), "devices": devices })))
            }
            ("POST", [id, "delete_devices"]) => {
                self.account(id)?;
                let ended = call.body.get("devices").and_then(Value::as_array).cloned().unwrap_or_default();
                if let Some(devices) = self.devices.get_mut(*id) {
                    devices.retain(|device| !ended.iter().any(|ended| ended == device));
                }
                Ok(Reply::json(200, json!({})))
            }
            _ => Err(unknown()),
        }
    }

    pub(super) fn route_account(&mut self, call: &Call, path: &[&str]) -> Answer {
        let is = |name: &str| call.body.get(name) == Some(&true.into());
        match (call.method.as_str(), path) {
            ("GET", ["username_available"]) => self.available(call.parameter("username").unwrap_or_default()),
            ("GET", ["users", id, "admin"]) => {
                let admin = self.account(id)?.get("admin").cloned();
                Ok(Reply::json(200, json!({ "admin": admin })))
            }
            ("PUT", ["users", id, "admin"]) => {
                self.account(id)?;
                if *id == self.owner() && !is("admin") {
                    return Err(failed(400, "M_UNKNOWN", "You may not demote yourself."));
                }
                self.set(id, &json!({ "admin": is("admin") }));
                Ok(Reply::json(200, json!({})))
            }
            ("GET", ["users", id, "joined_rooms"]) => {
                self.account(id)?;
                let rooms = self.rooms_of(id);
                Ok(Reply::json(200, json!({ "total": rooms.len(), "joined_rooms": rooms })))
            }
            ("POST", ["users", id, "login"]) => {
                if *id == self.owner() {
                    return Err(failed(400, "M_UNKNOWN", "Cannot use admin API to login as self"));
                }
                self.account(id)?;
                let token = format!("syt_as_{id}");
                self.lent.insert(token.clone(), (*id).to_owned());
                Ok(Reply::json(200, json!({ "access_token": token })))
            }
            ("PUT", ["suspend", id]) => {
                self.account(id)?;
                self.set(id, &json!({ "suspended": is("suspend") }));
                Ok(Reply::json(200, json!({})))
            }
            ("POST", ["deactivate", id]) => {
                self.account(id)?;
                self.deactivate(id, is("erase"));
                Ok(Reply::json(200, json!({ "id_server_unbind_result": "success" })))
            }
            ("GET", ["threepid", medium, "users", address]) => {
                self.holder("threepids", &json!({ "medium": medium, "address": address }))
            }
            ("GET", ["auth_providers", provider, "users", external]) => {
                self.holder("external_ids", &json!({ "auth_provider": provider, "external_id": external }))
            }
            ("POST", ["join", room]) => self.join(call, room),
            _ => Err(unknown()),
        }
    }

    /// The list shows less than an account itself.
    fn list_users(&self, call: &Call) -> Answer {
        let asked = |name: &str| call.parameter(name) == Some("true");
        let is = |user: &Value, name: &str| user.get(name) == Some(&true.into());
        let all = self.users.iter().map(|(_, user)| user).filter(|user| {
            (asked("deactivated") || !is(user, "deactivated"))
                && (asked("locked") || !is(user, "locked"))
                && (!asked("admins") || is(user, "admin"))
        });
        let shown = all.map(|user| {
            let mut user = user.clone();
            if let Some(user) = user.as_object_mut() {
                user.retain(|name, _| !["threepids", "external_ids", "suspended"].contains(&name.as_str()));
            }
            user
        });
        let mut shown: Vec<Value> = shown.collect();
        if call.parameter("order_by") != Some("creation_ts") {
            shown.sort_by_key(|user| user.get("name").and_then(Value::as_str).map(str::to_owned));
        }
        Self::paged(call, shown, "users", "next_token")
    }

    fn available(&self, name: &str) -> Answer {
        let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "=_-./+".contains(c);
        if name.is_empty() || !name.chars().all(fine) {
            let error = "User ID can only contain characters a-z, 0-9, or '=_-./+'";
            return Err(failed(400, "M_INVALID_USERNAME", error));
        }
        match self.users.get(&format!("@{name}:{}", self.server)) {
            Some(_) => Err(failed(400, "M_USER_IN_USE", "User ID already taken.")),
            None => Ok(Reply::json(200, json!({ "available": true }))),
        }
    }

    fn holder(&self, list: &str, element: &Value) -> Answer {
        let holds = |user: &Value| {
            let elements = user.get(list).and_then(Value::as_array);
            elements.is_some_and(|elements| elements.contains(element))
        };
        match self.users.iter().find(|(_, user)| holds(user)) {
            Some((id, _)) => Ok(Reply::json(200, json!({ "user_id": id }))),
            None => Err(gone("User not found")),
        }
    }

    fn put_user(&mut self, call: &Call, id: &str) -> Answer {
        let id = self.local(id)?;
        let is_new = self.users.get(&id).is_none();
        let name = id.trim_start_matches('@').split(':').next().unwrap_or_default().to_owned();
        if is_new {
            self.seed_user(&name);
        }
        let body = &call.body;
        // Members that a new account does not take are no error.
        let taken: &[&str] = match is_new {
            true => &["displayname", "avatar_url", "user_type", "admin"],
            false => &["displayname", "avatar_url", "user_type", "admin", "locked"],
        };
        for name in taken {
            if let Some(value) = body.get(*name) {
                let value = if value == "" { &Value::Null } else { value };
                self.set(&id, &json!({ *name: value }));
            }
        }
        if let Some(addresses) = body.get("threepids").and_then(Value::as_array) {
            for address in addresses {
                self.take_address(address);
            }
            self.set(&id, &json!({ "threepids": addresses }));
        }
        for external in body.get("external_ids").and_then(Value::as_array).into_iter().flatten() {
            let holder = self.holder("external_ids", external).ok();
            if holder.is_some_and(|holder| holder.body != Some(json!({ "user_id": id }))) {
                return Err(failed(409, "M_UNKNOWN", "External id is already in use."));
            }
        }
        if let Some(external) = body.get("external_ids") {
            self.set(&id, &json!({ "external_ids": external }));
        }
        if let Some(password) = body.get("password").and_then(Value::as_str) {
            self.passwords.insert(id.clone(), password.to_owned());
            if body.get("logout_devices") != Some(&false.into()) {
                self.devices.remove(&id);
            }
        }
        match body.get("deactivated") {
            Some(Value::Bool(true)) => self.deactivate(&id, false),
            Some(Value::Bool(false)) if !is_new => {
                self.set(&id, &json!({ "deactivated": false, "erased": false }))
            }
            _ => {}
        }
        let user = self.users.get(&id).cloned().unwrap_or_default();
        Ok(Reply::json(if is_new { 201 } else { 200 }, user))
    }

    /// Nobody is asked when an address goes to somebody else.
    fn take_address(&mut self, address: &Value) {
        let holder = self.users.iter().find(|(_, user)| {
            user.get("threepids").and_then(Value::as_array).is_some_and(|own| own.contains(address))
        });
        let Some(holder) = holder.map(|(id, _)| id.to_owned()) else { return };
        if let Some(own) =
            self.users.get_mut(&holder).and_then(|user| user.get_mut("threepids")?.as_array_mut())
        {
            own.retain(|own| own != address);
        }
    }

    fn deactivate(&mut self, id: &str, erase: bool) {
        self.set(id, &json!({ "deactivated": true, "threepids": [] }));
        if erase {
            self.set(id, &json!({ "erased": true, "displayname": null, "avatar_url": null }));
        }
        self.devices.remove(id);
        self.passwords.remove(id);
        for room in self.rooms_of(id) {
            self.leave(&room, id);
        }
    }
}
