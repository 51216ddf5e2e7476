//! Who manages whom, and what a user owns.

use serde_json::Value;
use tenure_connector::{Certainty, ConnectorError, Context, Outcome, OwnershipScope, Result};
use tenure_connector_rest::system::{already, need_text, removed, text};

use crate::Entra;
use crate::system::{link, v1};

/// What can be handed over: the word of a policy, and the type that Graph gives it.
const KINDS: [(&str, &str, &str); 3] = [
    ("groups", "#microsoft.graph.group", "groups"),
    ("applications", "#microsoft.graph.application", "applications"),
    ("applications", "#microsoft.graph.servicePrincipal", "servicePrincipals"),
];
const REPORTS: &str = "reports";

impl Entra {
    /// Sets the manager of a user, who stands in a link of its own.
    pub(crate) async fn manage(&self, ctx: &Context, user: &str, flat: &Value) -> Result<()> {
        let path = link(["users", user], "manager", None);
        match text(flat, "/manager") {
            Some(manager) => {
                let request = self.reference(self.client.put(&path)?, "users", manager)?;
                self.client.send(ctx, &request).await.map(drop)
            }
            None => removed(self.client.send(ctx, &self.client.delete(&path)?).await).map(drop),
        }
    }

    /// Graph has no call for it: each object gets the new owner and loses the old one, each report gets the new manager.
    pub(crate) async fn hand_over(
        &self,
        ctx: &Context,
        from: &str,
        to: &str,
        scope: &OwnershipScope,
    ) -> Result<Outcome> {
        let wants = |word: &str| match scope {
            OwnershipScope::All => true,
            OwnershipScope::Only(words) => words.contains(word),
        };
        if let OwnershipScope::Only(words) = scope {
            let unknown =
                words.iter().find(|word| !KINDS.iter().any(|kind| kind.0 == *word) && *word != REPORTS);
            if let Some(unknown) = unknown {
                let detail = format!("expected `groups`, `applications` or `reports`, found `{unknown}`");
                return Err(ConnectorError::invalid_input("scope", detail));
            }
        }
        let mut handed = 0;
        let partly = |handed: usize, error: ConnectorError| match handed {
            0 => error,
            _ => error.with_certainty(Certainty::Unknown),
        };
        let owned = self.client.get(&v1(&["users", from, "ownedObjects"]))?.with_query("$select", "id");
        for object in self.paged(owned, 999).all(ctx).await? {
            let kind = KINDS.iter().find(|kind| text(&object, "/@odata.type") == Some(kind.1));
            let Some((_, _, collection)) = kind.filter(|kind| wants(kind.0)) else { continue };
            let owned = [*collection, need_text(&object, "/id")?];
            self.new_owner(ctx, owned, from, to).await.map_err(|error| partly(handed, error))?;
            handed += 1;
        }
        if wants(REPORTS) {
            let reports =
                self.client.get(&v1(&["users", from, "directReports"]))?.with_query("$select", "id");
            for report in self.paged(reports, 999).all(ctx).await? {
                let path = link(["users", need_text(&report, "/id")?], "manager", None);
                let request = self.reference(self.client.put(&path)?, "users", to)?;
                self.client.send(ctx, &request).await.map_err(|error| partly(handed, error))?;
                handed += 1;
            }
        }
        Ok(if handed == 0 { Outcome::already_so() } else { Outcome::done(true) })
    }

    /// The last owner of a group cannot go, so that the new one comes first.
    async fn new_owner(&self, ctx: &Context, object: [&str; 2], from: &str, to: &str) -> Result<()> {
        let request = self.client.post(&link(object, "owners", None))?;
        already(self.client.send(ctx, &self.reference(request, "users", to)?).await)?;
        removed(self.client.send(ctx, &self.client.delete(&link(object, "owners", Some(from)))?).await)?;
        Ok(())
    }
}
