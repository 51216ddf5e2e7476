use serde_json::{Value, json};

use super::Okta;
use super::state::{Answer, failed, gone};
use crate::vendor::{Call, Reply, merge, moment};

impl Okta {
    fn status(&self, id: &str) -> Result<&str, Reply> {
        self.users.get(id).and_then(|user| user.get("status")?.as_str()).ok_or_else(gone)
    }

    /// A user by id or login; `me` is the owner of the token.
    fn key(&self, key: &str) -> Result<String, Reply> {
        if key == "me" {
            return Ok("00u1".to_owned());
        }
        match self.users.get(key) {
            Some(_) => Ok(key.to_owned()),
            None => self.id_of(key).ok_or_else(gone),
        }
    }

    fn show(&self, id: &str) -> Answer {
        Ok(Reply::json(200, self.users.get(id).ok_or_else(gone)?.clone()))
    }

    pub(super) fn route_users(&mut self, call: &Call, path: &[&str]) -> Answer {
        let mail = call.parameter("sendEmail") != Some("false");
        match (call.method.as_str(), path) {
            ("GET", []) => self.list_users(call),
            ("POST", []) => self.create(call),
            ("GET", [key]) => self.show(&self.key(key)?),
            ("POST", [key]) => self.update(&self.key(key)?, call),
            ("DELETE", [key]) => self.delete(&self.key(key)?, mail, call.now),
            ("POST", [key, "lifecycle", step]) => self.live(&self.key(key)?, step, mail, call.now),
            ("GET", [key, "groups"]) => {
                let id = self.key(key)?;
                let of = |group: &str| self.members.get(group).is_some_and(|members| members.contains(&id));
                let all = self.groups.iter().filter(|(group, _)| of(group)).map(|(_, row)| row.clone());
                Ok(Reply::json(200, all.collect::<Vec<_>>().into()))
            }
            ("DELETE", [key, "sessions"]) => {
                let id = self.key(key)?;
                self.sessions.remove(&id);
                if call.parameter("oauthTokens") == Some("true") {
                    self.grants.remove(&id);
                }
                Ok(Reply::empty(204))
            }
            ("DELETE", [key, "grants"]) => {
                let id = self.key(key)?;
                self.grants.remove(&id);
                Ok(Reply::empty(204))
            }
            (_, [key, "roles", rest @ ..]) => {
                let id = self.key(key)?;
                self.route_roles(call, &id, rest)
            }
            _ => Err(gone()),
        }
    }

    fn list_users(&self, call: &Call) -> Answer {
        let gone_only = match call.parameter("filter") {
            None => false,
            Some("status eq \"DEPROVISIONED\"") => true,
            Some(_) => return Err(failed(400, "E0000031", "Invalid search criteria")),
        };
        let is_gone = |user: &Value| user.get("status") == Some(&"DEPROVISIONED".into());
        let all =
            self.users.iter().filter(|(_, user)| is_gone(user) == gone_only).map(|(_, user)| user.clone());
        Self::paged(call, all.collect())
    }

    fn refuse(&self, own: &str, profile: &Value) -> Result<(), Reply> {
        let text = |name: &str| profile.get(name).and_then(Value::as_str).unwrap_or_default();
        let wrong = |cause: &str| {
            let mut reply = failed(400, "E0000001", "Api validation failed: login");
            if let Some(body) = &mut reply.body {
                merge(body, &json!({ "errorCauses": [{ "errorSummary": cause }] }));
            }
            Err(reply)
        };
        if !text("login").contains('@') || text("email").is_empty() {
            return wrong("login: Username must be in the form of an email address");
        }
        match self.id_of(text("login")) {
            Some(other) if other != own => {
                wrong("login: An object with this field already exists in the current organization")
            }
            _ => Ok(()),
        }
    }

    fn create(&mut self, call: &Call) -> Answer {
        let profile = call.body.get("profile").cloned().unwrap_or_default();
        self.refuse("", &profile)?;
        let password = call.body.pointer("/credentials/password/value").is_some();
        let status = match (call.parameter("activate"), password) {
            (Some("false"), _) => "STAGED",
            (_, true) => "ACTIVE",
            // Somebody who is to choose a password gets a mail.
            (_, false) => "PROVISIONED",
        };
        if status == "PROVISIONED" {
            self.mails.push(profile.get("email").and_then(Value::as_str).unwrap_or_default().to_owned());
        }
        let id = self.insert(&profile, status, call.now);
        if password {
            self.passwords.insert(id.clone());
        }
        self.show(&id)
    }

    /// A POST changes what it names; null clears.
    fn update(&mut self, id: &str, call: &Call) -> Answer {
        let change = call.body.get("profile").cloned().unwrap_or_else(|| json!({}));
        let mut user = self.users.get(id).ok_or_else(gone)?.clone();
        if self.status(id)? == "DEPROVISIONED" {
            return Err(failed(
                403,
                "E0000038",
                "This operation is not allowed in the user's current status.",
            ));
        }
        merge(&mut user, &json!({ "profile": change, "lastUpdated": moment(call.now) }));
        self.refuse(id, user.get("profile").unwrap_or(&Value::Null))?;
        if call.body.pointer("/credentials/password/value").is_some() {
            self.passwords.insert(id.to_owned());
        }
        self.users.add(id, user);
        self.show(id)
    }

    fn delete(&mut self, id: &str, mail: bool, now: i64) -> Answer {
        if self.status(id)? == "DEPROVISIONED" {
            self.users.remove(id);
        } else {
            self.deactivate(id, mail, now);
        }
        Ok(Reply::empty(204))
    }

    /// Takes applications, groups and sessions; they do not come back.
    fn deactivate(&mut self, id: &str, mail: bool, now: i64) {
        self.set(id, &json!({ "status": "DEPROVISIONED", "statusChanged": moment(now) }));
        self.assigned.values_mut().for_each(|users| users.retain(|user, _| user != id));
        self.members.values_mut().for_each(|members| members.retain(|member| member != id));
        for counted in [&mut self.sessions, &mut self.grants, &mut self.factors] {
            counted.remove(id);
        }
        self.roles.remove(id);
        if mail {
            self.mails.push("admins".to_owned());
        }
    }

    fn live(&mut self, id: &str, step: &str, mail: bool, now: i64) -> Answer {
        let status = self.status(id)?.to_owned();
        let refused =
            || failed(403, "E0000038", "This operation is not allowed in the user's current status.");
        let next = match (step, status.as_str()) {
            ("suspend", "ACTIVE") => "SUSPENDED",
            ("unsuspend", "SUSPENDED") => "ACTIVE",
            ("unlock", "LOCKED_OUT") => "ACTIVE",
            ("activate", "STAGED" | "DEPROVISIONED") => {
                if mail && !self.passwords.contains(id) {
                    self.mails.push("activation".to_owned());
                }
                if self.passwords.contains(id) { "ACTIVE" } else { "PROVISIONED" }
            }
            ("activate", "ACTIVE") => {
                return Err(failed(403, "E0000016", "Activation failed because the user is already active"));
            }
            ("deactivate", other) if other != "DEPROVISIONED" => {
                self.deactivate(id, mail, now);
                return Ok(Reply::json(200, json!({})));
            }
            ("reset_factors", "ACTIVE") => {
                self.factors.remove(id);
                return Ok(Reply::json(200, json!({})));
            }
            _ => return Err(refused()),
        };
        self.set(id, &json!({ "status": next, "statusChanged": moment(now) }));
        match step {
            "activate" => Ok(Reply::json(
                200,
                json!({ "activationUrl": "https://example.okta.com/welcome", "activationToken": "t1" }),
            )),
            _ => Ok(Reply::json(200, json!({}))),
        }
    }
}
