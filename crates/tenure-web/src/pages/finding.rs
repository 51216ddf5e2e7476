use std::collections::BTreeSet;

use axum::response::Response;
use http::StatusCode;
use tenure_governance::{FindingState, Result};
use tenure_policy::IdentityId;

use crate::answer;
use crate::page::{Row, day, name};
use crate::web::Call;

/// The findings that somebody answers for, to read.
pub(crate) async fn findings(call: &Call<'_>) -> Result<Response> {
    let found = call.web.governance.findings_of(&call.visitor.who).await?;
    let accepted = found.iter().filter_map(|finding| match &finding.state {
        FindingState::Accepted { by, .. } => Some(by.clone()),
        _ => None,
    });
    let owners = found.iter().filter_map(|finding| finding.owner.clone());
    let people: BTreeSet<IdentityId> = accepted.chain(owners).collect();
    let names = call.web.governance.names(&people).await?;
    let mut page = call.page("Findings");
    if found.is_empty() {
        page.text("Nothing that you answer for is as it should not be.");
        return Ok(answer::html(StatusCode::OK, page.finish()));
    }
    let rows: Vec<_> = found
        .iter()
        .map(|finding| {
            let state = match &finding.state {
                FindingState::Accepted { by, reason, until } => {
                    format!("accepted by {} until {}: {reason}", name(&names, by), day(*until))
                }
                _ if finding.due <= call.now => "overdue".to_owned(),
                _ => "open".to_owned(),
            };
            let owner = finding.owner.as_ref().map_or("nobody".to_owned(), |owner| name(&names, owner));
            let cells = vec![
                finding.text.clone(),
                finding.kind.to_string(),
                finding.days(call.now).to_string(),
                owner,
                day(finding.due),
                state,
            ];
            Row { address: None, cells }
        })
        .collect();
    let heads = ["what", "kind", "days", "owner", "due", "state"];
    page.listing("/findings", "Findings", &heads, rows, &call.view);
    Ok(answer::html(StatusCode::OK, page.finish()))
}
