use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};

use crate::vendor::{Call, Reply, Rows, Vendor, Windows, merge, page_of};

/// The state of one workspace, `meridian`, in the enterprise `E1`. Its administrator has the first id.
#[derive(Debug)]
pub struct Trello {
    /// Calls in ten seconds with one token.
    pub calls_in_ten_seconds: u64,
    /// Licences of the enterprise that are bought.
    pub bought: usize,
    /// Whether the token may only read.
    pub reads_only: bool,
    /// Whether the owner of the token administers the workspace.
    pub is_admin: bool,
    authorization: String,
    memberships: Rows,
    boards: Rows,
    on_boards: BTreeMap<String, BTreeMap<String, String>>,
    licensed: BTreeSet<String>,
    accessed: BTreeMap<String, String>,
    made: u64,
    windows: Windows,
}

type Answer = Result<Reply, Reply>;

impl Trello {
    /// A workspace, with this key of an application and this token.
    #[must_use]
    pub fn new(key: &str, token: &str) -> Self {
        let mut trello = Self {
            calls_in_ten_seconds: 100_000,
            bought: 100,
            reads_only: false,
            is_admin: true,
            authorization: format!("OAuth oauth_consumer_key=\"{key}\", oauth_token=\"{token}\""),
            memberships: Rows::default(),
            boards: Rows::default(),
            on_boards: BTreeMap::new(),
            licensed: BTreeSet::new(),
            accessed: BTreeMap::new(),
            made: 0,
            windows: Windows::default(),
        };
        let owner = trello.seed_member("olga@example.com", "Olga Owner");
        trello.set(&owner, &json!({ "memberType": "admin" }));
        trello
    }

    /// Adds a member whose account is managed by the company; gives the id.
    pub fn seed_member(&mut self, email: &str, full_name: &str) -> String {
        let id = self.next_id();
        let username = format!("user{}", self.made);
        let membership = json!({
            "id": self.next_id(), "idMember": id, "memberType": "normal", "deactivated": false, "unconfirmed": false,
            "member": { "id": id, "username": username, "fullName": full_name, "email": email },
        });
        self.memberships.add(&id, membership);
        id
    }

    /// Adds a board with an administrator; gives the id.
    pub fn seed_board(&mut self, name: &str, admin: &str) -> String {
        let id = self.next_id();
        self.boards.add(&id, json!({ "id": id, "name": name }));
        self.on_boards.insert(id.clone(), BTreeMap::from([(admin.to_owned(), "admin".to_owned())]));
        id
    }

    /// Gives a licence of the enterprise, and says when it was used.
    pub fn seed_licence(&mut self, member: &str, accessed: &str) {
        self.licensed.insert(member.to_owned());
        self.accessed.insert(member.to_owned(), accessed.to_owned());
    }

    /// Changes what the API shows of a membership, past all rules.
    pub fn set(&mut self, member: &str, change: &Value) {
        if let Some(row) = self.memberships.get_mut(member) {
            merge(row, change);
        }
    }

    /// A membership as the API shows it.
    #[must_use]
    pub fn membership(&self, member: &str) -> Option<&Value> {
        self.memberships.get(member)
    }

    /// The id of the member with this address.
    #[must_use]
    pub fn id_of(&self, email: &str) -> Option<String> {
        self.memberships.find("/member/email", email).map(|(id, _)| id.to_owned())
    }

    /// The id of the board with this name.
    #[must_use]
    pub fn board(&self, name: &str) -> Option<String> {
        self.boards.find("/name", name).map(|(id, _)| id.to_owned())
    }

    /// What somebody is on a board.
    #[must_use]
    pub fn on_board(&self, board: &str, member: &str) -> Option<&str> {
        self.on_boards.get(board)?.get(member).map(String::as_str)
    }

    /// Whether somebody has a licence of the enterprise.
    #[must_use]
    pub fn is_licensed(&self, member: &str) -> bool {
        self.licensed.contains(member)
    }

    fn next_id(&mut self) -> String {
        self.made += 1;
        format!("{:024x}", self.made)
    }

    fn route(&mut self, call: &Call) -> Answer {
        let (method, path) = call.route();
        let said = |name: &str| call.parameter(name).unwrap_or_default();
        match (method, path.as_slice()) {
            ("GET", ["1", "members", "me"]) => {
                let owner = self.memberships.iter().next().map(|(id, _)| id.to_owned()).unwrap_or_default();
                Ok(Reply::json(200, json!({ "id": owner, "username": "olga" })))
            }
            ("GET", ["1", "organizations", "meridian", "memberships"]) => {
                let shown = self.memberships.iter().map(|(id, row)| {
                    let mut row = row.clone();
                    if !self.is_admin && id.ends_with("01") {
                        merge(&mut row, &json!({ "memberType": "normal" }));
                    }
                    row
                });
                Ok(Reply::json(200, shown.collect::<Vec<_>>().into()))
            }
            ("PUT", ["1", "organizations", "meridian", "members"]) => {
                let (email, name) = (said("email").to_owned(), said("fullName").to_owned());
                if !email.contains('@') || name.is_empty() {
                    return Err(failed(400, "invalid value for email"));
                }
                if self.id_of(&email).is_none() {
                    let id = self.seed_member(&email, &name);
                    self.set(&id, &json!({ "unconfirmed": true }));
                }
                // The answer is the workspace, not the member.
                Ok(Reply::json(200, json!({ "id": "meridian", "memberships": [] })))
            }
            ("PUT", ["1", "organizations", "meridian", "members", id]) => {
                self.member(id)?;
                self.set(id, &json!({ "memberType": said("type") }));
                Ok(Reply::json(200, json!({})))
            }
            ("PUT", ["1", "organizations", "meridian", "members", id, "deactivated"]) => {
                self.member(id)?;
                self.set(id, &json!({ "deactivated": said("value") == "true" }));
                Ok(Reply::json(200, json!({})))
            }
            // Without the last word boards keep the member as a guest.
            ("DELETE", ["1", "organizations", "meridian", "members", id, rest @ ..]) => {
                self.member(id)?;
                self.memberships.remove(id);
                self.licensed.remove(*id);
                if rest == ["all"] {
                    self.on_boards.values_mut().for_each(|board| drop(board.remove(*id)));
                }
                Ok(Reply::json(200, json!({})))
            }
            ("GET", ["1", "organizations", "meridian", "boards"]) => Ok(Reply::json(
                200,
                self.boards.iter().map(|(_, row)| row.clone()).collect::<Vec<_>>().into(),
            )),
            (_, ["1", "boards", board, "members", rest @ ..]) => self.route_board(call, board, rest),
            ("GET", ["1", "enterprises", "E1", "members", "query"]) => self.query(call),
            ("PUT", ["1", "enterprises", "E1", "members", id, "licensed"]) => {
                self.member(id)?;
                match said("value") {
                    "true" if self.licensed.len() >= self.bought => Err(failed(403, "no licenses available")),
                    "true" => {
                        self.licensed.insert((*id).to_owned());
                        Ok(Reply::json(200, json!({})))
                    }
                    _ => {
                        self.licensed.remove(*id);
                        Ok(Reply::json(200, json!({})))
                    }
                }
            }
            _ => Err(failed(404, "The requested resource was not found.")),
        }
    }

    fn member(&self, id: &str) -> Result<&Value, Reply> {
        self.memberships.get(id).ok_or_else(|| failed(404, "member not found"))
    }

    fn route_board(&mut self, call: &Call, board: &str, rest: &[&str]) -> Answer {
        let named = |id: &str, row: Option<&Value>| {
            let text = |at: &str| row.and_then(|row| row.pointer(at)).cloned().unwrap_or_default();
            json!({ "id": id, "fullName": text("/member/fullName"), "username": text("/member/username") })
        };
        let on = self.on_boards.get(board).ok_or_else(|| failed(404, "board not found"))?;
        match (call.method.as_str(), rest) {
            ("GET", []) => {
                let all: Vec<Value> = on.keys().map(|id| named(id, self.memberships.get(id))).collect();
                Ok(Reply::json(200, all.into()))
            }
            ("PUT", [id]) => {
                self.member(id)?;
                let kind = call.parameter("type").unwrap_or_default().to_owned();
                self.on_boards.entry(board.to_owned()).or_default().insert((*id).to_owned(), kind);
                Ok(Reply::json(200, json!({})))
            }
            ("DELETE", [id]) => {
                let admins = on.values().filter(|kind| *kind == "admin").count();
                match on.get(*id).map(String::as_str) {
                    None => Err(failed(404, "member not found on board")),
                    Some("admin") if admins == 1 => Err(failed(400, "a board must have at least one admin")),
                    Some(_) => {
                        self.on_boards.entry(board.to_owned()).or_default().remove(*id);
                        Ok(Reply::json(200, json!({})))
                    }
                }
            }
            _ => Err(failed(404, "The requested resource was not found.")),
        }
    }

    fn query(&self, call: &Call) -> Answer {
        if call.parameter("licensed") != Some("true") {
            return Err(failed(400, "At least one association must be specified"));
        }
        let start = call.parameter("cursor").and_then(|at| at.parse().ok()).unwrap_or(0);
        let shown =
            self.licensed.iter().map(|id| json!({ "id": id, "dateLastAccessed": self.accessed.get(id) }));
        let (members, next) = page_of(shown.collect(), start, 2);
        Ok(Reply::json(200, json!({ "members": members, "cursor": next.map(|next| next.to_string()) })))
    }
}

/// A sentence, as plain text.
fn failed(status: u16, sentence: &str) -> Reply {
    Reply::json(status, sentence.into())
}

fn too_many() -> Reply {
    Reply::json(429, json!({ "error": "API_TOKEN_LIMIT_EXCEEDED", "message": "Rate limit exceeded" }))
}

impl Vendor for Trello {
    fn answer(&mut self, call: &Call) -> Reply {
        if call.parameter("token").is_some() || call.parameter("key").is_some() {
            return failed(400, "credentials belong into the header");
        }
        if call.headers.get("authorization") != Some(&self.authorization) {
            return failed(401, "invalid token");
        }
        let limit = self.calls_in_ten_seconds;
        let taken = self.windows.take("token", limit, 10, call.now);
        let left = taken.unwrap_or(0);
        let reply = match taken {
            Err(_) => too_many(),
            Ok(_) if call.writes() && (self.reads_only || !self.is_admin) => {
                failed(401, "unauthorized member permission requested")
            }
            Ok(_) => self.route(call).unwrap_or_else(|refused| refused),
        };
        reply
            .header("x-rate-limit-api-token-max", limit)
            .header("x-rate-limit-api-token-remaining", left)
            .header("x-rate-limit-api-token-interval-ms", 10_000)
    }

    fn throttle(&self, retry_after: Option<Duration>) -> Reply {
        match retry_after {
            Some(wait) => too_many().header("retry-after", wait.as_secs()),
            None => too_many(),
        }
    }
}
