//! Atlassian: a site with users, groups, seats and projects, and the organisation above it.
//!
//! What it does as Atlassian does: the site takes an API token and the organisation a key of its own, seats come with groups,
//! adding to a group answers 201 and removing 200, people hide their addresses, applications are among the users.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Call, Reply, Rows, Vendor, merge, page_of};

/// The state of one site and of the organisation `O1`. Its administrator has the first id.
#[derive(Debug)]
pub struct Atlassian {
    /// Calls that the site answers before it says that there were too many; none for as many as wanted.
    pub calls_left: Option<u64>,
    /// Whether the key of the organisation was made with scopes.
    pub scoped_key: bool,
    /// Whether the owner of the token administers the site.
    pub is_admin: bool,
    site: String,
    organization: String,
    users: Rows,
    groups: Rows,
    members: BTreeMap<String, Vec<String>>,
    /// The seats of a product and the groups that give them; the first is the default one.
    products: BTreeMap<String, (u64, Vec<String>)>,
    /// Accounts that are disabled as a whole.
    disabled: BTreeSet<String>,
    suspended: BTreeSet<String>,
    tokens: BTreeMap<String, Vec<String>>,
    /// The actors of each role of a project: accounts and groups.
    roles: BTreeMap<(String, String), Actors>,
    active: BTreeMap<String, String>,
    made: u64,
}

type Answer = Result<Reply, Reply>;

/// The name of a role, and who has it: whether it is an account, and the id.
type Actors = (String, Vec<(bool, String)>);

impl Atlassian {
    /// A site, whose administrator has this address and API token, with the key of the organisation.
    #[must_use]
    pub fn new(email: &str, token: &str, key: &str) -> Self {
        let mut atlassian = Self {
            calls_left: None,
            scoped_key: false,
            is_admin: true,
            site: format!("Basic {}", STANDARD.encode(format!("{email}:{token}"))),
            organization: format!("Bearer {key}"),
            users: Rows::default(),
            groups: Rows::default(),
            members: BTreeMap::new(),
            products: BTreeMap::new(),
            disabled: BTreeSet::new(),
            suspended: BTreeSet::new(),
            tokens: BTreeMap::new(),
            roles: BTreeMap::new(),
            active: BTreeMap::new(),
            made: 0,
        };
        atlassian.seed_user(email, "Olga Owner");
        let app = atlassian.seed_user("bot@example.com", "A bot");
        atlassian.set(&app, &json!({ "accountType": "app" }));
        atlassian
    }

    /// Adds a user; gives the id.
    pub fn seed_user(&mut self, email: &str, name: &str) -> String {
        self.made += 1;
        let id = format!("5b10a{:04}", self.made);
        let user = json!({
            "self": format!("https://meridian.atlassian.net/rest/api/3/user?accountId={id}"), "accountId": id,
            "accountType": "atlassian", "emailAddress": email, "displayName": name, "active": true, "timeZone": "Etc/UTC",
        });
        self.users.add(&id, user);
        id
    }

    /// Adds a group; gives the id.
    pub fn seed_group(&mut self, name: &str) -> String {
        self.made += 1;
        let id = format!("276f955c-63d7-42c8-9520-{:012}", self.made);
        self.groups.add(&id, json!({ "name": name, "groupId": id }));
        id
    }

    /// Lets groups give a product, of which so many seats are bought; the first is the default one.
    pub fn sell(&mut self, product: &str, seats: u64, groups: &[&str]) {
        self.products
            .insert(product.to_owned(), (seats, groups.iter().map(|group| (*group).to_owned()).collect()));
    }

    /// Puts a user into a group.
    pub fn seed_member(&mut self, group: &str, user: &str) {
        self.members.entry(group.to_owned()).or_default().push(user.to_owned());
    }

    /// Adds a role to a project; gives its id.
    pub fn seed_project_role(&mut self, project: &str, name: &str) -> String {
        self.made += 1;
        let id = (10_000 + self.made).to_string();
        self.roles.insert((project.to_owned(), id.clone()), (name.to_owned(), Vec::new()));
        id
    }

    /// Gives a role of a project to a group.
    pub fn seed_group_actor(&mut self, project: &str, role: &str, group: &str) {
        if let Some((_, actors)) = self.roles.get_mut(&(project.to_owned(), role.to_owned())) {
            actors.push((false, group.to_owned()));
        }
    }

    /// Makes an API token for a user, and says when the user was last there.
    pub fn seed_token(&mut self, user: &str, last_active: &str) {
        self.tokens.entry(user.to_owned()).or_default().push("t1".to_owned());
        self.active.insert(user.to_owned(), last_active.to_owned());
    }

    /// Changes what the API shows of a user, past all rules.
    pub fn set(&mut self, user: &str, change: &Value) {
        if let Some(row) = self.users.get_mut(user) {
            merge(row, change);
        }
    }

    /// The id of the user with this address.
    #[must_use]
    pub fn id_of(&self, email: &str) -> Option<String> {
        self.users.find("/emailAddress", email).map(|(id, _)| id.to_owned())
    }

    /// Whether a user is suspended in the organisation, and disabled as a whole.
    #[must_use]
    pub fn stopped(&self, user: &str) -> (bool, bool) {
        (self.suspended.contains(user), self.disabled.contains(user))
    }

    /// The names of the groups that a user is in.
    #[must_use]
    pub fn groups_of(&self, user: &str) -> Vec<String> {
        let of = self.members.iter().filter(|(_, members)| members.iter().any(|member| member == user));
        of.filter_map(|(id, _)| self.groups.get(id)?.get("name")?.as_str().map(str::to_owned)).collect()
    }

    /// How many API tokens a user has.
    #[must_use]
    pub fn tokens_of(&self, user: &str) -> usize {
        self.tokens.get(user).map_or(0, Vec::len)
    }

    fn holders(&self, groups: &[String]) -> BTreeSet<&String> {
        groups.iter().filter_map(|group| self.members.get(group)).flatten().collect()
    }

    fn settle(&mut self, user: &str) {
        let active = !self.suspended.contains(user) && !self.disabled.contains(user);
        self.set(user, &json!({ "active": active }));
    }

    fn details(&self, groups: &[String]) -> Vec<Value> {
        groups.iter().filter_map(|group| self.groups.get(group).cloned()).collect()
    }

    fn route_site(&mut self, call: &Call, path: &[&str]) -> Answer {
        let said = |name: &str| call.parameter(name).unwrap_or_default().to_owned();
        match (call.method.as_str(), path) {
            ("GET", ["myself"]) => {
                let owner = self.users.iter().next().map(|(_, row)| row.clone()).unwrap_or_default();
                Ok(Reply::json(200, owner))
            }
            ("GET", ["mypermissions"]) => {
                let own = json!({ "key": "ADMINISTER", "type": "GLOBAL", "havePermission": self.is_admin });
                Ok(Reply::json(200, json!({ "permissions": { "ADMINISTER": own } })))
            }
            _ if !self.is_admin => Err(failed(403, "You are not authorized to perform this action.")),
            ("GET", ["users", "search"]) => {
                let (page, _) =
                    page_of(self.users.iter().map(|(_, row)| row.clone()).collect(), start(call), size(call));
                Ok(Reply::json(200, page.into()))
            }
            ("GET", ["user", "search"]) => {
                let query = said("query").to_lowercase();
                let fits = |row: &Value| {
                    ["emailAddress", "displayName"].iter().any(|name| {
                        row.get(*name)
                            .and_then(Value::as_str)
                            .is_some_and(|own| own.to_lowercase().starts_with(&query))
                    })
                };
                let all = self.users.iter().filter(|(_, row)| fits(row)).map(|(_, row)| row.clone());
                Ok(Reply::json(200, all.collect::<Vec<_>>().into()))
            }
            ("GET", ["user"]) => Ok(Reply::json(200, self.user(&said("accountId"))?.clone())),
            ("POST", ["user"]) => {
                let email =
                    call.body.get("emailAddress").and_then(Value::as_str).unwrap_or_default().to_owned();
                if !email.contains('@') {
                    return Err(failed(400, "The email address is not valid."));
                }
                if self.id_of(&email).is_some() {
                    return Err(failed(400, "A user with that email address already exists."));
                }
                if self.products.values().any(|(seats, groups)| self.holders(groups).len() as u64 >= *seats) {
                    return Err(failed(
                        400,
                        "Inviting the user would exceed the user limit of your license.",
                    ));
                }
                let name = call.body.get("displayName").and_then(Value::as_str).unwrap_or(&email).to_owned();
                let id = self.seed_user(&email, &name);
                Ok(Reply::json(201, self.user(&id)?.clone()))
            }
            ("DELETE", ["user"]) => {
                let id = said("accountId");
                self.users.remove(&id).ok_or_else(no_user)?;
                self.members.values_mut().for_each(|members| members.retain(|member| *member != id));
                Ok(Reply::empty(204))
            }
            ("GET", ["user", "groups"]) => {
                let id = said("accountId");
                self.user(&id)?;
                let of = self.members.iter().filter(|(_, members)| members.contains(&id));
                let all = of.filter_map(|(group, _)| self.groups.get(group).cloned());
                Ok(Reply::json(200, all.collect::<Vec<_>>().into()))
            }
            ("GET", ["group", "bulk"]) => {
                let mut all: Vec<Value> = self.groups.iter().map(|(_, row)| row.clone()).collect();
                for (parameter, name) in [("groupId", "groupId"), ("groupName", "name")] {
                    if let Some(wanted) = call.parameter(parameter) {
                        all.retain(|row| row.get(name) == Some(&wanted.into()));
                    }
                }
                Ok(numbered(call, all))
            }
            ("POST", ["group"]) => {
                let name = call.body.get("name").and_then(Value::as_str).unwrap_or_default();
                if self.groups.find("/name", name).is_some() {
                    return Err(failed(400, "A group with that name already exists."));
                }
                let id = self.seed_group(name);
                Ok(Reply::json(201, self.groups.get(&id).ok_or_else(no_group)?.clone()))
            }
            ("DELETE", ["group"]) => {
                self.groups.remove(&said("groupId")).ok_or_else(no_group)?;
                self.members.remove(&said("groupId"));
                Ok(Reply::empty(200))
            }
            ("GET", ["group", "member"]) => {
                self.groups.get(&said("groupId")).ok_or_else(no_group)?;
                let members = self.members.get(&said("groupId")).into_iter().flatten();
                Ok(numbered(call, members.filter_map(|id| self.users.get(id).cloned()).collect()))
            }
            ("POST", ["group", "user"]) => {
                let id = call.body.get("accountId").and_then(Value::as_str).unwrap_or_default().to_owned();
                self.user(&id)?;
                let group = self.groups.get(&said("groupId")).ok_or_else(no_group)?.clone();
                let full = self.products.values().any(|(seats, groups)| {
                    let held = self.holders(groups);
                    groups.contains(&said("groupId")) && !held.contains(&id) && held.len() as u64 >= *seats
                });
                if full {
                    return Err(failed(400, "Adding the user would exceed the user limit of your license."));
                }
                let members = self.members.entry(said("groupId")).or_default();
                if members.contains(&id) {
                    return Err(failed(400, "Cannot add user, user is already a member of the group."));
                }
                members.push(id);
                Ok(Reply::json(201, group))
            }
            ("DELETE", ["group", "user"]) => {
                self.groups.get(&said("groupId")).ok_or_else(no_group)?;
                let members = self.members.entry(said("groupId")).or_default();
                let at = members.iter().position(|own| *own == said("accountId"));
                members.remove(at.ok_or_else(|| failed(400, "The user is not a member of the group."))?);
                Ok(Reply::empty(200))
            }
            ("GET", ["applicationrole"]) => {
                let shown = self.products.iter().map(|(key, (seats, groups))| {
                    let used = self.holders(groups).len() as u64;
                    let usual = self.details(groups.get(..1).unwrap_or_default());
                    json!({
                        "key": key, "name": key, "numberOfSeats": seats, "remainingSeats": seats.saturating_sub(used),
                        "userCount": used, "hasUnlimitedSeats": false, "groupDetails": self.details(groups),
                        "defaultGroupsDetails": usual,
                    })
                });
                Ok(Reply::json(200, shown.collect::<Vec<_>>().into()))
            }
            (_, ["project", project, "role", rest @ ..]) => self.route_roles(call, project, rest),
            _ => Err(failed(404, "Not found")),
        }
    }

    fn route_roles(&mut self, call: &Call, project: &str, path: &[&str]) -> Answer {
        let address =
            |id: &str| format!("https://meridian.atlassian.net/rest/api/3/project/{project}/role/{id}");
        let [role] = path else {
            let of = self.roles.iter().filter(|((own, _), _)| own == project);
            let all: serde_json::Map<String, Value> =
                of.map(|((_, id), (name, _))| (name.clone(), address(id).into())).collect();
            return if all.is_empty() {
                Err(failed(404, "No project could be found with key."))
            } else {
                Ok(Reply::json(200, all.into()))
            };
        };
        let users: BTreeSet<String> = self.users.iter().map(|(id, _)| id.to_owned()).collect();
        let key = (project.to_owned(), (*role).to_owned());
        let (name, actors) = self
            .roles
            .get_mut(&key)
            .ok_or_else(|| failed(404, "Can not retrieve a role actor for a null project role."))?;
        match call.method.as_str() {
            "POST" => {
                let wanted = call.body.pointer("/user/0").and_then(Value::as_str).unwrap_or_default();
                if !users.contains(wanted) {
                    return Err(failed(404, "The user was not found."));
                }
                if actors.iter().any(|(_, own)| own == wanted) {
                    return Err(failed(400, "The user is already a member of the project role."));
                }
                actors.push((true, wanted.to_owned()));
            }
            "DELETE" => {
                let before = actors.len();
                actors.retain(|(_, own)| Some(own.as_str()) != call.parameter("user"));
                if actors.len() == before {
                    return Err(failed(404, "The user is not a member of the project role."));
                }
                return Ok(Reply::empty(204));
            }
            _ => {}
        }
        let shown = actors.iter().map(|(is_user, id)| match is_user {
            true => json!({ "type": "atlassian-user-role-actor", "displayName": id, "actorUser": { "accountId": id } }),
            false => json!({ "type": "atlassian-group-role-actor", "displayName": id, "actorGroup": { "groupId": id } }),
        });
        let shown: Vec<Value> = shown.collect();
        Ok(Reply::json(
            200,
            json!({
                "self": address(role), "name": name, "id": role.parse::<u64>().unwrap_or_default(), "actors": shown,
            }),
        ))
    }

    fn user(&self, id: &str) -> Result<&Value, Reply> {
        self.users.get(id).ok_or_else(no_user)
    }

    fn route_organization(&mut self, call: &Call, path: &[&str]) -> Answer {
        match (call.method.as_str(), path) {
            ("GET", ["admin", "v1", "orgs"]) => {
                Ok(Reply::json(200, json!({ "data": [{ "id": "O1" }], "links": {} })))
            }
            ("POST", ["admin", "v1", "orgs", "O1", "directory", "users", id, what]) => {
                self.user(id)?;
                match *what {
                    "suspend-access" => drop(self.suspended.insert((*id).to_owned())),
                    _ => drop(self.suspended.remove(*id)),
                }
                self.settle(id);
                Ok(Reply::json(200, json!({ "message": "done" })))
            }
            ("GET", ["admin", "v1", "orgs", "O1", "directory", "users", id, "last-active-dates"]) => {
                let rows = self.active.get(*id).map(|at| {
                    let row = |key: &String| json!({ "key": key, "last_active": at });
                    self.products.keys().map(row).collect::<Vec<_>>()
                });
                Ok(Reply::json(200, json!({ "data": { "product_access": rows.unwrap_or_default() } })))
            }
            (_, ["users", ..]) if self.scoped_key => Err(denied("the key was created with scopes")),
            ("GET", ["users", id, "manage"]) => {
                self.user(id)?;
                Ok(Reply::json(200, json!({ "lifecycle.enablement": { "allowed": true } })))
            }
            ("POST", ["users", id, "manage", "lifecycle", what]) => {
                self.user(id)?;
                match *what {
                    "disable" => drop(self.disabled.insert((*id).to_owned())),
                    _ => drop(self.disabled.remove(*id)),
                }
                self.settle(id);
                Ok(Reply::empty(204))
            }
            ("GET", ["users", id, "manage", "api-tokens"]) => {
                let tokens = self.tokens.get(*id).into_iter().flatten();
                let shown: Vec<Value> =
                    tokens.map(|token| json!({ "id": token, "label": "a token" })).collect();
                Ok(Reply::json(200, shown.into()))
            }
            ("DELETE", ["users", id, "manage", "api-tokens", token]) => {
                self.tokens.entry((*id).to_owned()).or_default().retain(|own| own != token);
                Ok(Reply::empty(204))
            }
            _ => Err(denied("not found")),
        }
    }
}

fn start(call: &Call) -> usize {
    usize::try_from(call.number("startAt").unwrap_or(0)).unwrap_or(usize::MAX)
}

fn size(call: &Call) -> usize {
    usize::try_from(call.number("maxResults").unwrap_or(50).clamp(1, 50)).unwrap_or(50)
}

fn numbered(call: &Call, all: Vec<Value>) -> Reply {
    let total = all.len();
    let (page, next) = page_of(all, start(call), size(call));
    let body = json!({ "startAt": start(call), "maxResults": size(call), "total": total, "isLast": next.is_none(), "values": page });
    Reply::json(200, body)
}

fn failed(status: u16, message: &str) -> Reply {
    Reply::json(status, json!({ "errorMessages": [message], "errors": {} }))
}

fn denied(message: &str) -> Reply {
    let status = if message == "not found" { 404 } else { 403 };
    Reply::json(status, json!({ "code": status, "message": message }))
}

fn no_user() -> Reply {
    failed(404, "Specified user does not exist or you do not have required permissions")
}

fn no_group() -> Reply {
    failed(404, "The group does not exist.")
}

impl Vendor for Atlassian {
    fn answer(&mut self, call: &Call) -> Reply {
        let (_, path) = call.route();
        let sent = call.headers.get("authorization");
        let is_site = path.first() == Some(&"rest");
        let wanted = if is_site { &self.site } else { &self.organization };
        if sent != Some(wanted) {
            return Reply::json(401, json!({ "code": 401, "message": "Unauthorized" }));
        }
        if let Some(left) = &mut self.calls_left {
            let Some(less) = left.checked_sub(1) else {
                // A moment without seconds, as Atlassian writes it.
                return failed(429, "Rate limit exceeded")
                    .header("x-ratelimit-reset", "2026-03-02T09:05Z")
                    .header("x-ratelimit-limit", 1)
                    .header("x-ratelimit-remaining", 0);
            };
            *left = less;
        }
        let answer = match path.as_slice() {
            ["rest", "api", "3", rest @ ..] => self.route_site(call, rest),
            other => self.route_organization(call, other),
        };
        answer.unwrap_or_else(|refused| refused)
    }

    fn throttle(&self, retry_after: Option<Duration>) -> Reply {
        let reply = failed(429, "Rate limit exceeded");
        match retry_after {
            Some(wait) => reply.header("retry-after", wait.as_secs()),
            None => reply,
        }
    }
}
