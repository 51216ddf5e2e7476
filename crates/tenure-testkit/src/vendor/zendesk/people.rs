use serde_json::{Map, Value, json};

use super::answer::{bad, forbidden, invalid, moment, not_found, wrapped};
use super::page::page;
use super::{Address, OWNER, User, Zendesk};
use crate::vendor::{Call, Reply};

/// What a caller may write of a user.
const WRITABLE: [&str; 22] = [
    "agent_brand_ids",
    "alias",
    "custom_role_id",
    "default_group_id",
    "details",
    "email",
    "external_id",
    "locale",
    "moderator",
    "name",
    "notes",
    "only_private_comments",
    "organization_id",
    "phone",
    "role",
    "signature",
    "skip_verify_email",
    "suspended",
    "tags",
    "ticket_restriction",
    "user_fields",
    "verified",
];

impl Zendesk {
    pub(super) fn insert(&mut self, wanted: &Map<String, Value>, now: i64) -> u64 {
        let (id, shown) = self.fresh(wanted, now);
        let email = shown.get("email").and_then(Value::as_str).unwrap_or_default().to_owned();
        let addresses = vec![Address { id: self.next_id(), email, primary: true }];
        let organization = shown.get("organization_id").and_then(Value::as_u64);
        self.users.insert(id, User { shown, addresses, erased: false, changed: (now, 0) });
        self.settle_role(id);
        self.touch(id, now, |_| {});
        if let Some(organization) = organization {
            self.add_belonging(id, organization);
        }
        id
    }

    pub(super) fn create_user(&mut self, call: &Call) -> Result<Reply, Reply> {
        let wanted = wrapped(&call.body, "user")?.clone();
        if wanted.get("name").and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err(invalid("name", "Name: is too short (minimum one character)", "ValueTooShort"));
        }
        self.refuse(None, &wanted)?;
        let id = self.insert(&wanted, call.now);
        self.note("create", id, "created", call.now);
        let Reply { body, .. } = self.show(id)?;
        Ok(Reply { status: 201, body, headers: Vec::new() })
    }

    pub(super) fn update_user(&mut self, id: u64, call: &Call) -> Result<Reply, Reply> {
        let mut wanted = wrapped(&call.body, "user")?.clone();
        let user = self.users.get(&id).filter(|user| !user.erased).ok_or_else(not_found)?.clone();
        self.windows
            .take(&format!("user {id}"), 5, 60, call.now)
            .map_err(|wait| self.limited("user-updates", 5, wait))?;
        if user.shown.get("shared") == Some(&true.into()) {
            return Err(forbidden("You cannot edit a user that is shared from another account"));
        }
        if user.shown.get("active") != Some(&true.into()) {
            return Err(invalid("base", "The user is deleted", "InvalidValue"));
        }
        self.refuse(Some(id), &wanted)?;
        // An address is added, not changed.
        if let Some(Value::String(email)) = wanted.remove("email") {
            self.add_address(id, &email);
        }
        let downgraded = wanted.get("role").and_then(Value::as_str) == Some("end-user");
        if downgraded && id == OWNER {
            return Err(forbidden("The account owner cannot be downgraded"));
        }
        wanted.remove("skip_verify_email");
        self.touch(id, call.now, |user| user.shown.extend(wanted));
        self.settle_role(id);
        let still_paid = self.users.get(&id).is_some_and(|user| self.is_paid(user));
        if !still_paid {
            self.orphan_tickets(id);
        }
        if downgraded {
            self.memberships.retain(|_, membership| membership.user != id);
        }
        self.note("update", id, "updated", call.now);
        self.show(id)
    }

    pub(super) fn delete_user(&mut self, id: u64, now: i64) -> Result<Reply, Reply> {
        let active = |user: &&User| !user.erased && user.shown.get("active") == Some(&true.into());
        self.users.get(&id).filter(active).ok_or_else(not_found)?;
        if id == OWNER {
            return Err(forbidden("The account owner cannot be deleted"));
        }
        if self.tickets.values().any(|ticket| ticket.requester == id && ticket.status != "closed") {
            return Err(invalid(
                "base",
                "User is the requester of tickets that are not closed",
                "InvalidValue",
            ));
        }
        self.orphan_tickets(id);
        self.touch(id, now, |user| {
            user.shown.insert("active".to_owned(), false.into());
            user.addresses.clear();
        });
        self.memberships.retain(|_, membership| membership.user != id);
        self.belongings.retain(|_, membership| membership.user != id);
        self.sessions.remove(&id);
        self.note("destroy", id, "deleted", now);
        self.show(id)
    }

    pub(super) fn erase(&mut self, id: u64, now: i64) -> Result<Reply, Reply> {
        let deleted = |user: &&User| !user.erased && user.shown.get("active") == Some(&false.into());
        self.users.get(&id).filter(deleted).ok_or_else(not_found)?;
        self.windows
            .take("erase", 700, 600, now)
            .map_err(|wait| self.limited("permanent-deletion", 700, wait))?;
        self.touch(id, now, |user| {
            for (member, value) in [("name", "Permanently deleted user"), ("email", "")] {
                user.shown.insert(member.to_owned(), value.into());
            }
            user.shown.insert("external_id".to_owned(), Value::Null);
            user.erased = true;
        });
        let gone = json!({
            "id": id, "url": format!("https://example.zendesk.com/api/v2/deleted_users/{id}.json"),
            "name": "Permanently deleted user", "email": "", "created_at": moment(now), "updated_at": moment(now),
            "time_zone": "Berlin", "phone": null, "shared_phone_number": null, "photo": null, "locale_id": 1,
            "locale": "en-US", "organization_id": 0, "role": "end-user", "active": false,
        });
        Ok(Reply::json(200, json!({ "deleted_user": gone })))
    }

    /// What breaks a rule in what a caller wants to write.
    fn refuse(&self, id: Option<u64>, wanted: &Map<String, Value>) -> Result<(), Reply> {
        if let Some(unknown) = wanted.keys().find(|name| !WRITABLE.contains(&name.as_str())) {
            return Err(bad(&format!("{unknown} is no attribute of a user")));
        }
        let text = |name: &str| wanted.get(name).and_then(Value::as_str);
        if let Some(email) = text("email") {
            if !email.split_once('@').is_some_and(|(local, host)| !local.is_empty() && host.contains('.'))
                || email.contains(char::is_whitespace)
            {
                return Err(invalid(
                    "email",
                    &format!("Email: {email} is not properly formatted"),
                    "InvalidFormat",
                ));
            }
            let taken = self.users.iter().any(|(own, user)| {
                Some(*own) != id && user.addresses.iter().any(|known| known.email.eq_ignore_ascii_case(email))
            });
            if taken {
                let message = format!("Email: {email} is already being used by another user");
                return Err(invalid("email", &message, "DuplicateValue"));
            }
        }
        if let Some(external) = text("external_id") {
            let taken = self.users.iter().any(|(own, user)| {
                let known = user.shown.get("external_id").and_then(Value::as_str);
                Some(*own) != id && known.is_some_and(|known| known.eq_ignore_ascii_case(external))
            });
            if taken {
                return Err(invalid("external_id", "External has already been taken", "DuplicateValue"));
            }
        }
        self.refuse_role(id, wanted)
    }

    /// The users that are not deleted, and have one of the roles, in order.
    fn living(&self, call: &Call) -> impl Iterator<Item = (u64, &User)> {
        let mut roles: Vec<String> = call.parameters("role[]").into_iter().map(str::to_owned).collect();
        roles.extend(call.parameter("role").map(str::to_owned));
        let external = call.parameter("external_id").map(str::to_lowercase);
        self.users.iter().map(|(id, user)| (*id, user)).filter(move |(_, user)| {
            let text = |name: &str| user.shown.get(name).and_then(Value::as_str).unwrap_or_default();
            user.shown.get("active") == Some(&true.into())
                && (roles.is_empty() || roles.iter().any(|role| role == text("role")))
                && external.as_ref().is_none_or(|external| text("external_id").to_lowercase() == *external)
        })
    }

    pub(super) fn list_users(&self, call: &Call) -> Reply {
        page(call, "users", self.living(call).map(|(id, user)| (id, Value::Object(user.shown.clone()))))
    }

    pub(super) fn count_users(&self, call: &Call) -> Reply {
        let count = self.living(call).count();
        Reply::json(200, json!({ "count": { "value": count, "refreshed_at": moment(call.now) } }))
    }

    /// The search is by words: it finds everybody whose address begins so.
    pub(super) fn search(&self, call: &Call) -> Reply {
        let query = call.parameter("query").unwrap_or_default();
        let wanted = query.strip_prefix("email:").unwrap_or(query).trim_matches('"').to_lowercase();
        let found: Vec<Value> = self
            .living(call)
            .filter(|(_, user)| {
                user.addresses.iter().any(|known| known.email.to_lowercase().starts_with(&wanted))
            })
            .map(|(_, user)| Value::Object(user.shown.clone()))
            .collect();
        let count = found.len();
        Reply::json(200, json!({ "users": found, "count": count, "next_page": null, "previous_page": null }))
    }

    pub(super) fn organization_users(&self, organization: u64, call: &Call) -> Result<Reply, Reply> {
        if !self.organizations.contains_key(&organization) {
            return Err(not_found());
        }
        let in_it = |id: u64| {
            self.belongings.values().any(|belonging| belonging.user == id && belonging.of == organization)
        };
        let found = self.living(call).filter(|(id, _)| in_it(*id));
        Ok(page(call, "users", found.map(|(id, user)| (id, Value::Object(user.shown.clone())))))
    }
}
