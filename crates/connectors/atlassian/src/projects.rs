//! Roles in projects.

use serde_json::{Value, json};
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{Context, EntitlementRef, Object, Outcome, Result};
use tenure_connector_rest::system::{Found, List, items, need_text, no_entitlement, protocol, text};

use crate::Atlassian;

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

    /// The ids and names of the roles of a project, of which the API tells addresses.
    pub(crate) async fn roles_of(&self, ctx: &Context, project: &str) -> Result<Vec<(String, String)>> {
        let answer = self.site.json(ctx, &self.site.get(&["project", project, "role"])?).await?;
        let roles = answer.as_object().ok_or_else(|| protocol("expected roles by their names"))?;
        let id = |address: &Value| Some(address.as_str()?.rsplit('/').next()?.to_owned());
        Ok(roles.iter().filter_map(|(name, address)| Some((id(address)?, name.clone()))).collect())
    }

    /// The accounts that have a role by themselves; `None` without such a project or role.
    async fn people_in(&self, ctx: &Context, project: &str, role: &str) -> Result<Option<Vec<String>>> {
        let request = self.site.get(&["project", project, "role", role])?;
        let Some(found) = self.site.try_json(ctx, &request).await? else {
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

    pub(crate) async fn give_role(&self, user: Found<'_>, wanted: &EntitlementRef) -> Result<Outcome> {
        let (project, role) = self.parts(wanted).ok_or_else(|| no_entitlement(wanted))?;
        let people = self.people_in(user.ctx, project, role).await?.ok_or_else(|| no_entitlement(wanted))?;
        if people.iter().any(|own| own == user.id) {
            return Ok(Outcome::already_so());
        }
        let request = self.site.post(&["project", project, "role", role])?;
        self.site.already(user.ctx, request.with_json(&json!({ "user": [user.id] }))?).await
    }

    pub(crate) async fn take_role(&self, user: Found<'_>, held: &EntitlementRef) -> Result<Outcome> {
        let Some((project, role)) = self.parts(held) else { return Ok(Outcome::already_gone()) };
        let people = self.people_in(user.ctx, project, role).await?.unwrap_or_default();
        if !people.iter().any(|own| own == user.id) {
            return Ok(Outcome::already_gone());
        }
        let request = self.site.delete(&["project", project, "role", role])?.with_query("user", user.id);
        self.site.removed(user.ctx, request).await
    }
}
