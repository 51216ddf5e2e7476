use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};

use crate::vendor::{Call, Reply, Rows, Vendor, Windows, moment, page_of};

/// The state of one organisation. The owner of the token has the id `00u1`.
#[derive(Debug)]
pub struct Okta {
    /// Calls in a minute to one part of the API.
    pub calls_a_minute: u64,
    /// What the token may see: `users`, `groups`, `apps`, `iam`, `logs`.
    pub areas: BTreeSet<&'static str>,
    pub(super) token: String,
    pub(super) users: Rows,
    pub(super) passwords: BTreeSet<String>,
    pub(super) groups: Rows,
    pub(super) members: BTreeMap<String, Vec<String>>,
    pub(super) apps: Rows,
    /// Who has an application, and whether through a group.
    pub(super) assigned: BTreeMap<String, BTreeMap<String, bool>>,
    /// The roles of a user: their assignments and types.
    pub(super) roles: BTreeMap<String, Vec<(String, String)>>,
    pub(super) sessions: BTreeMap<String, u64>,
    pub(super) grants: BTreeMap<String, u64>,
    pub(super) factors: BTreeMap<String, u64>,
    pub(super) mails: Vec<String>,
    pub(super) log: Vec<Value>,
    pub(super) windows: Windows,
}

pub(super) type Answer = Result<Reply, Reply>;

impl Okta {
    /// An organisation, whose administrator made this API token.
    #[must_use]
    pub fn new(token: &str) -> Self {
        let mut okta = Self {
            calls_a_minute: 100_000,
            areas: BTreeSet::from(["users", "groups", "apps", "iam", "logs"]),
            token: token.to_owned(),
            users: Rows::default(),
            passwords: BTreeSet::new(),
            groups: Rows::default(),
            members: BTreeMap::new(),
            apps: Rows::default(),
            assigned: BTreeMap::new(),
            roles: BTreeMap::new(),
            sessions: BTreeMap::new(),
            grants: BTreeMap::new(),
            factors: BTreeMap::new(),
            mails: Vec::new(),
            log: Vec::new(),
            windows: Windows::default(),
        };
        let owner = okta.seed_user("olga@example.com", "Olga", "Owner");
        okta.roles.insert(owner, vec![("ra1".to_owned(), "SUPER_ADMIN".to_owned())]);
        okta.seed_group("Everyone", "BUILT_IN");
        okta
    }

    /// Adds an active user; gives the id.
    pub fn seed_user(&mut self, login: &str, first: &str, last: &str) -> String {
        let profile = json!({ "login": login, "email": login, "firstName": first, "lastName": last });
        let id = self.insert(&profile, "ACTIVE", 1_767_600_000);
        self.passwords.insert(id.clone());
        id
    }

    /// Adds a group of a type: `OKTA_GROUP`, `APP_GROUP`, `BUILT_IN`; gives the id.
    pub fn seed_group(&mut self, name: &str, kind: &str) -> String {
        let id = format!("00g{}", self.groups.number());
        let profile = json!({ "name": name });
        self.groups.add(
            &id,
            json!({ "id": id, "type": kind, "profile": profile, "objectClass": ["okta:user_group"] }),
        );
        id
    }

    /// Adds an application; gives the id.
    pub fn seed_app(&mut self, label: &str) -> String {
        let id = format!("0oa{}", self.apps.number());
        let app = json!({ "id": id, "name": "oidc_client", "label": label, "status": "ACTIVE", "signOnMode": "OPENID_CONNECT" });
        self.apps.add(&id, app);
        id
    }

    /// Gives an application to a user through a group.
    pub fn seed_assignment(&mut self, app: &str, user: &str) {
        self.assigned.entry(app.to_owned()).or_default().insert(user.to_owned(), true);
    }

    /// Puts a user into a group, whoever made it.
    pub fn seed_member(&mut self, group: &str, user: &str) {
        self.members.entry(group.to_owned()).or_default().push(user.to_owned());
    }

    /// Gives a user these roles in place of those before.
    pub fn set_roles(&mut self, user: &str, kinds: &[&str]) {
        let roles = kinds.iter().map(|kind| (format!("ra-{kind}"), (*kind).to_owned()));
        self.roles.insert(user.to_owned(), roles.collect());
    }

    /// Signs a user in, with a second factor and a program that has access.
    pub fn seed_session(&mut self, user: &str) {
        for counted in [&mut self.sessions, &mut self.grants, &mut self.factors] {
            counted.insert(user.to_owned(), 1);
        }
    }

    /// Changes what the API shows of a user, past all rules.
    pub fn set(&mut self, user: &str, change: &Value) {
        if let Some(row) = self.users.get_mut(user) {
            crate::vendor::merge(row, change);
        }
    }

    /// A user as the API shows it.
    #[must_use]
    pub fn user(&self, id: &str) -> Option<&Value> {
        self.users.get(id)
    }

    /// The id of the user with this login.
    #[must_use]
    pub fn id_of(&self, login: &str) -> Option<String> {
        self.users.find("/profile/login", login).map(|(id, _)| id.to_owned())
    }

    /// The names of the groups that a user is in.
    #[must_use]
    pub fn groups_of(&self, user: &str) -> Vec<String> {
        let of = self.members.iter().filter(|(_, members)| members.iter().any(|member| member == user));
        of.filter_map(|(id, _)| self.groups.get(id)?.pointer("/profile/name")?.as_str().map(str::to_owned))
            .collect()
    }

    /// The labels of the applications that a user has.
    #[must_use]
    pub fn apps_of(&self, user: &str) -> Vec<String> {
        let of = self.assigned.iter().filter(|(_, users)| users.contains_key(user));
        of.filter_map(|(id, _)| self.apps.get(id)?.get("label")?.as_str().map(str::to_owned)).collect()
    }

    /// The types of the roles that a user has.
    #[must_use]
    pub fn roles_of(&self, user: &str) -> Vec<String> {
        self.roles.get(user).into_iter().flatten().map(|(_, kind)| kind.clone()).collect()
    }

    /// How many sessions, programs with access and second factors a user has.
    #[must_use]
    pub fn held_by(&self, user: &str) -> [u64; 3] {
        [&self.sessions, &self.grants, &self.factors]
            .map(|counted| counted.get(user).copied().unwrap_or_default())
    }

    /// To whom Okta sent a mail.
    #[must_use]
    pub fn mails(&self) -> &[String] {
        &self.mails
    }

    pub(super) fn insert(&mut self, profile: &Value, status: &str, now: i64) -> String {
        let id = format!("00u{}", self.users.number());
        let user = json!({
            "id": id, "status": status, "created": moment(now), "activated": null, "statusChanged": moment(now),
            "lastLogin": null, "lastUpdated": moment(now), "passwordChanged": null, "type": { "id": "oty1" },
            "profile": profile, "credentials": { "provider": { "type": "OKTA", "name": "OKTA" } },
        });
        self.users.add(&id, user);
        id
    }

    /// A page, with where the next one is in the headers.
    pub(super) fn paged(call: &Call, all: Vec<Value>) -> Answer {
        let size = match call.parameter("limit").map(str::parse::<usize>) {
            None => 200,
            Some(Ok(size)) if (1..=200).contains(&size) => size,
            Some(_) => return Err(failed(400, "E0000001", "limit: must be from 1 to 200")),
        };
        let start = match call.parameter("after") {
            None => 0,
            Some(after) => after.strip_prefix("at").and_then(|at| at.parse().ok()).unwrap_or(usize::MAX),
        };
        let (items, next) = page_of(all, start, size);
        let reply = Reply::json(200, items.into());
        let Some(next) = next else { return Ok(reply) };
        let host = call.headers.get("host").map(String::as_str).unwrap_or_default();
        let others = call.query.iter().filter(|(name, _)| name != "after");
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(others)
            .append_pair("after", &format!("at{next}"))
            .finish();
        let link = format!("<http://{host}/{}?{query}>; rel=\"next\"", call.path.join("/"));
        Ok(reply.header("link", link))
    }
}

pub(super) fn failed(status: u16, code: &str, summary: &str) -> Reply {
    let body = json!({
        "errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": "oae1", "errorCauses": [],
    });
    Reply::json(status, body)
}

pub(super) fn gone() -> Reply {
    failed(404, "E0000007", "Not found: Resource not found (User)")
}

impl Vendor for Okta {
    fn answer(&mut self, call: &Call) -> Reply {
        // An API token, or the token of a service.
        let known = [format!("SSWS {}", self.token), format!("Bearer {}", self.token)];
        if !call.headers.get("authorization").is_some_and(|sent| known.contains(sent)) {
            return failed(401, "E0000011", "Invalid token provided");
        }
        let (_, path) = call.route();
        let ["api", "v1", area, rest @ ..] = path.as_slice() else { return gone() };
        let limit = self.calls_a_minute;
        let taken = self.windows.take(area, limit, 60, call.now);
        let (left, reset) = match taken {
            Ok(left) => (left, call.now + 60),
            Err(wait) => (0, call.now + wait),
        };
        let reply = match taken {
            Err(_) => failed(429, "E0000047", "API call exceeded rate limit due to too many requests."),
            Ok(_) if !self.areas.contains(area) => {
                failed(403, "E0000006", "You do not have permission to perform the requested action")
            }
            Ok(_) => match *area {
                "users" => {
                    let answer = self.route_users(call, rest);
                    if let Ok(reply) = &answer {
                        self.note(call, rest, reply);
                    }
                    answer
                }
                "logs" => self.list_log(call),
                "groups" => self.route_groups(call, rest),
                "apps" => self.route_apps(call, rest),
                "iam" => self.assignees(call),
                _ => Err(gone()),
            }
            .unwrap_or_else(|refused| refused),
        };
        reply
            .header("x-rate-limit-limit", limit)
            .header("x-rate-limit-remaining", left)
            .header("x-rate-limit-reset", reset)
            .header("x-okta-request-id", "req-1")
    }

    fn throttle(&self, retry_after: Option<Duration>) -> Reply {
        let reply = failed(429, "E0000047", "API call exceeded rate limit due to too many requests.");
        match retry_after {
            Some(wait) => reply.header("retry-after", wait.as_secs()),
            None => reply,
        }
    }
}
