use serde_json::{Map, Value, json};

use super::answer::{forbidden, invalid, moment, not_found, wrapped};
use super::page::page;
use super::{Address, OWNER, Zendesk};
use crate::vendor::{Call, Reply};

impl Zendesk {
    pub(super) fn custom_roles(&self) -> Result<Reply, Reply> {
        if !self.options.enterprise {
            return Err(forbidden("The plan has no custom roles"));
        }
        let at = moment(0);
        let shown: Vec<Value> = self
            .roles
            .iter()
            .map(|(id, role)| {
                let held = |value: &Value| value.as_u64() == Some(*id);
                let members = self.users.values().filter(|user| {
                    user.shown.get("active") == Some(&true.into())
                        && user.shown.get("custom_role_id").is_some_and(held)
                });
                json!({
                    "id": id, "name": role.name, "description": "", "role_type": role.kind, "created_at": at,
                    "updated_at": at, "team_member_count": members.count(),
                    "configuration": { "light_agent": role.kind == 1 },
                })
            })
            .collect();
        Ok(Reply::json(200, json!({ "custom_roles": shown })))
    }

    /// Refuses a role that is none, or for which there is no seat.
    pub(super) fn refuse_role(&self, id: Option<u64>, wanted: &Map<String, Value>) -> Result<(), Reply> {
        let role = wanted.get("role").and_then(Value::as_str);
        if role.is_some_and(|role| !["end-user", "agent", "admin"].contains(&role)) {
            return Err(invalid("role", "Role: is not a role", "InvalidValue"));
        }
        let custom = wanted.get("custom_role_id").and_then(Value::as_u64);
        if custom.is_some_and(|custom| !self.roles.contains_key(&custom)) {
            return Err(invalid("custom_role_id", "Custom role: does not exist", "InvalidValue"));
        }
        let free =
            custom.and_then(|custom| self.roles.get(&custom)).is_some_and(|role| matches!(role.kind, 1 | 3));
        let paid = role.is_some_and(|role| role != "end-user") && !free;
        let had = id.and_then(|id| self.users.get(&id)).is_some_and(|user| self.is_paid(user));
        if paid && !had && self.options.seats.is_some_and(|seats| self.seats_taken() >= seats) {
            return Err(invalid(
                "base",
                "You have reached the maximum number of agents",
                "AgentLimitReached",
            ));
        }
        Ok(())
    }

    /// Makes what follows from the role agree with it.
    pub(super) fn settle_role(&mut self, id: u64) {
        let kinds: Vec<(u64, u64)> = self.roles.iter().map(|(id, role)| (*id, role.kind)).collect();
        let Some(user) = self.users.get_mut(&id) else { return };
        let role = user.shown.get("role").and_then(Value::as_str).unwrap_or_default().to_owned();
        if role == "end-user" {
            user.shown.insert("custom_role_id".to_owned(), Value::Null);
        }
        let custom = user.shown.get("custom_role_id").and_then(Value::as_u64);
        let kind = match (role.as_str(), custom) {
            ("admin", _) => json!(4),
            ("end-user", _) => Value::Null,
            (_, custom) => {
                kinds.iter().find(|(id, _)| Some(*id) == custom).map_or(Value::Null, |(_, kind)| json!(kind))
            }
        };
        user.shown.insert("role_type".to_owned(), kind);
    }

    pub(super) fn identities(&self, id: u64, call: &Call) -> Result<Reply, Reply> {
        let user = self.users.get(&id).filter(|user| !user.erased).ok_or_else(not_found)?;
        let shown = user.addresses.iter().map(|known| (known.id, identity(id, known)));
        Ok(page(call, "identities", shown))
    }

    pub(super) fn add_identity(&mut self, id: u64, call: &Call) -> Result<Reply, Reply> {
        let wanted = wrapped(&call.body, "identity")?;
        let email = wanted.get("value").and_then(Value::as_str).unwrap_or_default().to_owned();
        let taken = self.users.values().any(|user| user.addresses.iter().any(|known| known.email == email));
        if taken {
            return Err(invalid("value", "Value is already being used by another user", "DuplicateValue"));
        }
        self.users.get(&id).filter(|user| !user.erased).ok_or_else(not_found)?;
        let added = self.add_address(id, &email);
        Ok(Reply::json(201, json!({ "identity": identity(id, &added) })))
    }

    pub(super) fn add_address(&mut self, id: u64, email: &str) -> Address {
        let added = Address { id: self.next_id(), email: email.to_owned(), primary: false };
        if let Some(user) = self.users.get_mut(&id)
            && !user.addresses.iter().any(|known| known.email.eq_ignore_ascii_case(email))
        {
            user.addresses.push(added.clone());
        }
        added
    }

    pub(super) fn make_primary(&mut self, id: u64, address: u64, call: &Call) -> Result<Reply, Reply> {
        let known =
            self.users.get(&id).and_then(|user| user.addresses.iter().find(|known| known.id == address));
        let email = known.ok_or_else(not_found)?.email.clone();
        self.touch(id, call.now, |user| {
            user.addresses.iter_mut().for_each(|known| known.primary = known.id == address);
            user.shown.insert("email".to_owned(), email.into());
        });
        self.identities(id, call)
    }

    pub(super) fn show_sessions(&self, id: u64) -> Result<Reply, Reply> {
        self.show(id)?;
        let at = moment(0);
        let shown = self.sessions.get(&id).into_iter().flatten().map(|session| {
            json!({ "id": session, "user_id": id, "authenticated_at": at, "last_seen_at": at,
                "url": format!("https://example.zendesk.com/api/v2/users/{id}/sessions/{session}.json") })
        });
        Ok(Reply::json(200, json!({ "sessions": shown.collect::<Vec<_>>() })))
    }

    pub(super) fn end_sessions(&mut self, id: u64) -> Result<Reply, Reply> {
        self.show(id)?;
        self.sessions.remove(&id);
        Ok(Reply::empty(204))
    }

    /// The open tickets of an agent who is none any more go to whoever took the role away.
    pub(super) fn orphan_tickets(&mut self, agent: u64) {
        for ticket in self.tickets.values_mut() {
            if ticket.assignee == Some(agent) && ticket.status != "closed" {
                ticket.assignee = Some(OWNER);
            }
        }
    }
}

fn identity(user: u64, known: &Address) -> Value {
    json!({
        "id": known.id, "user_id": user, "type": "email", "value": known.email, "primary": known.primary,
        "verified": true, "url": format!("https://example.zendesk.com/api/v2/users/{user}/identities/{}.json", known.id),
        "created_at": moment(0), "updated_at": moment(0),
    })
}
