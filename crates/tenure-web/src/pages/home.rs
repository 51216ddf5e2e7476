use std::collections::BTreeSet;

use axum::response::Response;
use http::StatusCode;
use tenure_governance::Result;
use tenure_policy::IdentityId;

use crate::answer;
use crate::page::{Row, day, name};
use crate::web::Call;

/// What waits for somebody: requests in full, reviews and findings by number.
pub(crate) async fn home(call: &Call<'_>) -> Result<Response> {
    let governance = &call.web.governance;
    let waiting = governance.waiting_for(&call.visitor.who, call.now).await?;
    let items = governance.to_review(&call.visitor.who, call.now).await?;
    let findings = governance.findings_of(&call.visitor.who).await?;
    let people: BTreeSet<IdentityId> = waiting
        .iter()
        .flat_map(|request| [request.asked.by.clone(), request.asked.subject.clone()])
        .collect();
    let names = governance.names(&people).await?;
    let mut page = call.page("To decide");
    if waiting.is_empty() {
        page.text("No request waits for you.");
    } else {
        let rows: Vec<_> = waiting
            .iter()
            .map(|request| {
                let asked = &request.asked;
                let cells = vec![
                    request.what(),
                    name(&names, &asked.subject),
                    name(&names, &asked.by),
                    asked.until.map(day).unwrap_or_default(),
                    asked.reason.clone(),
                    day(request.submitted),
                ];
                Row { address: Some(format!("/requests/{}", request.id)), cells }
            })
            .collect();
        let heads = ["what", "for", "asked by", "until", "why", "since"];
        page.listing("/", "Requests that wait for you", &heads, rows, &call.view);
    }
    page.heading("Also");
    page.list([
        format!("{} to review", count(items.len(), "item of access", "items of access")),
        format!("{} that you answer for", count(findings.len(), "finding", "findings")),
    ]);
    Ok(answer::html(StatusCode::OK, page.finish()))
}

fn count(number: usize, one: &str, more: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { more })
}
