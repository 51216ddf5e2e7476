//! What single people may do in single repositories.

use serde_json::{Value, json};
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{
    Certainty, ConnectorError, Context, EntitlementRef, ErrorKind, ExclusiveGroup, Object, Outcome, Result,
};
use tenure_connector_rest::system::{
    List, Listing, done, fixed, id_text, need_text, no_entitlement, removed, text,
};
use tenure_connector_rest::{absent, unless_closed};

use crate::Github;

pub(crate) const KIND: &str = "repository";

/// What a request calls a permission, and what answers and invitations call it.
const PERMISSIONS: [(&str, &str); 5] =
    [("pull", "read"), ("triage", "triage"), ("push", "write"), ("maintain", "maintain"), ("admin", "admin")];

/// What somebody has in a repository by himself, or is invited to have.
struct Access {
    permission: String,
    invitation: Option<String>,
}

impl Github {
    /// The permissions in each configured repository.
    pub(crate) fn permissions(&self) -> List {
        let mut all = Vec::new();
        for repository in &self.config.repositories {
            for (permission, _) in PERMISSIONS {
                let found = Entitlement::new(KIND, &format!("{repository}/{permission}"));
                all.push(Object::from(&found.exclusive_in(&group(repository))));
            }
        }
        List::Given(all)
    }

    /// Of the permissions in one repository somebody has one.
    pub(crate) fn permission_groups(&self) -> Vec<ExclusiveGroup> {
        let member = |repository: &str, name: &str| EntitlementRef::new(KIND, format!("{repository}/{name}"));
        let groups = self.config.repositories.iter().map(|repository| ExclusiveGroup {
            name: group(repository),
            members: PERMISSIONS.iter().map(|(name, _)| member(repository, name)).collect(),
            fallback: None,
        });
        groups.collect()
    }

    /// Who has a permission in the repository with this number by himself, and who is invited to: two lists each.
    pub(crate) fn collaborators(&self, number: usize) -> Result<List> {
        let Some(repository) = self.config.repositories.get(number / 2).cloned() else {
            return Ok(List::Given(Vec::new()));
        };
        if number % 2 == 1 {
            let invited = self.invited_to(&repository)?.each(move |row| {
                let Some(login) = text(row, "/invitee/login") else { return Ok(Vec::new()) };
                Ok(vec![held(login, &repository, need_text(row, "/permissions")?)])
            });
            return Ok(invited.into());
        }
        let direct = self.direct(&repository)?.each(move |row| {
            Ok(vec![held(need_text(row, "/login")?, &repository, need_text(row, "/role_name")?)])
        });
        Ok(direct.into())
    }

    /// The configured repositories that are not there, or not open to the token.
    pub(crate) async fn closed_repositories(&self, ctx: &Context) -> Result<Vec<&str>> {
        let mut closed = Vec::new();
        for repository in &self.config.repositories {
            let request = self.client.get(&self.repository(repository, &["collaborators"]))?;
            if unless_closed(self.client.send(ctx, &request.with_query("per_page", "1")).await)?.is_none() {
                closed.push(repository.as_str());
            }
        }
        Ok(closed)
    }

    /// Without those who come by a team, or are owners of everything.
    fn direct(&self, repository: &str) -> Result<Listing> {
        let request = self.client.get(&self.repository(repository, &["collaborators"]))?;
        Ok(self.listing(request.with_query("affiliation", "direct")))
    }

    fn invited_to(&self, repository: &str) -> Result<Listing> {
        Ok(self.listing(self.client.get(&self.repository(repository, &["invitations"]))?))
    }

    fn repository<'a>(&'a self, name: &'a str, path: &[&'a str]) -> Vec<&'a str> {
        ["repos", &self.config.organization, name].into_iter().chain(path.iter().copied()).collect()
    }

    async fn access(&self, ctx: &Context, repository: &str, login: &str) -> Result<Option<Access>> {
        let same = |row: &&Value, at: &str| text(row, at).is_some_and(|own| own.eq_ignore_ascii_case(login));
        let direct = self.direct(repository)?.all(ctx).await?;
        if let Some(row) = direct.iter().find(|row| same(row, "/login")) {
            let permission = asked(need_text(row, "/role_name")?).to_owned();
            return Ok(Some(Access { permission, invitation: None }));
        }
        let invited = self.invited_to(repository)?.all(ctx).await?;
        let Some(row) = invited.iter().find(|row| same(row, "/invitee/login")) else { return Ok(None) };
        let permission = asked(need_text(row, "/permissions")?).to_owned();
        Ok(Some(Access { permission, invitation: Some(id_text(row, "/id")?) }))
    }

    /// A configured repository and a permission out of the id of an entitlement.
    fn parts<'a>(&self, wanted: &'a EntitlementRef) -> Option<(&'a str, &'a str)> {
        let (repository, permission) = wanted.id.rsplit_once('/')?;
        self.config.repositories.iter().any(|own| own == repository).then_some((repository, permission))
    }

    /// Whoever is in the organisation has the permission at once, anybody else is invited. A permission takes the place of
    /// the one before.
    pub(crate) async fn give_access(
        &self,
        ctx: &Context,
        item: &Value,
        wanted: &EntitlementRef,
    ) -> Result<Outcome> {
        let login = person(item)?;
        let known = self.parts(wanted).filter(|(_, name)| PERMISSIONS.iter().any(|(own, _)| own == name));
        let (repository, permission) = known.ok_or_else(|| no_entitlement(wanted))?;
        let before = absent(self.access(ctx, repository, login).await)?;
        let request = match before.ok_or_else(|| no_entitlement(wanted))? {
            Some(before) if before.permission == permission => return Ok(Outcome::already_so()),
            // An invitation is changed: a second one would be refused.
            Some(Access { invitation: Some(invitation), .. }) => {
                let request =
                    self.client.patch(&self.repository(repository, &["invitations", &invitation]))?;
                request.with_json(&json!({ "permissions": shown(permission) }))?
            }
            _ => {
                let request = self.client.put(&self.repository(repository, &["collaborators", login]))?;
                request.with_json(&json!({ "permission": permission }))?
            }
        };
        Ok(done(&self.client.send(ctx, &request).await?))
    }

    pub(crate) async fn take_access(
        &self,
        ctx: &Context,
        item: &Value,
        held: &EntitlementRef,
    ) -> Result<Outcome> {
        let (Some((repository, permission)), Ok(login)) = (self.parts(held), person(item)) else {
            return Ok(Outcome::already_gone());
        };
        let path = match absent(self.access(ctx, repository, login).await)?.flatten() {
            Some(before) if before.permission != permission => return Ok(Outcome::already_gone()),
            None => return Ok(Outcome::already_gone()),
            Some(Access { invitation: Some(invitation), .. }) => {
                let request =
                    self.client.delete(&self.repository(repository, &["invitations", &invitation]))?;
                return removed(self.client.send(ctx, &request).await);
            }
            Some(_) => self.repository(repository, &["collaborators", login]),
        };
        removed(self.client.send(ctx, &self.client.delete(&path)?).await)
    }
}

/// The login of a member or an outside collaborator.
fn person(item: &Value) -> Result<&str> {
    match text(item, "/kind") {
        Some("member" | "outside_collaborator") => need_text(item, "/login"),
        Some("invitation") => Err(ConnectorError::new(ErrorKind::NotReady, Certainty::NotAttempted)
            .with_detail("the invitation by address is not accepted yet, so that the login is not known")),
        _ => Err(fixed("only people work in repositories")),
    }
}

fn group(repository: &str) -> String {
    format!("{KIND} {repository}")
}

fn held(login: &str, repository: &str, name: &str) -> Object {
    let held = EntitlementRef::new(KIND, format!("{repository}/{}", asked(name)));
    Object::from(&GrantRecord::new(login, held))
}

/// The name of a request for a name of an answer; a role that somebody made has one name.
fn asked(name: &str) -> &str {
    PERMISSIONS.iter().find(|(_, own)| *own == name).map_or(name, |(asked, _)| asked)
}

fn shown(name: &str) -> &str {
    PERMISSIONS.iter().find(|(own, _)| *own == name).map_or(name, |(_, shown)| shown)
}
