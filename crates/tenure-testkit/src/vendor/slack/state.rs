use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};

use crate::vendor::{Call, Reply, Rows, Vendor, Windows};

/// The state of one workspace. Its primary owner has the id `U001`.
#[derive(Debug)]
pub struct Slack {
    /// Writes by SCIM in a minute, of all programs together.
    pub scim_writes_a_minute: u64,
    /// The scopes of the token.
    pub scopes: Vec<String>,
    /// Whether the token is an administrator's, who reaches no owner.
    pub is_admins: bool,
    /// Whether the plan has SCIM.
    pub has_scim: bool,
    pub(super) token: String,
    pub(super) team: String,
    pub(super) users: Rows,
    pub(super) groups: Rows,
    pub(super) ranks: BTreeMap<String, Rank>,
    pub(super) usergroups: Rows,
    pub(super) channels: Rows,
    pub(super) members: BTreeMap<String, BTreeSet<String>>,
    pub(super) logins: Vec<Value>,
    pub(super) sessions: BTreeMap<String, u64>,
    pub(super) windows: Windows,
}

/// What somebody may do, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Guest,
    Regular,
    Admin,
    Owner,
    Primary,
}

impl Slack {
    /// A workspace `T001`, whose primary owner made this token.
    #[must_use]
    pub fn new(token: &str) -> Self {
        let scopes = ["admin", "admin.users:write", "users:read", "usergroups:read", "usergroups:write"];
        let mut slack = Self {
            scim_writes_a_minute: 100_000,
            scopes: scopes.into_iter().map(str::to_owned).collect(),
            is_admins: false,
            has_scim: true,
            token: token.to_owned(),
            team: "T001".to_owned(),
            users: Rows::default(),
            groups: Rows::default(),
            ranks: BTreeMap::new(),
            usergroups: Rows::default(),
            channels: Rows::default(),
            members: BTreeMap::new(),
            logins: Vec::new(),
            sessions: BTreeMap::new(),
            windows: Windows::default(),
        };
        let owner = slack.seed_user("olga", "olga@example.com");
        slack.ranks.insert(owner, Rank::Primary);
        slack
    }

    /// Adds a user; gives the id.
    pub fn seed_user(&mut self, name: &str, email: &str) -> String {
        let id = format!("U{:03}", self.users.number());
        let user = json!({
            "schemas": [super::scim::USER], "id": id, "userName": name, "displayName": name, "active": true,
            "emails": [{ "value": email, "primary": true }],
        });
        self.users.add(&id, user);
        self.ranks.insert(id.clone(), Rank::Regular);
        id
    }

    /// Adds a guest, who is in one channel only.
    pub fn seed_guest(&mut self, name: &str, email: &str) -> String {
        let id = self.seed_user(name, email);
        self.ranks.insert(id.clone(), Rank::Guest);
        id
    }

    /// Adds a user group; gives the id.
    pub fn seed_usergroup(&mut self, name: &str) -> String {
        let id = format!("S{:03}", self.usergroups.number());
        let group = json!({
            "id": id, "team_id": self.team, "is_usergroup": true, "is_subteam": true, "name": name,
            "description": "", "handle": name.to_lowercase(), "is_external": false, "date_create": 1, "date_update": 1,
            "date_delete": 0, "auto_type": null, "auto_provision": false, "enterprise_subteam_id": "",
            "created_by": "U001", "updated_by": "U001", "deleted_by": null,
            "prefs": { "channels": [], "groups": [] },
        });
        self.usergroups.add(&id, group);
        id
    }

    /// Adds a channel; gives the id.
    pub fn seed_channel(&mut self, name: &str) -> String {
        let id = format!("C{:03}", self.channels.number());
        self.channels.add(&id, super::web::channel(&id, name));
        id
    }

    /// Adds a SCIM group; gives the id.
    pub fn seed_group(&mut self, name: &str) -> String {
        let id = format!("SG{:03}", self.groups.number());
        let group = json!({ "schemas": [super::scim::GROUP], "id": id, "displayName": name, "members": [] });
        self.groups.add(&id, group);
        id
    }

    /// Signs a user in, at a moment in seconds since 1970.
    pub fn seed_login(&mut self, user: &str, at: i64) {
        *self.sessions.entry(user.to_owned()).or_default() += 1;
        self.logins.push(json!({
            "user_id": user, "username": user, "date_first": at, "date_last": at, "count": 1, "ip": "192.0.2.1",
            "user_agent": "browser", "isp": null, "country": null, "region": null,
        }));
    }

    /// A user as SCIM shows it.
    #[must_use]
    pub fn user(&self, id: &str) -> Option<&Value> {
        self.users.get(id)
    }

    /// The id of the user with this name.
    #[must_use]
    pub fn id_of(&self, name: &str) -> Option<String> {
        self.users.find("/userName", name).map(|(id, _)| id.to_owned())
    }

    /// Who is in a user group or a channel.
    #[must_use]
    pub fn members_of(&self, id: &str) -> Vec<String> {
        self.members.get(id).into_iter().flatten().cloned().collect()
    }

    /// Whether a user group is disabled.
    #[must_use]
    pub fn is_disabled(&self, usergroup: &str) -> bool {
        self.usergroups.get(usergroup).is_some_and(|group| group.get("date_delete") != Some(&0.into()))
    }

    /// How many sessions a user has.
    #[must_use]
    pub fn sessions_of(&self, user: &str) -> u64 {
        self.sessions.get(user).copied().unwrap_or_default()
    }

    /// How many seats are billed.
    #[must_use]
    pub fn seats_billed(&self) -> usize {
        self.users.iter().filter(|(id, user)| self.is_billed(id, user)).count()
    }

    pub(super) fn is_billed(&self, id: &str, user: &Value) -> bool {
        user.get("active") == Some(&true.into()) && self.ranks.get(id) != Some(&Rank::Guest)
    }

    pub(super) fn rank(&self, id: &str) -> Rank {
        self.ranks.get(id).copied().unwrap_or(Rank::Regular)
    }
}

impl Vendor for Slack {
    fn answer(&mut self, call: &Call) -> Reply {
        let admitted = call.headers.get("authorization") == Some(&format!("Bearer {}", self.token));
        let (_, path) = call.route();
        match path.as_slice() {
            ["scim", "v2", rest @ ..] => {
                if !admitted {
                    return super::scim::failed(401, "invalid_authentication");
                }
                if !self.has_scim {
                    return super::scim::failed(403, "feature_not_enabled");
                }
                if call.writes() {
                    let limit = self.scim_writes_a_minute;
                    if let Err(wait) = self.windows.take("scim writes", limit, 60, call.now) {
                        return self.throttle(Some(Duration::from_secs(wait.unsigned_abs())));
                    }
                }
                self.scim(call, rest).unwrap_or_else(|refused| refused)
            }
            ["api", method] if admitted => match self.web(method, call) {
                Ok(body) => Reply::json(200, body).header("x-oauth-scopes", self.scopes.join(",")),
                Err(code) => Reply::json(200, json!({ "ok": false, "error": code })),
            },
            ["api", _] => Reply::json(200, json!({ "ok": false, "error": "invalid_auth" })),
            _ => Reply::empty(404),
        }
    }

    fn throttle(&self, retry_after: Option<Duration>) -> Reply {
        let reply = Reply::json(429, json!({ "ok": false, "error": "ratelimited" }));
        match retry_after {
            Some(wait) => reply.header("retry-after", wait.as_secs()),
            None => reply,
        }
    }
}
