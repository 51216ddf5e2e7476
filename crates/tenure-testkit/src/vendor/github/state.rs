use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};

use super::shapes;
use crate::vendor::{Call, Reply, Rows, Vendor, Windows, page_of};

/// The state of one organisation, `meridian`. Its owner has the login `olga`.
#[derive(Debug)]
pub struct Github {
    /// Calls in an hour.
    pub calls_an_hour: u64,
    /// Invitations that may be sent until the limit on them says no.
    pub invitations_left: u64,
    /// Seats that are bought.
    pub seats: u64,
    /// The scopes of the token; none for a token that does not name them.
    pub scopes: Option<String>,
    /// Whether the token is an owner's.
    pub is_owner: bool,
    /// Whether single sign-on is set up.
    pub single_sign_on: bool,
    pub(super) token: String,
    /// Logins that nobody has.
    pub(super) nobody: BTreeSet<String>,
    /// The role, the state and the id of each member.
    pub(super) members: BTreeMap<String, Member>,
    pub(super) invitations: Rows,
    pub(super) outside: BTreeMap<String, u64>,
    pub(super) without_factor: BTreeSet<String>,
    pub(super) teams: Rows,
    /// Who is in a team, and as what.
    pub(super) team_members: BTreeMap<String, BTreeMap<String, String>>,
    pub(super) synced: BTreeSet<String>,
    pub(super) authorised: BTreeSet<String>,
    /// What single people have in each repository, in the words of an answer.
    pub(super) repositories: BTreeMap<String, BTreeMap<String, String>>,
    /// Who is invited to a repository.
    pub(super) repository_invitations: Rows,
    pub(super) roles: Rows,
    /// Who has a role of the organisation, and how.
    pub(super) role_holders: BTreeMap<String, BTreeMap<String, &'static str>>,
    log: Vec<Value>,
    made: u64,
    windows: Windows,
}

#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) login: String,
    pub(super) id: u64,
    pub(super) role: String,
    pub(super) state: &'static str,
    pub(super) direct: bool,
}

pub(super) type Answer = Result<Reply, Reply>;

impl Github {
    /// An organisation, whose owner made this token.
    #[must_use]
    pub fn new(token: &str) -> Self {
        let mut github = Self {
            calls_an_hour: 100_000,
            invitations_left: 100_000,
            seats: 1000,
            scopes: Some("repo, admin:org".to_owned()),
            is_owner: true,
            single_sign_on: true,
            token: token.to_owned(),
            nobody: BTreeSet::new(),
            members: BTreeMap::new(),
            invitations: Rows::default(),
            outside: BTreeMap::new(),
            without_factor: BTreeSet::new(),
            teams: Rows::default(),
            team_members: BTreeMap::new(),
            synced: BTreeSet::new(),
            authorised: BTreeSet::new(),
            repositories: BTreeMap::new(),
            repository_invitations: Rows::default(),
            roles: Rows::default(),
            role_holders: BTreeMap::new(),
            log: Vec::new(),
            made: 0,
            windows: Windows::default(),
        };
        github.seed_member("olga", "admin");
        github
    }

    /// Adds somebody who accepted, as `member` or `admin`.
    pub fn seed_member(&mut self, login: &str, role: &str) {
        let id = self.number();
        let member =
            Member { login: login.to_owned(), id, role: role.to_owned(), state: "active", direct: true };
        self.members.insert(login.to_lowercase(), member);
    }

    /// Adds somebody who is a member only through a team of the enterprise.
    pub fn seed_enterprise_member(&mut self, login: &str) {
        self.seed_member(login, "member");
        if let Some(member) = self.members.get_mut(&login.to_lowercase()) {
            member.direct = false;
        }
    }

    /// Adds somebody who works in single repositories.
    pub fn seed_outside(&mut self, login: &str) {
        let id = self.number();
        self.outside.insert(login.to_owned(), id);
    }

    /// Adds a team; gives the word of its address.
    pub fn seed_team(&mut self, name: &str) -> String {
        let (id, slug) = (self.number(), name.to_lowercase().replace(' ', "-"));
        self.teams.add(&slug, shapes::team(id, &slug, name));
        slug
    }

    /// Puts somebody into a team, as `member` or `maintainer`.
    pub fn seed_team_member(&mut self, team: &str, login: &str, role: &str) {
        self.team_members.entry(team.to_owned()).or_default().insert(login.to_lowercase(), role.to_owned());
    }

    /// Lets an identity provider fill a team.
    pub fn sync(&mut self, team: &str) {
        self.synced.insert(team.to_owned());
    }

    /// Says that nobody has this login.
    pub fn nobody_is(&mut self, login: &str) {
        self.nobody.insert(login.to_owned());
    }

    /// Takes the second factor from somebody.
    pub fn take_factor(&mut self, login: &str) {
        self.without_factor.insert(login.to_owned());
    }

    /// Authorises a token of somebody by single sign-on.
    pub fn seed_authorisation(&mut self, login: &str) {
        self.authorised.insert(login.to_owned());
    }

    /// Whether somebody has a token that is authorised.
    #[must_use]
    pub fn is_authorised(&self, login: &str) -> bool {
        self.authorised.contains(login)
    }

    /// Writes a line into the audit log.
    pub fn seed_line(&mut self, actor: &str, seconds: i64) {
        let row = json!({ "@timestamp": seconds * 1000, "action": "git.push", "actor": actor });
        self.log.insert(0, row);
    }

    /// Somebody who was invited accepts.
    pub fn accept(&mut self, login: &str) {
        if let Some(member) = self.members.get_mut(&login.to_lowercase()) {
            member.state = "active";
        }
    }

    /// The role and the state of somebody in the organisation.
    #[must_use]
    pub fn member(&self, login: &str) -> Option<(String, &'static str)> {
        self.members.get(&login.to_lowercase()).map(|member| (member.role.clone(), member.state))
    }

    /// What somebody is in a team.
    #[must_use]
    pub fn team_role(&self, team: &str, login: &str) -> Option<&str> {
        self.team_members.get(team)?.get(&login.to_lowercase()).map(String::as_str)
    }

    pub(super) fn number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    fn filled(&self) -> usize {
        self.members.len() + self.invitations.len()
    }

    fn shown(member: &Member) -> Value {
        shapes::user(&member.login, member.id)
    }

    fn route(&mut self, call: &Call) -> Answer {
        let (method, path) = call.route();
        if let ["repos", "meridian", name, rest @ ..] = path.as_slice() {
            return self.route_repository(call, name, rest);
        }
        let ["orgs", organization, rest @ ..] = path.as_slice() else { return Err(gone()) };
        if !organization.eq_ignore_ascii_case("meridian") {
            return Err(gone());
        }
        match (method, rest) {
            ("GET", []) => {
                let mut shown = shapes::organization("meridian", self.seats, self.filled());
                if let (false, Some(shown)) = (self.is_owner, shown.as_object_mut()) {
                    shown.remove("plan");
                }
                Ok(Reply::json(200, shown))
            }
            ("GET", ["members"]) => {
                let role = call.parameter("role").unwrap_or("all");
                let of =
                    |member: &&Member| member.state == "active" && (role == "all" || member.role == role);
                let all = self.members.values().filter(of).map(Self::shown);
                self.factored(call, all.collect())
            }
            ("GET", ["outside_collaborators"]) => {
                let all = self.outside.iter().map(|(login, id)| shapes::user(login, *id));
                self.factored(call, all.collect())
            }
            ("DELETE", ["outside_collaborators", login]) => match self.outside.remove(*login) {
                Some(_) => Ok(Reply::empty(204)),
                None => Err(invalid("the user is no outside collaborator")),
            },
            (_, ["memberships", login]) => self.memberships(call, login),
            ("GET", ["invitations"]) if !self.is_owner => Err(forbidden("You must be an admin")),
            ("GET", ["invitations"]) => {
                let pending =
                    self.members.values().filter(|member| member.state == "pending").map(|member| {
                        shapes::invitation(member.id, Some(&member.login), None, "direct_member", call.now)
                    });
                let all = self.invitations.iter().map(|(_, row)| row.clone()).chain(pending);
                paged(call, all.collect())
            }
            ("POST", ["invitations"]) => self.invite(call),
            ("DELETE", ["invitations", id]) => {
                self.invitations.remove(id).ok_or_else(gone)?;
                Ok(Reply::empty(204))
            }
            ("GET", ["audit-log"]) => paged(call, self.log.clone()),
            ("POST", ["credential-authorizations", login, "revoke"]) => {
                if !self.single_sign_on {
                    return Err(gone());
                }
                self.authorised.remove(*login);
                Ok(Reply::json(202, json!({ "message": "queued" })))
            }
            (_, ["teams", rest @ ..]) => self.route_teams(call, rest),
            (_, ["organization-roles", rest @ ..]) => self.route_roles(call, rest),
            _ => Err(gone()),
        }
    }

    fn factored(&self, call: &Call, mut all: Vec<Value>) -> Answer {
        if call.parameter("filter") == Some("2fa_disabled") {
            if !self.is_owner {
                return Err(invalid("Only owners can use this filter."));
            }
            all.retain(|user| {
                user.get("login")
                    .and_then(Value::as_str)
                    .is_some_and(|login| self.without_factor.contains(login))
            });
        }
        paged(call, all)
    }

    fn memberships(&mut self, call: &Call, login: &str) -> Answer {
        let key = login.to_lowercase();
        let show = |member: &Member| {
            shapes::membership("meridian", &Self::shown(member), member.state, &member.role, member.direct)
        };
        match call.method.as_str() {
            "GET" => Ok(Reply::json(200, show(self.members.get(&key).ok_or_else(gone)?))),
            "PUT" => {
                let role = call.body.get("role").and_then(Value::as_str).unwrap_or("member").to_owned();
                if self.nobody.contains(login) {
                    return Err(gone());
                }
                if role != "admin" && self.is_last_owner(&key) {
                    return Err(forbidden("Cannot demote the last owner of the organization"));
                }
                if !self.members.contains_key(&key) {
                    self.may_invite()?;
                    let id = self.number();
                    let (login, state) = (login.to_owned(), "pending");
                    self.members
                        .insert(key.clone(), Member { login, id, role: role.clone(), state, direct: true });
                }
                let member = self.members.get_mut(&key).ok_or_else(gone)?;
                member.role = role;
                Ok(Reply::json(200, show(member)))
            }
            "DELETE" => {
                if self.is_last_owner(&key) {
                    return Err(forbidden("Cannot remove the last owner of the organization"));
                }
                // Who is a member through the enterprise stays.
                if self.members.get(&key).ok_or_else(gone)?.direct {
                    self.members.remove(&key);
                    self.team_members.values_mut().for_each(|members| drop(members.remove(&key)));
                }
                Ok(Reply::empty(204))
            }
            _ => Err(gone()),
        }
    }

    fn is_last_owner(&self, login: &str) -> bool {
        let owners =
            self.members.values().filter(|member| member.role == "admin" && member.state == "active").count();
        owners == 1
            && self
                .members
                .get(login)
                .is_some_and(|member| member.role == "admin" && member.state == "active")
    }

    fn may_invite(&mut self) -> Result<(), Reply> {
        if self.filled() as u64 >= self.seats {
            return Err(invalid("You must purchase at least one more seat to add this user as a member."));
        }
        match self.invitations_left.checked_sub(1) {
            Some(left) => self.invitations_left = left,
            None => return Err(invalid("Over invitation rate limit")),
        }
        Ok(())
    }

    fn invite(&mut self, call: &Call) -> Answer {
        let email = call.body.get("email").and_then(Value::as_str).unwrap_or_default();
        if !email.contains('@') {
            return Err(invalid("Email is invalid"));
        }
        if self.invitations.find("/email", email).is_some() {
            return Err(invalid("Invitee is already a part of this organization"));
        }
        self.may_invite()?;
        let id = self.number();
        let role = call.body.get("role").and_then(Value::as_str).unwrap_or("direct_member");
        let row = shapes::invitation(id, None, Some(email), role, call.now);
        self.invitations.add(&id.to_string(), row.clone());
        Ok(Reply::json(201, row))
    }
}

pub(super) fn gone() -> Reply {
    Reply::json(404, json!({ "message": "Not Found", "documentation_url": "https://docs.github.com/rest" }))
}

pub(super) fn forbidden(message: &str) -> Reply {
    Reply::json(403, json!({ "message": message, "documentation_url": "https://docs.github.com/rest" }))
}

pub(super) fn invalid(message: &str) -> Reply {
    let error =
        json!({ "resource": "Organization", "code": "unprocessable", "field": "data", "message": message });
    Reply::json(
        422,
        json!({ "message": "Validation Failed", "errors": [error], "documentation_url": "https://docs.github.com/rest" }),
    )
}

/// A page, with where the next one is in the headers.
pub(super) fn paged(call: &Call, all: Vec<Value>) -> Answer {
    let size = call.number("per_page").unwrap_or(30).clamp(1, 100);
    let page = call.number("page").unwrap_or(1).max(1);
    let start = usize::try_from((page - 1) * size).unwrap_or(usize::MAX);
    let (items, next) = page_of(all, start, usize::try_from(size).unwrap_or(100));
    let reply = Reply::json(200, items.into());
    if next.is_none() {
        return Ok(reply);
    }
    let host = call.headers.get("host").map(String::as_str).unwrap_or_default();
    let others = call.query.iter().filter(|(name, _)| name != "page");
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(others)
        .append_pair("page", &(page + 1).to_string())
        .finish();
    let path = call.path.join("/");
    Ok(reply.header(
        "link",
        format!("<http://{host}/{path}?{query}>; rel=\"next\", <http://{host}/{path}>; rel=\"last\""),
    ))
}

impl Vendor for Github {
    fn answer(&mut self, call: &Call) -> Reply {
        if !call.headers.contains_key("user-agent") {
            return forbidden(
                "Request forbidden by administrative rules. Please make sure your request has a User-Agent header",
            );
        }
        if call.headers.get("authorization") != Some(&format!("Bearer {}", self.token)) {
            return Reply::json(
                401,
                json!({ "message": "Bad credentials", "documentation_url": "https://docs.github.com/rest" }),
            );
        }
        let limit = self.calls_an_hour;
        let taken = self.windows.take("core", limit, 3600, call.now);
        let (left, reset) = match taken {
            Ok(left) => (left, call.now + 3600),
            Err(wait) => (0, call.now + wait),
        };
        let reply = match taken {
            Err(_) => forbidden("API rate limit exceeded for user ID 1."),
            Ok(_) => self.route(call).unwrap_or_else(|refused| refused),
        };
        let reply = match &self.scopes {
            Some(scopes) => reply.header("x-oauth-scopes", scopes),
            None => reply,
        };
        reply
            .header("x-ratelimit-limit", limit)
            .header("x-ratelimit-remaining", left)
            .header("x-ratelimit-reset", reset)
            .header("x-ratelimit-resource", "core")
            .header("x-github-request-id", "req-1")
    }

    /// A burst: 403 with a sentence, and a wait or none.
    fn throttle(&self, retry_after: Option<Duration>) -> Reply {
        let reply = forbidden(
            "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
        );
        match retry_after {
            Some(wait) => reply.header("retry-after", wait.as_secs()),
            None => reply,
        }
    }
}
