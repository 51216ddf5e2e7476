use serde_json::{Value, json};

use super::answer::{bad, invalid, moment, not_found, wrapped};
use super::page::page;
use super::{Group, Membership, Zendesk};
use crate::vendor::{Call, Reply};

impl Zendesk {
    pub(super) fn list_groups(&self, call: &Call) -> Reply {
        let living = self.groups.iter().filter(|(_, group)| !group.deleted);
        page(call, "groups", living.map(|(id, group)| (*id, shown_group(*id, group))))
    }

    pub(super) fn show_group(&self, id: u64) -> Result<Reply, Reply> {
        let group = self.groups.get(&id).ok_or_else(not_found)?;
        Ok(Reply::json(200, json!({ "group": shown_group(id, group) })))
    }

    pub(super) fn create_group(&mut self, call: &Call) -> Result<Reply, Reply> {
        let name = wrapped(&call.body, "group")?.get("name").and_then(Value::as_str).unwrap_or_default();
        if name.is_empty() {
            return Err(invalid("name", "Name: cannot be blank", "BlankValue"));
        }
        if self.groups.values().any(|group| !group.deleted && group.name == name) {
            return Err(invalid("name", "Name: has already been taken", "DuplicateValue"));
        }
        let id = self.seed_group(name);
        let Reply { body, .. } = self.show_group(id)?;
        Ok(Reply { status: 201, headers: Vec::new(), body })
    }

    pub(super) fn rename_group(&mut self, id: u64, call: &Call) -> Result<Reply, Reply> {
        let name = wrapped(&call.body, "group")?.get("name").and_then(Value::as_str).unwrap_or_default();
        let group = self.groups.get_mut(&id).filter(|group| !group.deleted).ok_or_else(not_found)?;
        name.clone_into(&mut group.name);
        self.show_group(id)
    }

    pub(super) fn delete_group(&mut self, id: u64) -> Result<Reply, Reply> {
        let group = self.groups.get_mut(&id).filter(|group| !group.deleted).ok_or_else(not_found)?;
        group.deleted = true;
        self.memberships.retain(|_, membership| membership.of != id);
        Ok(Reply::empty(204))
    }

    pub(super) fn list_organizations(&self, call: &Call) -> Reply {
        let shown = self.organizations.iter().map(|(id, name)| {
            let shown = json!({ "id": id, "name": name, "created_at": moment(0), "updated_at": moment(0) });
            (*id, shown)
        });
        page(call, "organizations", shown)
    }

    pub(super) fn list_memberships(&self, user: Option<u64>, call: &Call) -> Reply {
        let found = self.memberships.iter().filter(|(_, m)| user.is_none_or(|user| m.user == user));
        page(call, "group_memberships", found.map(|(id, m)| (*id, shown_membership(*id, m))))
    }

    pub(super) fn list_belongings(&self, user: Option<u64>, call: &Call) -> Reply {
        let found = self.belongings.iter().filter(|(_, m)| user.is_none_or(|user| m.user == user));
        page(call, "organization_memberships", found.map(|(id, m)| (*id, self.shown_belonging(*id, m))))
    }

    pub(super) fn join_group(&mut self, call: &Call) -> Result<Reply, Reply> {
        let (user, of) = pair(call, "group_membership", "group_id")?;
        let member = self.users.get(&user).filter(|user| !user.erased).ok_or_else(not_found)?;
        if self.groups.get(&of).is_none_or(|group| group.deleted) {
            return Err(invalid("group_id", "Group: is invalid", "InvalidValue"));
        }
        if member.shown.get("role").and_then(Value::as_str) == Some("end-user") {
            return Err(invalid("user_id", "User: must be an agent", "InvalidValue"));
        }
        if self.memberships.values().any(|m| m.user == user && m.of == of) {
            return Err(invalid("user_id", "User has already been taken", "DuplicateValue"));
        }
        let default = !self.memberships.values().any(|m| m.user == user);
        let id = self.next_id();
        let membership = Membership { user, of, default };
        let shown = shown_membership(id, &membership);
        self.memberships.insert(id, membership);
        Ok(Reply::json(201, json!({ "group_membership": shown })))
    }

    /// The open tickets of the agent in the group lose their assignee.
    pub(super) fn leave_group(&mut self, id: u64, now: i64) -> Result<Reply, Reply> {
        let left = self.memberships.remove(&id).ok_or_else(not_found)?;
        for ticket in self.tickets.values_mut() {
            if ticket.assignee == Some(left.user) && ticket.group == Some(left.of) && ticket.status == "open"
            {
                ticket.assignee = None;
            }
        }
        self.note("update", left.user, "left a group", now);
        Ok(Reply::empty(204))
    }

    pub(super) fn join_organization(&mut self, call: &Call) -> Result<Reply, Reply> {
        let (user, of) = pair(call, "organization_membership", "organization_id")?;
        self.users.get(&user).filter(|user| !user.erased).ok_or_else(not_found)?;
        if !self.organizations.contains_key(&of) {
            return Err(invalid("organization_id", "Organization: is invalid", "InvalidValue"));
        }
        if self.belongings.values().any(|m| m.user == user && m.of == of) {
            return Err(invalid("user_id", "User has already been taken", "DuplicateValue"));
        }
        let id = self.add_belonging(user, of);
        let shown = self.belongings.get(&id).map(|m| self.shown_belonging(id, m));
        Ok(Reply::json(201, json!({ "organization_membership": shown })))
    }

    pub(super) fn add_belonging(&mut self, user: u64, of: u64) -> u64 {
        let default = !self.belongings.values().any(|m| m.user == user);
        let id = self.next_id();
        self.belongings.insert(id, Membership { user, of, default });
        id
    }

    pub(super) fn leave_organization(&mut self, id: u64) -> Result<Reply, Reply> {
        self.belongings.remove(&id).ok_or_else(not_found)?;
        Ok(Reply::empty(204))
    }

    fn shown_belonging(&self, id: u64, m: &Membership) -> Value {
        json!({
            "id": id, "user_id": m.user, "organization_id": m.of, "default": m.default, "view_tickets": true,
            "organization_name": self.organizations.get(&m.of), "created_at": moment(0), "updated_at": moment(0),
        })
    }
}

fn pair(call: &Call, wrapper: &str, of: &str) -> Result<(u64, u64), Reply> {
    let wanted = wrapped(&call.body, wrapper)?;
    let number = |name: &str| wanted.get(name).and_then(Value::as_u64);
    number("user_id").zip(number(of)).ok_or_else(|| bad(&format!("user_id and {of} must be integers")))
}

fn shown_group(id: u64, group: &Group) -> Value {
    json!({
        "id": id, "name": group.name, "description": "", "default": false, "deleted": group.deleted,
        "is_public": true, "url": format!("https://example.zendesk.com/api/v2/groups/{id}.json"),
        "created_at": moment(0), "updated_at": moment(0),
    })
}

fn shown_membership(id: u64, m: &Membership) -> Value {
    json!({
        "id": id, "user_id": m.user, "group_id": m.of, "default": m.default, "created_at": moment(0),
        "updated_at": moment(0), "url": format!("https://example.zendesk.com/api/v2/group_memberships/{id}.json"),
    })
}
