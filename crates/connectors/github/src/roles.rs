//! Roles of the organisation besides owner: those that GitHub has, and those that somebody made.

use serde_json::Value;
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{Context, EntitlementRef, ErrorKind, Object, Outcome, Result};
use tenure_connector_rest::system::{List, Listing, done, fixed, id_text, items, need_text, text};

use crate::Github;
use crate::access::member;

pub(crate) const KIND: &str = "organization_role";

impl Github {
    pub(crate) async fn organization_roles(&self, ctx: &Context) -> Result<List> {
        let mut all = Vec::new();
        for role in self.known_roles(ctx).await? {
            let found = Entitlement::new(KIND, &id_text(&role, "/id")?);
            all.push(Object::from(&found.with_display(text(&role, "/name").unwrap_or_default())));
        }
        Ok(List::Given(all))
    }

    /// None, where there is no such thing: on an older server, or when it is switched off.
    async fn known_roles(&self, ctx: &Context) -> Result<Vec<Value>> {
        let request = self.client.get(&self.org(&["organization-roles"]))?;
        match self.client.json(ctx, &request).await {
            Ok(answer) => Ok(items(&answer, "/roles")?.to_vec()),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidInput) => {
                Ok(Vec::new())
            }
            Err(error) => Err(error),
        }
    }

    /// Who has a role by a team keeps it as long as the team has it.
    pub(crate) async fn role_holders(&self, ctx: &Context) -> Result<List> {
        if self.known_roles(ctx).await?.is_empty() {
            return Ok(List::Given(Vec::new()));
        }
        let request = self.client.get(&self.org(&["organization-roles"]))?;
        let roles = Listing::new(&self.client, request, "/roles").ids("/id");
        let (client, organization) = (self.client.clone(), self.config.organization.clone());
        let page = self.all(&["organization-roles"])?;
        Ok(List::of_each(roles, move |role| {
            let request = client.get(&["orgs", &organization, "organization-roles", role, "users"])?;
            let held = EntitlementRef::new(KIND, role);
            Ok(page.clone().map_request(|_| request).each(move |row| {
                let mut grant = GrantRecord::new(need_text(row, "/login")?, held.clone());
                grant.immutable = text(row, "/assignment") == Some("indirect");
                Ok(vec![Object::from(&grant)])
            }))
        }))
    }

    /// How somebody has a role: `direct`, `indirect` or `mixed`.
    async fn assignment(&self, ctx: &Context, login: &str, role: &str) -> Result<Option<String>> {
        let holders = self.all(&["organization-roles", role, "users"])?.all(ctx).await?;
        let same = |row: &&Value| text(row, "/login").is_some_and(|own| own.eq_ignore_ascii_case(login));
        Ok(holders.iter().find(same).map(|row| text(row, "/assignment").unwrap_or("direct").to_owned()))
    }

    pub(crate) async fn give_role(&self, ctx: &Context, item: &Value, role: &str) -> Result<Outcome> {
        let login = member(item)?;
        if self.assignment(ctx, login, role).await?.is_some() {
            return Ok(Outcome::already_so());
        }
        let request = self.client.put(&self.org(&["organization-roles", "users", login, role]))?;
        Ok(done(&self.client.send(ctx, &request).await?))
    }

    pub(crate) async fn take_role(&self, ctx: &Context, item: &Value, role: &str) -> Result<Outcome> {
        let login = member(item)?;
        let how = tenure_connector_rest::absent(self.assignment(ctx, login, role).await)?.flatten();
        match how.as_deref() {
            None => return Ok(Outcome::already_gone()),
            Some("indirect") => return Err(fixed("the role comes by a team; take the team away")),
            Some(_) => {}
        }
        let request = self.client.delete(&self.org(&["organization-roles", "users", login, role]))?;
        Ok(done(&self.client.send(ctx, &request).await?))
    }
}
