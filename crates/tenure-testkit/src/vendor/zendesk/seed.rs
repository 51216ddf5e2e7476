use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::{Group, Role, Ticket, User, Zendesk};
use crate::vendor::Windows;

/// How an instance behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Paid seats; without a number there is always another.
    pub seats: Option<u64>,
    /// Whether the plan has custom roles and audit logs.
    pub enterprise: bool,
    /// Calls a minute of the whole account.
    pub calls_a_minute: u64,
    /// How many times a job is still at work when it is asked for.
    pub job_delay: u32,
    /// How many of the last seconds an export leaves out.
    pub export_delay: i64,
}

impl Default for Options {
    fn default() -> Self {
        Self { seats: None, enterprise: true, calls_a_minute: 700, job_delay: 1, export_delay: 60 }
    }
}

impl Zendesk {
    /// An instance with an owner, who calls with this e-mail address and API token.
    #[must_use]
    pub fn new(email: &str, token: &str) -> Self {
        let mut zendesk = Self {
            options: Options::default(),
            login: format!("Basic {}", STANDARD.encode(format!("{email}/token:{token}"))),
            bearers: BTreeMap::new(),
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            organizations: BTreeMap::new(),
            roles: BTreeMap::new(),
            memberships: BTreeMap::new(),
            belongings: BTreeMap::new(),
            sessions: BTreeMap::new(),
            tickets: BTreeMap::new(),
            jobs: BTreeMap::new(),
            audit: Vec::new(),
            windows: Windows::default(),
            last_id: 0,
            changes: 0,
        };
        zendesk.seed_user(email, "Olga Owner", "admin");
        zendesk
    }

    /// Takes OAuth tokens with these scopes, for instance `read` or `users:write`.
    pub fn allow_bearer(&mut self, token: &str, scopes: &[&str]) {
        self.bearers.insert(token.to_owned(), scopes.iter().map(|scope| (*scope).to_owned()).collect());
    }

    /// Adds a user that was there before; gives the id.
    pub fn seed_user(&mut self, email: &str, name: &str, role: &str) -> u64 {
        let wanted = json!({ "email": email, "name": name, "role": role, "verified": true });
        let wanted = wanted.as_object().cloned().unwrap_or_default();
        self.insert(&wanted, SEEDED)
    }

    /// Changes what the API shows of a user, past all rules: `last_login_at`, `shared`, `suspended`.
    pub fn set(&mut self, user: u64, member: &str, value: Value) {
        self.touch(user, SEEDED, |user| drop(user.shown.insert(member.to_owned(), value)));
    }

    /// Adds a group.
    pub fn seed_group(&mut self, name: &str) -> u64 {
        let id = self.next_id();
        self.groups.insert(id, Group { name: name.to_owned(), deleted: false });
        id
    }

    /// Adds an organisation.
    pub fn seed_organization(&mut self, name: &str) -> u64 {
        let id = self.next_id();
        self.organizations.insert(id, name.to_owned());
        id
    }

    /// Adds a custom role: kind 0 is an agent, 1 a light agent, 3 a contributor.
    pub fn seed_role(&mut self, name: &str, kind: u64) -> u64 {
        let id = self.next_id();
        self.roles.insert(id, Role { name: name.to_owned(), kind });
        id
    }

    /// Adds a ticket.
    pub fn seed_ticket(&mut self, ticket: Ticket) -> u64 {
        let id = self.next_id();
        self.tickets.insert(id, ticket);
        id
    }

    /// Signs a user in.
    pub fn seed_session(&mut self, user: u64) {
        let id = self.next_id();
        self.sessions.entry(user).or_default().push(id);
    }

    /// A ticket as it is.
    #[must_use]
    pub fn ticket(&self, id: u64) -> Option<&Ticket> {
        self.tickets.get(&id)
    }

    /// What the API shows of a user; nothing for one that is erased.
    #[must_use]
    pub fn user(&self, id: u64) -> Option<Value> {
        let user = self.users.get(&id).filter(|user| !user.erased)?;
        Some(Value::Object(user.shown.clone()))
    }

    /// The id of the user with this primary address.
    #[must_use]
    pub fn id_of(&self, email: &str) -> Option<u64> {
        self.users
            .iter()
            .find(|(_, user)| !user.erased && user.shown.get("email").and_then(Value::as_str) == Some(email))
            .map(|(id, _)| *id)
    }

    /// The names of the groups that a user is in.
    #[must_use]
    pub fn groups_of(&self, user: u64) -> Vec<&str> {
        let of = self.memberships.values().filter(|membership| membership.user == user);
        of.filter_map(|membership| self.groups.get(&membership.of)).map(|group| group.name.as_str()).collect()
    }

    /// How many sessions a user has.
    #[must_use]
    pub fn sessions_of(&self, user: u64) -> usize {
        self.sessions.get(&user).map_or(0, Vec::len)
    }

    /// How many paid seats are taken: agents and administrators, without light agents and contributors.
    #[must_use]
    pub fn seats_taken(&self) -> u64 {
        self.users.values().filter(|user| self.is_paid(user)).count() as u64
    }

    pub(super) fn is_paid(&self, user: &User) -> bool {
        let text = |name: &str| user.shown.get(name).and_then(Value::as_str).unwrap_or_default();
        let role =
            user.shown.get("custom_role_id").and_then(Value::as_u64).and_then(|id| self.roles.get(&id));
        let free = role.is_some_and(|role| matches!(role.kind, 1 | 3));
        user.shown.get("active") == Some(&true.into()) && text("role") != "end-user" && !free
    }

    pub(super) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    pub(super) fn touch(&mut self, user: u64, now: i64, change: impl FnOnce(&mut User)) {
        self.changes += 1;
        let stamp = (now, self.changes);
        if let Some(user) = self.users.get_mut(&user) {
            change(user);
            user.changed = stamp;
            user.shown.insert("updated_at".to_owned(), super::answer::moment(now).into());
        }
    }

    /// Writes a line of the audit log.
    pub(super) fn note(&mut self, action: &str, user: u64, what: &str, now: i64) {
        let id = self.audit.len() + 1;
        let label =
            self.users.get(&user).and_then(|user| user.shown.get("name")).cloned().unwrap_or_default();
        self.audit.push(json!({
            "id": id, "action": action, "action_label": action, "actor_id": super::OWNER, "actor_name": "Olga Owner",
            "source_id": user, "source_type": "user", "source_label": label, "change_description": what,
            "ip_address": "192.0.2.7", "created_at": super::answer::moment(now),
        }));
    }

    pub(super) fn fresh(&mut self, wanted: &Map<String, Value>, now: i64) -> (u64, Map<String, Value>) {
        let id = self.next_id();
        let at = super::answer::moment(now);
        let shown = json!({
            "id": id, "url": format!("https://example.zendesk.com/api/v2/users/{id}.json"),
            "name": "", "email": "", "created_at": at, "updated_at": at, "time_zone": "Berlin",
            "iana_time_zone": "Europe/Berlin", "phone": null, "shared_phone_number": null, "photo": null,
            "locale_id": 1, "locale": "en-US", "organization_id": null, "role": "end-user", "verified": false,
            "external_id": null, "tags": [], "alias": "", "active": true, "shared": false, "shared_agent": false,
            "role_type": null, "custom_role_id": null, "moderator": false, "ticket_restriction": "requested",
            "only_private_comments": false, "restricted_agent": true, "suspended": false,
            "report_csv": false, "two_factor_auth_enabled": null, "user_fields": {},
        });
        let mut shown = shown.as_object().cloned().unwrap_or_default();
        let kept =
            wanted.iter().filter(|(name, _)| !["skip_verify_email", "password"].contains(&name.as_str()));
        shown.extend(kept.map(|(name, value)| (name.clone(), value.clone())));
        (id, shown)
    }
}

/// When everything was there before: 2026-01-05T08:00:00Z.
const SEEDED: i64 = 1_767_600_000;
