use std::time::Duration;

use serde_json::{Value, json};

use super::answer::{forbidden, id, not_found};
use super::page::page;
use super::{OWNER, Zendesk};
use crate::vendor::{Call, Reply, Vendor};

impl Vendor for Zendesk {
    fn answer(&mut self, call: &Call) -> Reply {
        if let Err(refused) = self.admit(call) {
            return refused;
        }
        let left = match self.windows.take("account", self.options.calls_a_minute, 60, call.now) {
            Ok(left) => left,
            Err(wait) => return self.limited("account", self.options.calls_a_minute, wait),
        };
        let reply = self.route(call).unwrap_or_else(|refused| refused);
        reply.header("x-rate-limit", self.options.calls_a_minute).header("x-rate-limit-remaining", left)
    }

    fn throttle(&self, retry_after: Option<Duration>) -> Reply {
        let reply = Reply::json(429, json!({ "error": "APIRateLimitExceeded", "description": "Rate limit" }));
        match retry_after {
            Some(wait) => reply.header("retry-after", wait.as_secs()),
            None => reply,
        }
    }
}

impl Zendesk {
    pub(super) fn limited(&self, bucket: &str, limit: u64, wait: i64) -> Reply {
        let wait_for = Duration::from_secs(wait.unsigned_abs());
        self.throttle(Some(wait_for)).header(
            &format!("zendesk-ratelimit-{bucket}"),
            format!("total={limit}; remaining=0; resets={wait}"),
        )
    }

    /// Lets in the owner's API token, and OAuth tokens that have the scope.
    fn admit(&self, call: &Call) -> Result<(), Reply> {
        let refused = || Reply::json(401, json!({ "error": "Couldn't authenticate you" }));
        let header = call.headers.get("authorization").ok_or_else(refused)?;
        if *header == self.login {
            return Ok(());
        }
        let scopes = header.strip_prefix("Bearer ").and_then(|token| self.bearers.get(token));
        let scopes = scopes.ok_or_else(refused)?;
        let needed = if call.writes() { "write" } else { "read" };
        let has = scopes.iter().any(|scope| scope == needed || scope.ends_with(&format!(":{needed}")));
        let harmless = call.path.iter().any(|segment| segment == "oauth");
        match has || harmless {
            true => Ok(()),
            false => Err(forbidden(&format!("You are missing the following required scopes: {needed}"))),
        }
    }

    fn route(&mut self, call: &Call) -> Result<Reply, Reply> {
        let (method, path) = call.route();
        let ["api", "v2", path @ ..] = path.as_slice() else { return Err(not_found()) };
        match (method, path) {
            ("GET", ["users"]) => Ok(self.list_users(call)),
            ("POST", ["users"]) => self.create_user(call),
            ("GET", ["users", "me"]) => self.show(OWNER),
            ("GET", ["users", "count"]) => Ok(self.count_users(call)),
            ("GET", ["users", "search"]) => Ok(self.search(call)),
            ("GET", ["users", user]) => self.show(id(user)?),
            ("PUT", ["users", user]) => self.update_user(id(user)?, call),
            ("DELETE", ["users", user]) => self.delete_user(id(user)?, call.now),
            ("DELETE", ["deleted_users", user]) => self.erase(id(user)?, call.now),
            ("GET", ["users", user, "identities"]) => self.identities(id(user)?, call),
            ("POST", ["users", user, "identities"]) => self.add_identity(id(user)?, call),
            ("PUT", ["users", user, "identities", identity, "make_primary"]) => {
                self.make_primary(id(user)?, id(identity)?, call)
            }
            ("GET", ["users", user, "sessions"]) => self.show_sessions(id(user)?),
            ("DELETE", ["users", user, "sessions"]) => self.end_sessions(id(user)?),
            ("GET", ["users", user, "tickets", "assigned"]) => self.assigned(id(user)?, call),
            ("PUT", ["tickets", "update_many"]) => self.update_tickets(call),
            ("PUT", ["tickets", ticket]) => self.update_ticket(id(ticket)?, call),
            ("GET", ["job_statuses", "show_many"]) => Ok(self.show_jobs(call)),
            ("GET", ["incremental", "users", "cursor"]) => self.export(call),
            ("GET", ["audit_logs"]) => self.audit_logs(call),
            ("GET", ["custom_roles"]) => self.custom_roles(),
            ("GET", ["oauth", "tokens", "current"]) => self.current_token(call),
            _ => self.route_sets(method, path, call),
        }
    }

    /// Groups, organisations, and who is in them.
    fn route_sets(&mut self, method: &str, path: &[&str], call: &Call) -> Result<Reply, Reply> {
        match (method, path) {
            ("GET", ["groups"]) => Ok(self.list_groups(call)),
            ("POST", ["groups"]) => self.create_group(call),
            ("GET", ["groups", group]) => self.show_group(id(group)?),
            ("PUT", ["groups", group]) => self.rename_group(id(group)?, call),
            ("DELETE", ["groups", group]) => self.delete_group(id(group)?),
            ("GET", ["organizations"]) => Ok(self.list_organizations(call)),
            ("GET", ["organizations", organization, "users"]) => {
                self.organization_users(id(organization)?, call)
            }
            ("GET", ["group_memberships"]) => Ok(self.list_memberships(None, call)),
            ("GET", ["users", user, "group_memberships"]) => Ok(self.list_memberships(Some(id(user)?), call)),
            ("POST", ["group_memberships"]) => self.join_group(call),
            ("DELETE", ["group_memberships", membership]) => self.leave_group(id(membership)?, call.now),
            ("GET", ["organization_memberships"]) => Ok(self.list_belongings(None, call)),
            ("GET", ["users", user, "organization_memberships"]) => {
                Ok(self.list_belongings(Some(id(user)?), call))
            }
            ("POST", ["organization_memberships"]) => self.join_organization(call),
            ("DELETE", ["organization_memberships", membership]) => self.leave_organization(id(membership)?),
            _ => Err(not_found()),
        }
    }

    fn audit_logs(&self, call: &Call) -> Result<Reply, Reply> {
        if !self.options.enterprise {
            return Err(forbidden("The plan has no audit logs"));
        }
        let actor = call.number("filter[actor_id]");
        let lines = self.audit.iter().filter(|line| actor.is_none() || line["actor_id"].as_u64() == actor);
        Ok(page(
            call,
            "audit_logs",
            lines.map(|line| (line["id"].as_u64().unwrap_or_default(), line.clone())),
        ))
    }

    fn current_token(&self, call: &Call) -> Result<Reply, Reply> {
        let token = call.headers.get("authorization").and_then(|header| header.strip_prefix("Bearer "));
        let scopes = token.and_then(|token| self.bearers.get(token)).ok_or_else(not_found)?;
        Ok(Reply::json(200, json!({ "token": { "id": 7, "scopes": scopes } })))
    }

    pub(super) fn show(&self, user: u64) -> Result<Reply, Reply> {
        let shown: Value = self.user(user).ok_or_else(not_found)?;
        Ok(Reply::json(200, json!({ "user": shown })))
    }
}
