//! OneLogin: users with their lives and licences, roles, sessions, second factors, events.
//!
//! What it does as OneLogin does: the list leaves out what is not asked for, next pages stand in a header, who has no
//! licence gets one by a call of its own, the two generations of the API fail in two ways, a limit ends in seconds.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Call, Reply, Rows, Vendor, Windows, merge, moment, page_of};

/// The state of one account. Its owner has the id 1.
#[derive(Debug)]
pub struct Onelogin {
    /// Calls in an hour.
    pub calls_an_hour: u64,
    /// Licences that are bought.
    pub bought: usize,
    /// Whether the token may only read.
    pub reads_only: bool,
    /// Whether the token may look at roles.
    pub manages_all: bool,
    token: String,
    users: Rows,
    roles: Rows,
    sessions: BTreeSet<String>,
    devices: BTreeMap<String, Vec<String>>,
    events: Vec<Value>,
    windows: Windows,
}

type Answer = Result<Reply, Reply>;

/// What the list shows when nothing is asked for.
const USUAL: &str = "id,username,email,firstname,lastname,status,state";

impl Onelogin {
    /// An account, in which an application has this token.
    #[must_use]
    pub fn new(token: &str) -> Self {
        let mut onelogin = Self {
            calls_an_hour: 100_000,
            bought: 1000,
            reads_only: false,
            manages_all: true,
            token: token.to_owned(),
            users: Rows::default(),
            roles: Rows::default(),
            sessions: BTreeSet::new(),
            devices: BTreeMap::new(),
            events: Vec::new(),
            windows: Windows::default(),
        };
        onelogin.seed_user("olga@example.com", "Olga", "Owner");
        onelogin
    }

    /// Adds an active user with a licence; gives the id.
    pub fn seed_user(&mut self, name: &str, first: &str, last: &str) -> String {
        let user = json!({ "username": name, "email": name, "firstname": first, "lastname": last, "status": 1, "state": 1 });
        self.insert(&user, 1_767_600_000)
    }

    /// Adds a role; gives the id.
    pub fn seed_role(&mut self, name: &str) -> String {
        let number = self.roles.number() + 500;
        self.roles.add(&number.to_string(), json!({ "id": number, "name": name }));
        number.to_string()
    }

    /// Signs a user in, with a second factor.
    pub fn seed_session(&mut self, user: &str) {
        self.sessions.insert(user.to_owned());
        self.devices.insert(user.to_owned(), vec!["3920373".to_owned()]);
    }

    /// Changes what the API shows of a user, past all rules.
    pub fn set(&mut self, user: &str, change: &Value) {
        if let Some(row) = self.users.get_mut(user) {
            merge(row, change);
        }
    }

    fn touch(&mut self, user: &str, now: i64) {
        self.set(user, &json!({ "updated_at": moment(now) }));
    }

    /// What the API would not show of itself: something that happened to a user, by its number.
    pub fn seed_event(&mut self, kind: u64, user: &str, now: i64) {
        let number = self.events.len() + 1;
        let row = json!({
            "id": number, "created_at": moment(now), "event_type_id": kind, "user_id": user.parse::<u64>().ok(), "account_id": 1,
        });
        self.events.push(row);
    }

    fn list_events(&self, call: &Call) -> Answer {
        let mut all = self.events.clone();
        if let Some(since) = call.parameter("since") {
            all.retain(|row| row.get("created_at").and_then(Value::as_str).is_some_and(|at| at > since));
        }
        if let Some(kind) = call.number("event_type_id") {
            all.retain(|row| row.get("event_type_id") == Some(&kind.into()));
        }
        Ok(old_page(call, all))
    }

    /// A user as the API shows it.
    #[must_use]
    pub fn user(&self, id: &str) -> Option<&Value> {
        self.users.get(id)
    }

    /// Whether somebody is signed in, and how many second factors there are.
    #[must_use]
    pub fn held_by(&self, user: &str) -> (bool, usize) {
        (self.sessions.contains(user), self.devices.get(user).map_or(0, Vec::len))
    }

    fn insert(&mut self, wanted: &Value, now: i64) -> String {
        let number = self.users.number();
        let mut user =
            json!({ "id": number, "role_ids": [], "created_at": moment(now), "updated_at": moment(now) });
        merge(&mut user, wanted);
        self.users.add(&number.to_string(), user);
        number.to_string()
    }

    fn licensed(&self) -> usize {
        self.users.iter().filter(|(_, user)| user.get("state") == Some(&json!(1))).count()
    }

    fn taken(&self, body: &Value, own: &str) -> Result<(), Reply> {
        for name in ["username", "email"] {
            let Some(value) = body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()) else {
                continue;
            };
            if self.users.find(&format!("/{name}"), value).is_some_and(|(id, _)| id != own) {
                return Err(new_failure(
                    422,
                    "UnprocessableEntityError",
                    &format!("{name} must be unique within {value}"),
                ));
            }
        }
        Ok(())
    }

    fn list(&self, call: &Call) -> Answer {
        let mut all: Vec<Value> = self.users.iter().map(|(_, user)| user.clone()).collect();
        for name in ["username", "email", "external_id"] {
            let Some(wanted) = call.parameter(name) else { continue };
            all.retain(|user| {
                user.get(name).and_then(Value::as_str).is_some_and(|own| own.eq_ignore_ascii_case(wanted))
            });
        }
        if let Some(since) = call.parameter("updated_since") {
            all.retain(|user| user.get("updated_at").and_then(Value::as_str).is_some_and(|at| at > since));
        }
        let size = usize::try_from(call.number("limit").unwrap_or(50).clamp(1, 1000)).unwrap_or(50);
        let start = call.parameter("cursor").and_then(|at| at.parse().ok()).unwrap_or(0);
        let (page, next) = page_of(all, start, size);
        let asked = call.parameter("fields").unwrap_or(USUAL);
        let shown = page.iter().map(|user| {
            let fields = asked.split(',').filter_map(|name| Some((name.to_owned(), user.get(name)?.clone())));
            Value::from(fields.collect::<Map<_, _>>())
        });
        let reply = Reply::json(200, shown.collect::<Vec<_>>().into());
        Ok(match next {
            Some(next) => reply.header("after-cursor", next),
            None => reply,
        })
    }

    fn route(&mut self, call: &Call) -> Answer {
        let (method, path) = call.route();
        let roles =
            |user: &Value| user.get("role_ids").and_then(Value::as_array).cloned().unwrap_or_default();
        match (method, path.as_slice()) {
            _ if self.reads_only && call.writes() => {
                Err(new_failure(403, "ForbiddenError", "Insufficient scope for this resource"))
            }
            ("GET", ["api", "2", "users"]) => self.list(call),
            ("POST", ["api", "2", "users"]) => {
                self.taken(&call.body, "")?;
                let mut wanted = call.body.clone();
                merge(&mut wanted, &json!({ "password": null, "password_confirmation": null }));
                if wanted.get("state") == Some(&json!(1)) && self.licensed() >= self.bought {
                    return Err(new_failure(422, "UnprocessableEntityError", "no licences left"));
                }
                let id = self.insert(&wanted, call.now);
                Ok(Reply::json(201, self.users.get(&id).ok_or_else(gone)?.clone()))
            }
            ("GET", ["api", "2", "users", id]) => {
                Ok(Reply::json(200, self.users.get(id).ok_or_else(gone)?.clone()))
            }
            ("PUT", ["api", "2", "users", id]) => {
                let user = self.users.get(id).ok_or_else(gone)?.clone();
                self.taken(&call.body, id)?;
                // To leave "unlicensed" there is a call of its own.
                let stuck = user.get("state") == Some(&json!(3))
                    && call.body.get("state").is_some_and(|new| *new != json!(3));
                if stuck {
                    return Err(new_failure(422, "UnprocessableEntityError", "state cannot be changed"));
                }
                let mut change = call.body.clone();
                merge(&mut change, &json!({ "password": null, "password_confirmation": null }));
                self.set(id, &change);
                self.touch(id, call.now);
                Ok(Reply::json(200, self.users.get(id).ok_or_else(gone)?.clone()))
            }
            ("DELETE", ["api", "2", "users", id]) => {
                self.users.remove(id).ok_or_else(gone)?;
                self.seed_event(17, id, call.now);
                self.sessions.remove(*id);
                Ok(Reply::empty(204))
            }
            ("GET", ["api", "1", "roles"]) if !self.manages_all => {
                Err(old_failure(403, "forbidden", "insufficient permissions"))
            }
            ("GET", ["api", "1", "roles"]) => {
                Ok(old_page(call, self.roles.iter().map(|(_, row)| row.clone()).collect()))
            }
            ("GET", ["api", "1", "events"]) => self.list_events(call),
            ("PUT", ["api", "1", "users", id, "logout"]) => {
                self.users.get(id).ok_or_else(gone)?;
                self.sessions.remove(*id);
                Ok(Reply::json(200, fine()))
            }
            ("PUT", ["api", "1", "users", id, "set_state"]) => {
                let state = call.body.get("state").cloned().unwrap_or_default();
                if self.users.get(id).ok_or_else(gone)?.get("state") == Some(&state) {
                    return Err(old_failure(400, "bad request", "user is already in this state"));
                }
                if state == json!(1) && self.licensed() >= self.bought {
                    return Err(old_failure(400, "bad request", "no licences left"));
                }
                self.set(id, &json!({ "state": state }));
                self.touch(id, call.now);
                Ok(Reply::json(200, fine()))
            }
            ("PUT", ["api", "1", "users", id, how @ ("add_roles" | "remove_roles")]) => {
                let wanted =
                    call.body.get("role_id_array").and_then(Value::as_array).cloned().unwrap_or_default();
                let mut held = roles(self.users.get(id).ok_or_else(gone)?);
                held.retain(|role| !wanted.contains(role));
                if *how == "add_roles" {
                    held.extend(wanted);
                }
                self.set(id, &json!({ "role_ids": held }));
                self.touch(id, call.now);
                Ok(Reply::json(200, fine()))
            }
            ("GET", ["api", "2", "mfa", "users", id, "devices"]) => {
                let devices = self.devices.get(*id).into_iter().flatten();
                let shown: Vec<Value> =
                    devices.map(|device| json!({ "device_id": device, "default": false })).collect();
                Ok(Reply::json(200, shown.into()))
            }
            ("DELETE", ["api", "2", "mfa", "users", id, "devices", device]) => {
                self.devices.entry((*id).to_owned()).or_default().retain(|own| own != device);
                Ok(Reply::empty(204))
            }
            _ => Err(gone()),
        }
    }
}

/// A page of the first generation.
fn old_page(call: &Call, all: Vec<Value>) -> Reply {
    let start = call.parameter("after_cursor").and_then(|at| at.parse().ok()).unwrap_or(0);
    let (page, next) = page_of(all, start, 2);
    let next = next.map(|next| next.to_string()).unwrap_or_default();
    Reply::json(200, json!({ "status": fine(), "pagination": { "after_cursor": next }, "data": page }))
}

fn fine() -> Value {
    json!({ "error": false, "code": 200, "type": "success", "message": "Success" })
}

/// How the second generation fails.
fn new_failure(status: u16, name: &str, message: &str) -> Reply {
    Reply::json(status, json!({ "statusCode": status, "code": status, "name": name, "message": message }))
}

/// How the first generation fails.
fn old_failure(status: u16, kind: &str, message: &str) -> Reply {
    let inner = json!({ "error": true, "code": status, "type": kind, "message": message });
    Reply::json(status, json!({ "status": inner, "code": status, "message": message }))
}

fn gone() -> Reply {
    new_failure(404, "NotFoundError", "Object not found")
}

impl Vendor for Onelogin {
    fn answer(&mut self, call: &Call) -> Reply {
        if call.headers.get("authorization") != Some(&format!("Bearer {}", self.token)) {
            return new_failure(401, "UnauthorizedError", "Authentication Failure");
        }
        let limit = self.calls_an_hour;
        let taken = self.windows.take("account", limit, 3600, call.now);
        let (left, reset) = match taken {
            Ok(left) => (left, 3600),
            Err(wait) => (0, wait),
        };
        let reply = match taken {
            Err(_) => old_failure(429, "rate limit", "rate limit exceeded"),
            Ok(_) => self.route(call).unwrap_or_else(|refused| refused),
        };
        reply
            .header("x-ratelimit-limit", limit)
            .header("x-ratelimit-remaining", left)
            .header("x-ratelimit-reset", reset)
    }
}
