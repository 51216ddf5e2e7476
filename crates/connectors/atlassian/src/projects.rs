//! Roles in projects.

use serde_json::{Value, json};
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{Context, EntitlementRef, Object, Outcome, Result};
use tenure_connector_rest::system::{
    List, already, items, need_text, no_entitlement, protocol, removed, text,
};
use tenure_connector_rest::{Request, absent, unless_closed};

use crate::Atlassian;
use crate::system::v3;

pub(crate) const KIND: &str = "project_role";

impl Atlassian {
    /// The roles of each configured project.
    pub(crate) async fn project_roles(&self, ctx: &Context) -> Result<List> {
        let mut all = Vec::new();
        for project in &self.config.projects {
            for (id, name) in self.roles_of(ctx, project).await? {
                let found = Entitlement::new(KIND, &format!("{project}/{id}"));
                all.push(Object::from(&found.with_display(&format!("{project}: {name}"))));
            }
        }
        Ok(List::Given(all))
    }

    /// Who has a role in the project with this number by himself: who has it by a group has the group.
    pub(crate) async fn project_people(&self, ctx: &Context, number: usize) -> Result<List> {
        let Some(project) = self.config.projects.get(number) else { return Ok(List::Given(Vec::new())) };
        let mut all = Vec::new();
        for (id, _) in self.roles_of(ctx, project).await? {
            let held = EntitlementRef::new(KIND, format!("{project}/{id}"));
            for user in self.people_in(ctx, project, &id).await?.unwrap_or_default() {
                all.push(Object::from(&GrantRecord::new(user, held.clone())));
            }
        }
        Ok(List::Given(all))
    }

    /// The configured projects that are not there, or not open to the account.
    pub(crate) async fn closed_projects(&self, ctx: &Context) -> Result<Vec<&str>> {
        let mut closed = Vec::new();
        for project in &self.config.projects {
            if unless_closed(self.roles_of(ctx, project).await)?.is_none() {
                closed.push(project.as_str());
            }
        }
        Ok(closed)
    }

    /// The ids and names of the roles of a project, of which the API tells addresses.
    async fn roles_of(&self, ctx: &Context, project: &str) -> Result<Vec<(String, String)>> {
        let answer = self.site.json(ctx, &self.site.get(&v3(&["project", project, "role"]))?).await?;
        let roles = answer.as_object().ok_or_else(|| protocol("expected roles by their names"))?;
        let id = |address: &Value| Some(address.as_str()?.rsplit('/').next()?.to_owned());
        Ok(roles.iter().filter_map(|(name, address)| Some((id(address)?, name.clone()))).collect())
    }

    fn ask_role(&self, project: &str, role: &str) -> Result<Request> {
        self.site.get(&v3(&["project", project, "role", role]))
    }

    /// The accounts that have a role by themselves; `None` without such a project or role.
    async fn people_in(&self, ctx: &Context, project: &str, role: &str) -> Result<Option<Vec<String>>> {
        let Some(found) = absent(self.site.json(ctx, &self.ask_role(project, role)?).await)? else {
            return Ok(None);
        };
        let mut people = Vec::new();
        for actor in items(&found, "/actors")? {
            if text(actor, "/type") == Some("atlassian-user-role-actor") {
                people.push(need_text(actor, "/actorUser/accountId")?.to_owned());
            }
        }
        Ok(Some(people))
    }

    /// The project and the role out of the id of an entitlement.
    fn parts<'a>(&self, wanted: &'a EntitlementRef) -> Option<(&'a str, &'a str)> {
        let (project, role) = wanted.id.split_once('/')?;
        self.config.projects.iter().any(|own| own == project).then_some((project, role))
    }

    pub(crate) async fn give_role(
        &self,
        ctx: &Context,
        user: &str,
        wanted: &EntitlementRef,
    ) -> Result<Outcome> {
        let (project, role) = self.parts(wanted).ok_or_else(|| no_entitlement(wanted))?;
        let people = self.people_in(ctx, project, role).await?.ok_or_else(|| no_entitlement(wanted))?;
        if people.iter().any(|own| own == user) {
            return Ok(Outcome::already_so());
        }
        let request = self.site.post(&v3(&["project", project, "role", role]))?;
        already(self.site.send(ctx, &request.with_json(&json!({ "user": [user] }))?).await)
    }

    pub(crate) async fn take_role(
        &self,
        ctx: &Context,
        user: &str,
        held: &EntitlementRef,
    ) -> Result<Outcome> {
        let Some((project, role)) = self.parts(held) else { return Ok(Outcome::already_gone()) };
        let people = self.people_in(ctx, project, role).await?.unwrap_or_default();
        if !people.iter().any(|own| own == user) {
            return Ok(Outcome::already_gone());
        }
        let request = self.site.delete(&v3(&["project", project, "role", role]))?.with_query("user", user);
        removed(self.site.send(ctx, &request).await)
    }
}
