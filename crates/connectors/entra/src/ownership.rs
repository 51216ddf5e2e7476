//! Who manages whom, and what a user owns.

use serde_json::{Value, json};
use tenure_connector::{Context, Outcome, OwnershipScope, Result};
use tenure_connector_rest::system::{Found, Listing, need_text, text, unclear_if, wanted};

use crate::Entra;
use crate::system::link;

/// What can be handed over: the word of a policy, and the type that Graph gives it.
const KINDS: [(&str, &str, &str); 3] = [
    ("groups", "#microsoft.graph.group", "groups"),
    ("applications", "#microsoft.graph.application", "applications"),
    ("applications", "#microsoft.graph.servicePrincipal", "servicePrincipals"),
];

impl Entra {
    /// Sets the manager of a user, who stands in a link of its own.
    pub(crate) async fn manage(&self, ctx: &Context, user: &str, flat: &Value) -> Result<()> {
        let path = link(["users", user], "manager", None);
        match text(flat, "/manager") {
            Some(manager) => {
                let request = self.reference(self.client.put(&path)?, "users", manager)?;
                self.client.send(ctx, &request).await.map(drop)
            }
            None => self.client.removed(ctx, self.client.delete(&path)?).await.map(drop),
        }
    }

    /// Graph has no call for it: each object gets the new owner and loses the old one, each report gets the new manager.
    pub(crate) async fn hand_over(
        &self,
        from: Found<'_>,
        to: Found<'_>,
        scope: &OwnershipScope,
    ) -> Result<Outcome> {
        let (ctx, wanted) = (from.ctx, wanted(scope, &["groups", "applications", "reports"])?);
        let below = |what| -> Result<Listing> {
            Ok(self.client.list(&["users", from.id, what], "/value")?.with("$select", "id"))
        };
        let mut handed = false;
        for object in below("ownedObjects")?.all(ctx).await? {
            let kind = KINDS.iter().find(|kind| text(&object, "/@odata.type") == Some(kind.1));
            let Some((_, _, collection)) = kind.filter(|kind| wanted.contains(&kind.0)) else { continue };
            let owned = [*collection, need_text(&object, "/id")?];
            unclear_if(handed, self.new_owner(ctx, owned, from.id, to.id).await)?;
            handed = true;
        }
        if wanted.contains(&"reports") {
            for report in below("directReports")?.all(ctx).await? {
                let manager = json!({ "manager": to.id });
                let managed = self.manage(ctx, need_text(&report, "/id")?, &manager).await;
                unclear_if(handed, managed)?;
                handed = true;
            }
        }
        Ok(if handed { Outcome::done(true) } else { Outcome::already_so() })
    }

    /// The last owner of a group cannot go, so that the new one comes first.
    async fn new_owner(&self, ctx: &Context, object: [&str; 2], from: &str, to: &str) -> Result<()> {
        let request = self.client.post(&link(object, "owners", None))?;
        self.client.already(ctx, self.reference(request, "users", to)?).await?;
        self.client.removed(ctx, self.client.delete(&link(object, "owners", Some(from)))?).await.map(drop)
    }
}
