use serde_json::{Map, Value, json};

use super::Google;
use super::state::{Answer, failed, gone, paged};
use crate::vendor::{Call, Reply, merge, moment};

impl Google {
    pub(super) fn insert_user(&mut self, wanted: &Value, now: i64) -> String {
        let id = self.next().to_string();
        let mut user = json!({
            "kind": "admin#directory#user", "id": id, "isAdmin": false, "suspended": false, "archived": false,
            "orgUnitPath": "/", "creationTime": moment(now), "lastLoginTime": "1970-01-01T00:00:00.000Z",
            "isEnrolledIn2Sv": false,
        });
        self.write(&mut user, wanted);
        self.users.add(&id, user);
        id
    }

    /// Keeps what is absent, clears what is null, replaces lists whole.
    fn write(&self, user: &mut Value, wanted: &Value) {
        let mut kept = wanted.as_object().cloned().unwrap_or_default();
        for hidden in ["password", "hashFunction", "changePasswordAtNextLogin"] {
            kept.remove(hidden);
        }
        merge(user, &Value::Object(kept));
        let name =
            |part: &str| user.pointer(&format!("/name/{part}")).and_then(Value::as_str).unwrap_or_default();
        let full = format!("{} {}", name("givenName"), name("familyName"));
        merge(user, &json!({ "name": { "fullName": full } }));
    }

    /// A user by id, address or alias.
    fn key(&self, key: &str) -> Result<String, Reply> {
        if self.users.get(key).is_some() {
            return Ok(key.to_owned());
        }
        let alias = |user: &Value| {
            let aliases = user.get("aliases").and_then(Value::as_array);
            aliases.is_some_and(|aliases| aliases.contains(&key.into()))
        };
        let by_alias = self.users.iter().find(|(_, user)| alias(user)).map(|(id, _)| id.to_owned());
        self.id_of(key).or(by_alias).ok_or_else(|| gone("userKey"))
    }

    fn show(&self, id: &str) -> Answer {
        Ok(Reply::json(200, self.users.get(id).ok_or_else(|| gone("userKey"))?.clone()))
    }

    pub(super) fn route_users(&mut self, call: &Call, path: &[&str]) -> Answer {
        match (call.method.as_str(), path) {
            ("GET", []) => self.list_users(call),
            ("POST", []) => self.create_user(call),
            ("GET", [key]) => self.show(&self.key(key)?),
            ("PUT" | "PATCH", [key]) => self.update_user(&self.key(key)?, &call.body),
            ("DELETE", [key]) => {
                let id = self.key(key)?;
                let user = self.users.remove(&id).ok_or_else(|| gone("userKey"))?;
                let email =
                    user.get("primaryEmail").and_then(Value::as_str).unwrap_or_default().to_lowercase();
                self.licences.retain(|(_, holder), _| *holder != email);
                self.members.values_mut().for_each(|members| members.retain(|member| *member != id));
                let held: Vec<String> = self
                    .assignments
                    .iter()
                    .filter(|(_, row)| row.get("assignedTo") == Some(&id.as_str().into()))
                    .map(|(assignment, _)| assignment.to_owned())
                    .collect();
                held.iter().for_each(|assignment| drop(self.assignments.remove(assignment)));
                self.deleted.add(&id, user);
                Ok(Reply::empty(200))
            }
            ("POST", [id, "undelete"]) => {
                let user = self.deleted.remove(id).ok_or_else(|| gone("userKey"))?;
                self.users.add(id, user);
                Ok(Reply::empty(200))
            }
            _ => Err(gone("path")),
        }
    }

    fn list_users(&self, call: &Call) -> Answer {
        if call.parameter("customer") != Some("my_customer") {
            return Err(failed(400, "badRequest", "Bad Request"));
        }
        let mut all: Vec<Value> = self.users.iter().map(|(_, user)| user.clone()).collect();
        if let Some(query) = call.parameter("query") {
            let wanted = query.strip_prefix("externalId='").and_then(|rest| rest.strip_suffix('\''));
            let wanted =
                wanted.ok_or_else(|| failed(400, "invalid", "Invalid Input: query"))?.replace("\\'", "'");
            // A search finds beginnings, too.
            all.retain(|user| {
                let ids = user.get("externalIds").and_then(Value::as_array).into_iter().flatten();
                ids.filter_map(|id| id.get("value")?.as_str()).any(|own| own.starts_with(&wanted))
            });
        }
        paged(call, "users", all, 100, 500)
    }

    fn create_user(&mut self, call: &Call) -> Answer {
        let text = |at: &str| call.body.pointer(at).and_then(Value::as_str).unwrap_or_default();
        let email = text("/primaryEmail");
        if text("/name/givenName").is_empty() || text("/name/familyName").is_empty() {
            return Err(failed(400, "invalid", "Invalid Given/Family Name: FamilyName"));
        }
        if text("/password").len() < 8 {
            return Err(failed(400, "invalid", "Invalid Password"));
        }
        if call.body.get("archived") == Some(&true.into()) {
            return Err(failed(400, "invalid", "Invalid Input: archived"));
        }
        self.free(email, "")?;
        let id = self.insert_user(&call.body, call.now);
        self.show(&id)
    }

    fn free(&self, email: &str, own: &str) -> Result<(), Reply> {
        if !email.ends_with("@example.com") {
            return Err(failed(400, "invalid", "Invalid Input: primary_user_email"));
        }
        match self.key(email) {
            Ok(id) if id != own => Err(failed(409, "duplicate", "Entity already exists.")),
            _ => Ok(()),
        }
    }

    fn update_user(&mut self, id: &str, wanted: &Value) -> Answer {
        if let Some(email) = wanted.get("primaryEmail").and_then(Value::as_str) {
            self.free(email, id)?;
        }
        let mut user = self.users.get(id).ok_or_else(|| gone("userKey"))?.clone();
        let lifts = wanted.get("suspended") == Some(&false.into());
        if lifts && user.get("suspensionReason") == Some(&"ABUSE".into()) {
            return Err(failed(403, "forbidden", "The user was suspended for abuse"));
        }
        // The old address becomes an alias.
        let old = user.get("primaryEmail").cloned().unwrap_or_default();
        self.write(&mut user, wanted);
        if user.get("primaryEmail") != Some(&old) {
            merge(&mut user, &json!({ "aliases": [old] }));
        }
        self.users.add(id, user);
        self.show(id)
    }

    pub(super) fn security(&mut self, method: &str, user: &str, action: &str, rest: &[&str]) -> Answer {
        let id = self.key(user)?;
        match (method, action, rest) {
            ("POST", "signOut", []) => {
                self.sessions.remove(&id);
                Ok(Reply::empty(200))
            }
            ("GET", "tokens", []) => {
                let clients = self.tokens.get(&id).cloned().unwrap_or_default();
                let items: Vec<Value> =
                    clients.iter().map(|client| json!({ "clientId": client, "userKey": id })).collect();
                let mut body = Map::new();
                if !items.is_empty() {
                    body.insert("items".to_owned(), items.into());
                }
                Ok(Reply::json(200, body.into()))
            }
            ("DELETE", "tokens", [client]) => {
                let clients = self.tokens.entry(id).or_default();
                let at = clients.iter().position(|own| own == client).ok_or_else(|| gone("clientId"))?;
                clients.remove(at);
                Ok(Reply::empty(200))
            }
            ("GET", "asps", []) => {
                let own = self.passwords.get(&id).into_iter().flatten();
                let items: Vec<Value> =
                    own.map(|code| json!({ "codeId": code, "name": "An old program" })).collect();
                let body = if items.is_empty() { json!({}) } else { json!({ "items": items }) };
                Ok(Reply::json(200, body))
            }
            ("DELETE", "asps", [code]) => {
                let own = self.passwords.entry(id).or_default();
                let at = own.iter().position(|own| own.to_string() == *code);
                own.remove(at.ok_or_else(|| gone("codeId"))?);
                Ok(Reply::empty(200))
            }
            ("POST", "verificationCodes", ["invalidate"]) => {
                self.codes.remove(&id);
                Ok(Reply::empty(200))
            }
            ("POST", "twoStepVerification", ["turnOff"]) => {
                self.factors.insert(id, false);
                Ok(Reply::empty(200))
            }
            _ => Err(gone("path")),
        }
    }
}
