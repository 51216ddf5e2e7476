use std::collections::BTreeSet;

use axum::response::Response;
use http::StatusCode;
use tenure_governance::{Evidence, GovernanceError, Item, Result, Verdict};
use tenure_policy::IdentityId;

use crate::answer;
use crate::form::Form;
use crate::page::{Reason, Row, day, name};
use crate::web::{Call, status};

/// The items that wait for somebody, with the evidence that fits on a line.
pub(crate) async fn reviews(call: &Call<'_>) -> Result<Response> {
    let items = call.web.governance.to_review(&call.visitor.who, call.now).await?;
    let mut page = call.page("To review");
    if items.is_empty() {
        page.text("No access waits for your review.");
        return Ok(answer::html(StatusCode::OK, page.finish()));
    }
    let rows: Vec<_> = items
        .iter()
        .map(|item| {
            let evidence = &item.evidence;
            let cells = vec![
                item.person.clone(),
                item.entitlement.to_string(),
                evidence.why(),
                evidence.last_used.map_or("not known".to_owned(), day),
                peers(evidence),
                evidence.changes.join("; "),
                item.campaign.clone(),
            ];
            Row { address: Some(address(item)), cells }
        })
        .collect();
    let heads = ["who", "what", "why it is held", "last used", "peers", "changes", "review"];
    page.listing("/reviews", "Access that waits for your review", &heads, rows, &call.view);
    Ok(answer::html(StatusCode::OK, page.finish()))
}

/// One item with all that is known about it, and a form as long as it is open.
pub(crate) async fn item(
    call: &Call<'_>,
    campaign: &str,
    id: &str,
    wrong: Option<(&GovernanceError, &str)>,
) -> Result<Response> {
    let shown = call.web.governance.show_item(campaign, id, &call.visitor.who, call.now).await?;
    let (round, item) = shown;
    let evidence = &item.evidence;
    let deciders = item.judgement.iter().map(|judged| &judged.by);
    let deciders: BTreeSet<IdentityId> =
        deciders.chain(evidence.earlier.iter().map(|earlier| &earlier.by)).cloned().collect();
    let names = call.web.governance.names(&deciders).await?;
    let mut page = call.page(&format!("{} of {}", item.entitlement, item.person));
    let mut code = StatusCode::OK;
    if let Some((error, _)) = wrong {
        code = status(error);
        page.alert(&error.to_string());
    }
    let earlier = evidence.earlier.as_ref().map(|earlier| {
        let word = if earlier.verdict == Verdict::Keep { "kept" } else { "to be removed" };
        format!("{word} by {} on {} in {}", name(&names, &earlier.by), day(earlier.at), earlier.campaign)
    });
    let mut facts = vec![
        ("Why it is held", evidence.why()),
        ("Since", day(evidence.since)),
        ("Until", evidence.until.map(day).unwrap_or_default()),
        ("Last used", evidence.last_used.map_or("not known".to_owned(), day)),
        ("The account", if evidence.active { "works" } else { "is disabled" }.to_owned()),
        ("Of those with the same work", peers(evidence)),
        ("Changed since the last review", evidence.changes.join("; ")),
        ("Decided before", earlier.unwrap_or_default()),
        ("Costs in a year", evidence.yearly.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("Risk", format!("{:?}", evidence.risk).to_lowercase()),
        ("Review", format!("{}, due on {}", round.id, day(round.due))),
    ];
    let work = [("department", "Department"), ("title", "Title"), ("owner", "Owner"), ("purpose", "Purpose")];
    facts.extend(work.iter().filter_map(|(key, word)| Some((*word, evidence.work.get(*key)?.clone()))));
    page.facts(facts);
    match &item.judgement {
        Some(judged) => {
            let word = if judged.verdict == Verdict::Keep { "Kept" } else { "To be removed" };
            let reason =
                if judged.reason.is_empty() { String::new() } else { format!(": {}", judged.reason) };
            page.text(&format!("{word}, by {} on {}{reason}", name(&names, &judged.by), day(judged.at)));
        }
        None if round.closed.is_some() => page.text("The review is closed; nobody decided, so it is kept."),
        None => {
            page.heading("Is it still justified?");
            let reason =
                Reason { hint: "Needed when it is to go.", given: wrong.map_or("", |(_, given)| given) };
            page.decide(&address(&item), &[], &reason, &[("keep", "Keep"), ("remove", "Remove")]);
        }
    }
    Ok(answer::html(code, page.finish()))
}

/// Judges as a form says, and leads on to the next item that waits.
pub(crate) async fn judge(call: &Call<'_>, campaign: &str, id: &str, form: &Form) -> Result<Response> {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let verdict = match field("decision") {
        "keep" => Verdict::Keep,
        "remove" => Verdict::Remove,
        _ => return Ok(call.web.wrong(StatusCode::UNPROCESSABLE_ENTITY, "expected `keep` or `remove`")),
    };
    let governance = &call.web.governance;
    // What one may not see, one does not learn to exist by deciding about it.
    governance.show_item(campaign, id, &call.visitor.who, call.now).await?;
    let judged = governance.judge(campaign, id, &call.visitor.who, verdict, field("reason"), call.now).await;
    match judged {
        Ok(_) => {
            let next = governance.to_review(&call.visitor.who, call.now).await?;
            let next = next.iter().find(|item| item.campaign == campaign).map(address);
            let next = next.unwrap_or_else(|| "/reviews".to_owned());
            Ok(answer::see(&format!("{}{next}", call.web.base)))
        }
        Err(error) if status(&error) == StatusCode::INTERNAL_SERVER_ERROR => Err(error),
        Err(error) => item(call, campaign, id, Some((&error, field("reason")))).await,
    }
}

fn address(item: &Item) -> String {
    format!("/reviews/{}/{}", item.campaign, item.id)
}

fn peers(evidence: &Evidence) -> String {
    evidence.peers.map(|peers| format!("{} of {} hold it", peers.holders, peers.of)).unwrap_or_default()
}
