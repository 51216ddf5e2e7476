//! What a user owns: files and calendars.

use std::time::Duration;

use serde_json::{Value, json};
use tenure_connector::{
    Certainty, ConnectorError, Context, ErrorKind, JobRef, ObjectClass, ObjectRef, OperationKind, Outcome,
    OwnershipScope, Result,
};
use tenure_connector_rest::system::{Found, items, need_text, text};

use crate::Google;

const ASK_AFTER: Duration = Duration::from_secs(30);

impl Google {
    /// Moves everything: of a parameter with several values each is named, or private files would stay behind.
    pub(crate) async fn begin_transfer(
        &self,
        from: Found<'_>,
        to: Found<'_>,
        scope: &OwnershipScope,
    ) -> Result<Outcome> {
        let known = self.transfers.json(from.ctx, &self.transfers.get(&["applications"])?).await?;
        let known = items(&known, "/applications")?;
        let wanted: Vec<&Value> = match scope {
            OwnershipScope::All => known.iter().collect(),
            OwnershipScope::Only(words) => {
                let mut wanted = Vec::new();
                for word in words {
                    let found =
                        known.iter().find(|app| text(app, "/name").is_some_and(|name| means(word, name)));
                    wanted.push(found.ok_or_else(|| {
                        let names: Vec<&str> = known.iter().filter_map(|app| text(app, "/name")).collect();
                        let names = names.join("`, `");
                        ConnectorError::invalid_input("scope", format!("expected `{names}`, found `{word}`"))
                    })?);
                }
                wanted
            }
        };
        let mut transfers = Vec::new();
        for application in wanted {
            let parameters = items(application, "/transferParams")?.iter().map(|parameter| {
                let release = text(parameter, "/key") == Some("RELEASE_RESOURCES");
                let all = parameter.get("value").cloned().unwrap_or_default();
                let value = if release { json!(["TRUE"]) } else { all };
                json!({ "key": parameter.get("key"), "value": value })
            });
            transfers.push(json!({
                "applicationId": need_text(application, "/id")?,
                "applicationTransferParams": parameters.collect::<Vec<_>>(),
            }));
        }
        let body = json!({
            "oldOwnerUserId": from.id, "newOwnerUserId": to.id, "applicationDataTransfers": transfers,
        });
        let request = self.transfers.post(&["transfers"])?.with_json(&body)?;
        let answer = self.transfers.json(from.ctx, &request).await?;
        let job = JobRef::new(need_text(&answer, "/id")?, OperationKind::TransferOwnership);
        Ok(Outcome::accepted(job.with_object(ObjectRef::new(ObjectClass::USER, from.id)), ASK_AFTER))
    }

    pub(crate) async fn ask_transfer(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        let answer = self.transfers.json(ctx, &self.transfers.get(&["transfers", &job.id])?).await?;
        match text(&answer, "/overallTransferStatusCode") {
            Some("completed") => Ok(Outcome::done(true)),
            Some("failed") => Err(ConnectorError::new(ErrorKind::Unexpected, Certainty::Unknown)
                .with_detail(format!("the transfer `{}` failed", job.id))
                .with_help("the part that was moved stays moved; start another")),
            _ => Ok(Outcome::accepted(job.clone(), ASK_AFTER)),
        }
    }
}

/// Whether a word of a policy means an application: `documents`, `calendars`, or its name.
fn means(word: &str, application: &str) -> bool {
    match word {
        "documents" => application == "Drive and Docs",
        "calendars" => application == "Calendar",
        name => name.eq_ignore_ascii_case(application),
    }
}
