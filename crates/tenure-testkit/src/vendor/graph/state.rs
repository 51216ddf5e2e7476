use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};

use crate::vendor::{Call, Reply, Rows, Vendor, Windows, merge, moment, page_of};

/// The state of one tenant. The administrator has the first id.
#[derive(Debug)]
pub struct Graph {
    /// Calls in ten seconds.
    pub calls_in_ten_seconds: u64,
    /// The parts of the API that the token may not use: `users`, `groups`, `roles`, `licences`, `activity`,
    /// `methods`.
    pub closed: BTreeSet<&'static str>,
    /// How many links are not found although both ends are there.
    pub lag: u32,
    /// Ends sessions with an empty answer.
    pub quiet: bool,
    pub(super) token: String,
    made: u64,
    pub(super) users: Rows,
    pub(super) deleted: Rows,
    pub(super) managers: BTreeMap<String, String>,
    pub(super) groups: Rows,
    pub(super) roles: Rows,
    pub(super) applications: Rows,
    /// Members of groups and roles.
    pub(super) members: BTreeMap<String, Vec<String>>,
    /// Owners of groups and applications.
    pub(super) owners: BTreeMap<String, Vec<String>>,
    pub(super) skus: Rows,
    pub(super) assignments: Rows,
    pub(super) sessions: BTreeSet<String>,
    /// Methods of authentication of each user, by kind; the first besides the password is the default one.
    pub(super) methods: BTreeMap<String, Vec<(String, String)>>,
    /// Users that changed, in order.
    pub(super) log: Vec<String>,
    /// Tokens of changes below this number are too old.
    pub(super) oldest: usize,
    pub(super) windows: Windows,
}

pub(super) type Answer = Result<Reply, Reply>;

impl Graph {
    /// A tenant, in which an application has this token.
    #[must_use]
    pub fn new(token: &str) -> Self {
        let mut graph = Self {
            calls_in_ten_seconds: 100_000,
            closed: BTreeSet::new(),
            lag: 0,
            quiet: false,
            token: token.to_owned(),
            made: 0,
            users: Rows::default(),
            deleted: Rows::default(),
            managers: BTreeMap::new(),
            groups: Rows::default(),
            roles: Rows::default(),
            applications: Rows::default(),
            members: BTreeMap::new(),
            owners: BTreeMap::new(),
            skus: Rows::default(),
            assignments: Rows::default(),
            sessions: BTreeSet::new(),
            methods: BTreeMap::new(),
            log: Vec::new(),
            oldest: 0,
            windows: Windows::default(),
        };
        let admin = graph.seed_user("olga@example.com", "Olga", "Owner");
        let role = graph.seed_role("Global Administrator");
        graph.members.insert(role, vec![admin]);
        graph
    }

    /// Adds a user; gives the id.
    pub fn seed_user(&mut self, name: &str, given: &str, surname: &str) -> String {
        let user = json!({
            "userPrincipalName": name, "mail": name, "mailNickname": name.split('@').next(), "givenName": given,
            "surname": surname, "displayName": format!("{given} {surname}"), "accountEnabled": true,
        });
        self.insert_user(&user, 1_767_600_000)
    }

    /// Adds a group; gives the id. A kind is `security`, `dynamic`, `synced`, `unified` or `distribution`.
    pub fn seed_group(&mut self, name: &str, kind: &str) -> String {
        let id = self.next_id();
        let types: &[&str] = match kind {
            "dynamic" => &["DynamicMembership"],
            "unified" => &["Unified"],
            _ => &[],
        };
        let group = json!({
            "id": id, "displayName": name, "mailNickname": name, "groupTypes": types,
            "mailEnabled": matches!(kind, "unified" | "distribution"), "securityEnabled": kind != "distribution",
            "onPremisesSyncEnabled": (kind == "synced").then_some(true),
        });
        self.groups.add(&id, group);
        id
    }

    /// Adds a directory role; gives the id.
    pub fn seed_role(&mut self, name: &str) -> String {
        let id = self.next_id();
        self.roles.add(&id, json!({ "id": id, "displayName": name, "roleTemplateId": id }));
        id
    }

    /// Adds an application that somebody owns; gives the id.
    pub fn seed_application(&mut self, owner: &str) -> String {
        let id = self.next_id();
        self.applications.add(&id, json!({ "id": id, "displayName": "Application" }));
        self.owners.insert(id.clone(), vec![owner.to_owned()]);
        id
    }

    /// Buys seats of a licence; gives its id.
    pub fn buy(&mut self, part: &str, seats: u64) -> String {
        let id = self.next_id();
        self.skus.add(&id, json!({ "part": part, "seats": seats }));
        id
    }

    /// Puts a user into a group or role, whoever makes its members.
    pub fn seed_member(&mut self, group: &str, user: &str) {
        self.members.entry(group.to_owned()).or_default().push(user.to_owned());
    }

    /// Makes a user the owner of a group.
    pub fn seed_owner(&mut self, object: &str, user: &str) {
        self.owners.entry(object.to_owned()).or_default().push(user.to_owned());
    }

    /// Makes somebody the manager of a user.
    pub fn seed_manager(&mut self, user: &str, manager: &str) {
        self.managers.insert(user.to_owned(), manager.to_owned());
    }

    /// Gives a licence to a user through a group.
    pub fn seed_licence(&mut self, user: &str, sku: &str, group: &str) {
        self.hold(user, sku, Some(group));
    }

    /// Signs a user in.
    pub fn seed_session(&mut self, user: &str) {
        self.sessions.insert(user.to_owned());
    }

    /// Changes what the API shows of a user, past all rules.
    pub fn set(&mut self, user: &str, change: &Value) {
        if let Some(row) = self.users.get_mut(user) {
            merge(row, change);
        }
        self.log.push(user.to_owned());
    }

    /// A user with all properties.
    #[must_use]
    pub fn user(&self, id: &str) -> Option<&Value> {
        self.users.get(id)
    }

    /// The id of the user with this name.
    #[must_use]
    pub fn id_of(&self, name: &str) -> Option<String> {
        self.users.find("/userPrincipalName", name).map(|(id, _)| id.to_owned())
    }

    /// The names of the groups and roles that a user is in.
    #[must_use]
    pub fn groups_of(&self, user: &str) -> Vec<String> {
        let of = self.members.iter().filter(|(_, members)| members.iter().any(|member| member == user));
        let row = |id: &String| self.groups.get(id).or_else(|| self.roles.get(id));
        of.filter_map(|(id, _)| row(id)?.get("displayName")?.as_str().map(str::to_owned)).collect()
    }

    /// The ids of the licences that a user has.
    #[must_use]
    pub fn licences_of(&self, user: &str) -> Vec<String> {
        let held = self.users.get(user).and_then(|user| user.get("assignedLicenses")?.as_array());
        held.into_iter().flatten().filter_map(|row| row.get("skuId")?.as_str().map(str::to_owned)).collect()
    }

    /// Who owns a group or an application.
    #[must_use]
    pub fn owners_of(&self, object: &str) -> Vec<String> {
        self.owners.get(object).cloned().unwrap_or_default()
    }

    /// Who manages a user.
    #[must_use]
    pub fn manager_of(&self, user: &str) -> Option<String> {
        self.managers.get(user).cloned()
    }

    /// Whether somebody is signed in.
    #[must_use]
    pub fn is_signed_in(&self, user: &str) -> bool {
        self.sessions.contains(user)
    }

    /// Whether a user is deleted and can come back.
    #[must_use]
    pub fn is_deleted(&self, user: &str) -> bool {
        self.deleted.get(user).is_some()
    }

    pub(super) fn next_id(&mut self) -> String {
        self.made += 1;
        format!("00000000-0000-4000-8000-{:012}", self.made)
    }

    pub(super) fn insert_user(&mut self, wanted: &Value, now: i64) -> String {
        let id = self.next_id();
        let mut user = json!({
            "id": id, "userType": "Member", "createdDateTime": moment(now), "assignedLicenses": [],
            "licenseAssignmentStates": [],
        });
        merge(&mut user, wanted);
        self.users.add(&id, user);
        self.log.push(id.clone());
        id
    }

    pub(super) fn route(&mut self, call: &Call) -> Answer {
        let (method, path) = call.route();
        let (area, rest) = match path.as_slice() {
            ["v1.0", area, rest @ ..] => (*area, rest),
            _ => return Err(gone()),
        };
        let part = match area {
            "directory" => "users",
            "directoryRoles" => "roles",
            "subscribedSkus" => "licences",
            other => other,
        };
        if self.closed.contains(part) {
            return Err(denied());
        }
        match area {
            "users" => self.route_users(call, rest),
            "directory" => self.route_deleted(method, rest),
            "groups" | "directoryRoles" | "applications" | "servicePrincipals" => {
                self.route_objects(call, area, rest)
            }
            "subscribedSkus" => self.list_skus(),
            "$batch" => self.batch(call),
            _ => Err(gone()),
        }
    }
}

pub(super) fn failed(status: u16, code: &str, message: &str) -> Reply {
    let inner = json!({ "request-id": "req-1", "date": "2026-03-02T09:00:00" });
    Reply::json(status, json!({ "error": { "code": code, "message": message, "innerError": inner } }))
}

pub(super) fn bad(message: &str) -> Reply {
    failed(400, "Request_BadRequest", message)
}

pub(super) fn gone() -> Reply {
    failed(
        404,
        "Request_ResourceNotFound",
        "Resource does not exist or one of its queried references is not present.",
    )
}

pub(super) fn denied() -> Reply {
    failed(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
}

/// A page of objects, with the whole address of the next one.
pub(super) fn paged(call: &Call, all: Vec<Value>, largest: usize) -> Answer {
    if call.parameter("$skip").is_some() {
        return Err(bad("'$skip' is not supported by the service."));
    }
    let size = match call.parameter("$top").map(str::parse::<usize>) {
        None => 100.min(largest),
        Some(Ok(size)) if (1..=largest).contains(&size) => size,
        Some(_) => return Err(bad("Invalid page size specified.")),
    };
    let start = match call.parameter("$skiptoken") {
        None => 0,
        Some(at) => at.strip_prefix("at").and_then(|at| at.parse().ok()).unwrap_or(usize::MAX),
    };
    let (items, next) = page_of(all, start, size);
    let mut body = json!({ "value": items });
    if let (Some(next), Some(body)) = (next, body.as_object_mut()) {
        let link = link_to(call, "$skiptoken", &format!("at{next}"));
        body.insert("@odata.nextLink".to_owned(), link.into());
    }
    Ok(Reply::json(200, body))
}

/// The address of a call with another parameter.
pub(super) fn link_to(call: &Call, name: &str, value: &str) -> String {
    let host = call.headers.get("host").map(String::as_str).unwrap_or_default();
    let tokens = ["$skiptoken", "$deltatoken"];
    let others = call.query.iter().filter(|(own, _)| !tokens.contains(&own.as_str()));
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(others)
        .append_pair(name, value)
        .finish();
    format!("http://{host}/{}?{query}", call.path.join("/"))
}

impl Vendor for Graph {
    fn answer(&mut self, call: &Call) -> Reply {
        if call.headers.get("authorization") != Some(&format!("Bearer {}", self.token)) {
            return failed(401, "InvalidAuthenticationToken", "Access token is empty.");
        }
        let limit = self.calls_in_ten_seconds;
        match self.windows.take("calls", limit, 10, call.now) {
            Err(wait) => {
                let reply = failed(429, "TooManyRequests", "Too many requests");
                reply.header("retry-after", format!("{wait}.128"))
            }
            Ok(left) => {
                let reply = self.route(call).unwrap_or_else(|refused| refused).header("request-id", "req-1");
                let used = (limit - left) * 100 / limit;
                if used < 80 {
                    return reply;
                }
                reply.header("x-ms-throttle-limit-percentage", format!("{}.{:02}", used / 100, used % 100))
            }
        }
    }

    fn throttle(&self, retry_after: Option<Duration>) -> Reply {
        let reply = failed(429, "TooManyRequests", "Too many requests");
        match retry_after {
            Some(wait) => reply.header("retry-after", wait.as_secs()),
            None => reply,
        }
    }

    fn expire_tokens(&mut self) -> bool {
        self.log.push(String::new());
        self.oldest = self.log.len();
        true
    }
}
