use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::vendor::{Call, Reply, Rows, Vendor, page_of};

/// The state of one customer's domain, `example.com`. Its first administrator has the id `100`.
#[derive(Debug)]
pub struct Google {
    /// The scopes of the token, by their last word: `admin.directory.user`.
    pub scopes: Vec<String>,
    /// Whether the page about tokens tells them.
    pub tells_scopes: bool,
    /// What the page about tokens tells instead.
    pub told: Option<Vec<String>>,
    /// Calls that are let in before the quota of the user is used up; without a number there is no end.
    pub calls_left: Option<u64>,
    /// How many times a transfer is still in progress when it is asked for.
    pub transfer_delay: u32,
    pub(super) token: String,
    pub(super) users: Rows,
    pub(super) deleted: Rows,
    pub(super) groups: Rows,
    /// Who is in a group, by its id: the ids of users, and addresses from elsewhere.
    pub(super) members: BTreeMap<String, Vec<String>>,
    pub(super) roles: Rows,
    pub(super) assignments: Rows,
    /// The SKU that an address holds of a product.
    pub(super) licences: BTreeMap<(String, String), String>,
    /// How many of a SKU are bought.
    pub(super) bought: BTreeMap<String, usize>,
    pub(super) tokens: BTreeMap<String, Vec<String>>,
    /// Passwords of older programs, and codes that are printed.
    pub(super) passwords: BTreeMap<String, Vec<u64>>,
    pub(super) codes: BTreeMap<String, u64>,
    pub(super) sessions: BTreeMap<String, u64>,
    pub(super) factors: BTreeMap<String, bool>,
    pub(super) transfers: Rows,
    pub(super) last: u64,
}

pub(super) type Answer = Result<Reply, Reply>;

impl Google {
    /// A domain with an administrator, whose delegation gave this token.
    #[must_use]
    pub fn new(token: &str) -> Self {
        let scopes = [
            "admin.directory.user",
            "admin.directory.user.security",
            "admin.directory.group",
            "admin.directory.rolemanagement",
            "admin.datatransfer",
            "apps.licensing",
        ];
        let mut google = Self {
            scopes: scopes.into_iter().map(str::to_owned).collect(),
            tells_scopes: true,
            told: None,
            calls_left: None,
            transfer_delay: 1,
            token: token.to_owned(),
            users: Rows::default(),
            deleted: Rows::default(),
            groups: Rows::default(),
            members: BTreeMap::new(),
            roles: Rows::default(),
            assignments: Rows::default(),
            licences: BTreeMap::new(),
            bought: BTreeMap::new(),
            tokens: BTreeMap::new(),
            passwords: BTreeMap::new(),
            codes: BTreeMap::new(),
            sessions: BTreeMap::new(),
            factors: BTreeMap::new(),
            transfers: Rows::default(),
            last: 99,
        };
        google.seed_user("olga@example.com", "Olga", "Owner");
        google
    }

    /// Adds a user; gives the id.
    pub fn seed_user(&mut self, email: &str, given: &str, family: &str) -> String {
        let wanted = json!({ "primaryEmail": email, "name": { "givenName": given, "familyName": family } });
        self.insert_user(&wanted, 1_767_600_000)
    }

    /// Adds a group; gives the id.
    pub fn seed_group(&mut self, email: &str, name: &str) -> String {
        let id = format!("g{}", self.next());
        self.groups
            .add(&id, json!({ "kind": "admin#directory#group", "id": id, "email": email, "name": name }));
        id
    }

    /// Puts an address from elsewhere into a group.
    pub fn seed_guest(&mut self, group: &str, email: &str) {
        self.members.entry(group.to_owned()).or_default().push(email.to_owned());
    }

    /// Adds an administrator's role; gives the id.
    pub fn seed_role(&mut self, name: &str) -> String {
        let id = self.next().to_string();
        self.roles.add(&id, json!({ "roleId": id, "roleName": name, "isSystemRole": true }));
        id
    }

    /// Buys seats of a SKU.
    pub fn buy(&mut self, sku: &str, seats: usize) {
        self.bought.insert(sku.to_owned(), seats);
    }

    /// Signs a user in, with a program that has access.
    pub fn seed_session(&mut self, user: &str) {
        *self.sessions.entry(user.to_owned()).or_default() += 1;
        self.tokens.entry(user.to_owned()).or_default().push("client-7".to_owned());
        self.passwords.entry(user.to_owned()).or_default().push(7);
        self.codes.insert(user.to_owned(), 10);
        self.factors.insert(user.to_owned(), true);
    }

    /// How many passwords of older programs, and how many printed codes, a user has.
    #[must_use]
    pub fn codes_of(&self, user: &str) -> (usize, u64) {
        (self.passwords.get(user).map_or(0, Vec::len), self.codes.get(user).copied().unwrap_or_default())
    }

    /// What a token may do, as Google's page about tokens tells whoever holds one.
    fn token_info(&self, call: &Call) -> Reply {
        if !self.tells_scopes || call.body.get("access_token") != Some(&self.token.as_str().into()) {
            return Reply::json(
                400,
                json!({ "error": "invalid_token", "error_description": "Invalid Value" }),
            );
        }
        let scopes: Vec<String> = self
            .told
            .as_ref()
            .unwrap_or(&self.scopes)
            .iter()
            .map(|scope| format!("https://www.googleapis.com/auth/{scope}"))
            .collect();
        Reply::json(200, json!({ "scope": scopes.join(" "), "expires_in": "3599", "access_type": "online" }))
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

    /// The id of the user with this address.
    #[must_use]
    pub fn id_of(&self, email: &str) -> Option<String> {
        self.users.find("/primaryEmail", email).map(|(id, _)| id.to_owned())
    }

    /// The SKU that a user holds of a product.
    #[must_use]
    pub fn sku_of(&self, product: &str, email: &str) -> Option<&str> {
        self.licences.get(&(product.to_owned(), email.to_lowercase())).map(String::as_str)
    }

    /// The names of the groups that a user is in.
    #[must_use]
    pub fn groups_of(&self, user: &str) -> Vec<String> {
        let of = self.members.iter().filter(|(_, members)| members.iter().any(|member| member == user));
        of.filter_map(|(group, _)| self.groups.get(group)?.get("name")?.as_str().map(str::to_owned)).collect()
    }

    /// How many sessions, and how many programs with access, a user has.
    #[must_use]
    pub fn sessions_of(&self, user: &str) -> (u64, usize) {
        (self.sessions.get(user).copied().unwrap_or_default(), self.tokens.get(user).map_or(0, Vec::len))
    }

    /// Whether a user has a second factor.
    #[must_use]
    pub fn has_factor(&self, user: &str) -> bool {
        self.factors.get(user).copied().unwrap_or_default()
    }

    /// The parameters of the transfers so far.
    #[must_use]
    pub fn transferred(&self) -> Vec<Value> {
        self.transfers.iter().map(|(_, transfer)| transfer.clone()).collect()
    }

    pub(super) fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// Whether the token has the scope; what is missing otherwise.
    fn may(&self, scope: &str) -> Result<(), Reply> {
        match self.scopes.iter().any(|own| own == scope) {
            true => Ok(()),
            false => {
                Err(failed(403, "insufficientPermissions", "Request had insufficient authentication scopes."))
            }
        }
    }
}

pub(super) fn failed(status: u16, reason: &str, message: &str) -> Reply {
    let errors = json!([{ "domain": "global", "reason": reason, "message": message }]);
    Reply::json(status, json!({ "error": { "code": status, "message": message, "errors": errors } }))
}

pub(super) fn gone(what: &str) -> Reply {
    failed(404, "notFound", &format!("Resource Not Found: {what}"))
}

/// Where a token leads; it is good for three days.
fn place(token: &str, now: i64) -> Option<usize> {
    let (at, made) = token.strip_prefix("at-")?.split_once('-')?;
    let made: i64 = made.parse().ok()?;
    (now - made <= 3 * 86_400).then(|| at.parse().ok())?
}

/// A page by token.
pub(super) fn paged(call: &Call, name: &str, all: Vec<Value>, usual: usize, most: usize) -> Answer {
    let size = match call.parameter("maxResults").map(str::parse::<usize>) {
        None => usual,
        Some(Ok(size)) if size <= most && size > 0 => size,
        Some(_) => return Err(failed(400, "invalid", "Invalid Input: maxResults")),
    };
    let start = match call.parameter("pageToken") {
        None => 0,
        Some(token) => {
            place(token, call.now).ok_or_else(|| failed(400, "invalid", "Invalid Input: pageToken"))?
        }
    };
    let (items, next) = page_of(all, start, size);
    let mut body = json!({ "kind": "admin#directory#list" });
    if let Some(body) = body.as_object_mut() {
        // An empty list is left out.
        if !items.is_empty() {
            body.insert(name.to_owned(), items.into());
        }
        if let Some(next) = next {
            body.insert("nextPageToken".to_owned(), format!("at-{next}-{}", call.now).into());
        }
    }
    Ok(Reply::json(200, body))
}

impl Vendor for Google {
    fn answer(&mut self, call: &Call) -> Reply {
        if call.path == ["tokeninfo"] && call.method == "POST" {
            return self.token_info(call);
        }
        if call.headers.get("authorization") != Some(&format!("Bearer {}", self.token)) {
            return failed(401, "authError", "Request had invalid authentication credentials.");
        }
        if let Some(left) = &mut self.calls_left {
            match left.checked_sub(1) {
                Some(fewer) => *left = fewer,
                None => return self.throttle(None),
            }
        }
        let (method, path) = call.route();
        let answer = match path.as_slice() {
            ["admin", "directory", "v1", "users", user, action, rest @ ..]
                if !matches!(*action, "undelete" | "makeAdmin") =>
            {
                self.may("admin.directory.user.security")
                    .and_then(|()| self.security(method, user, action, rest))
            }
            ["admin", "directory", "v1", "users", rest @ ..] => {
                self.may("admin.directory.user").and_then(|()| self.route_users(call, rest))
            }
            ["admin", "directory", "v1", "groups", rest @ ..] => {
                self.may("admin.directory.group").and_then(|()| self.route_groups(call, rest))
            }
            ["admin", "directory", "v1", "customer", _, rest @ ..] => {
                self.may("admin.directory.rolemanagement").and_then(|()| self.route_roles(call, rest))
            }
            ["admin", "datatransfer", "v1", rest @ ..] => {
                self.may("admin.datatransfer").and_then(|()| self.route_transfers(call, rest))
            }
            ["apps", "licensing", "v1", "product", rest @ ..] => {
                self.may("apps.licensing").and_then(|()| self.route_licences(call, rest))
            }
            _ => Err(gone("path")),
        };
        answer.unwrap_or_else(|refused| refused)
    }

    /// The quota of the calling user: 403, and no word on how long to wait unless a test wants one.
    fn throttle(&self, retry_after: Option<Duration>) -> Reply {
        let reply = failed(403, "userRateLimitExceeded", "Quota exceeded for quota metric 'Queries'");
        match retry_after {
            Some(wait) => reply.header("retry-after", wait.as_secs()),
            None => reply,
        }
    }
}
