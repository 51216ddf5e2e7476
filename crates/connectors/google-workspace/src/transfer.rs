//! What a user owns: files and calendars.

use std::time::Duration;

use serde_json::{Value, json};
use tenure_connector::{
    Certainty, ConnectorError, ErrorKind, OperationKind, Outcome, OwnershipScope, Result,
};
use tenure_connector_rest::system::{Found, Jobs, id_text, items, need_text, text};

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
        self.jobs().start(from, OperationKind::TransferOwnership, vec![request]).await
    }

    pub(crate) fn jobs(&self) -> Jobs {
        Jobs::new(&self.transfers, "transfers/{id}", ASK_AFTER).ended(ended)
    }
}

fn ended(transfers: &[Value]) -> Result<bool> {
    let status = |transfer| text(transfer, "/overallTransferStatusCode");
    if let Some(failed) = transfers.iter().find(|transfer| status(transfer) == Some("failed")) {
        return Err(ConnectorError::new(ErrorKind::Unexpected, Certainty::Unknown)
            .with_detail(format!("the transfer `{}` failed", id_text(failed, "/id")?))
            .with_help("the part that was moved stays moved; start another"));
    }
    Ok(transfers.iter().all(|transfer| status(transfer) == Some("completed")))
}

/// Whether a word of a policy means an application: `documents`, `calendars`, or its name.
fn means(word: &str, application: &str) -> bool {
    match word {
        "documents" => application == "Drive and Docs",
        "calendars" => application == "Calendar",
        name => name.eq_ignore_ascii_case(application),
    }
}
