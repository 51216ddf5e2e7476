use std::collections::{BTreeMap, BTreeSet};

use axum::response::Response;
use http::StatusCode;
use tenure_governance::{Decision, GovernanceError, Request, Result, StageState};
use tenure_policy::IdentityId;

use crate::answer;
use crate::form::Form;
use crate::page::{Page, Reason, Row, day, name};
use crate::web::{Call, status};

/// A request with what it would change, why, and how it stands; with a form, when it waits for the visitor.
pub(crate) async fn request(
    call: &Call<'_>,
    id: &str,
    wrong: Option<(&GovernanceError, &str)>,
) -> Result<Response> {
    let governance = &call.web.governance;
    let (request, decides) = governance.show_request(id, &call.visitor.who, call.now).await?;
    let asked = &request.asked;
    let names = governance.names(&people(&request)).await?;
    let mut page = call.page(&format!("{} for {}", request.what(), name(&names, &asked.subject)));
    let mut code = StatusCode::OK;
    if let Some((error, _)) = wrong {
        code = status(error);
        page.alert(&error.to_string());
    }
    page.facts([
        ("Asked by", name(&names, &asked.by)),
        ("On", day(request.submitted)),
        ("Because", asked.reason.clone()),
        ("From", asked.from.map(day).unwrap_or_default()),
        ("Until", asked.until.map(day).unwrap_or_default()),
        ("State", state(&request, &names)),
        ("Brings back", asked.reinstates.as_ref().map(ToString::to_string).unwrap_or_default()),
    ]);
    difference(&mut page, &request);
    stages(&mut page, &request, &names);
    if decides {
        page.heading("Your decision");
        let reason = Reason { hint: "Needed when you deny.", given: wrong.map_or("", |(_, given)| given) };
        let answers = [("approve", "Approve"), ("deny", "Deny")];
        page.decide(&format!("/requests/{}", request.id), &[("seen", &request.hash)], &reason, &answers);
    }
    Ok(answer::html(code, page.finish()))
}

/// Decides as a form says, about what its page has shown.
pub(crate) async fn decide(call: &Call<'_>, id: &str, form: &Form) -> Result<Response> {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let (seen, _) = call.web.governance.show_request(id, &call.visitor.who, call.now).await?;
    let mut decision = match field("decision") {
        "approve" => Decision::approve(&seen, field("reason")),
        "deny" => Decision::deny(&seen, field("reason")),
        _ => return Ok(call.web.wrong(StatusCode::UNPROCESSABLE_ENTITY, "expected `approve` or `deny`")),
    };
    field("seen").clone_into(&mut decision.difference);
    match call.web.governance.decide(id, &call.visitor.who, &decision, call.now).await {
        Ok(_) => Ok(answer::see(&format!("{}/requests/{id}", call.web.base))),
        Err(error) if status(&error) == StatusCode::INTERNAL_SERVER_ERROR => Err(error),
        Err(error) => request(call, id, Some((&error, field("reason")))).await,
    }
}

fn difference(page: &mut Page<'_>, request: &Request) {
    let difference = &request.difference;
    let rows: Vec<_> = difference
        .gains
        .iter()
        .map(|(key, gain)| {
            let parameters: Vec<String> =
                gain.parameters.iter().map(|(name, value)| format!("{name} {value}")).collect();
            let what = if gain.extends { "for longer" } else { "in addition" };
            let cells = vec![
                key.to_string(),
                what.to_owned(),
                gain.until.map_or("without an end".to_owned(), day),
                format!("{:?}", gain.risk).to_lowercase(),
                gain.data_class.clone().unwrap_or_default(),
                parameters.join(", "),
            ];
            Row { address: None, cells }
        })
        .collect();
    page.table("What it would give", &["entitlement", "how", "until", "risk", "data", "parameters"], &rows);
    let mut more = Vec::new();
    more.extend(difference.accounts.iter().map(|target| format!("makes an account in {target}")));
    more.extend(difference.losses.iter().map(|key| format!("takes {key}")));
    more.extend(difference.violations.iter().cloned());
    if !difference.yearly.is_empty() {
        more.push(format!("costs {} a year", difference.yearly));
    }
    if !more.is_empty() {
        page.heading("It also");
        page.list(more);
    }
}

fn stages(page: &mut Page<'_>, request: &Request, names: &BTreeMap<IdentityId, String>) {
    if let Some(rule) = &request.automatic {
        return page.text(&format!("The rule `{rule}` approved it; nobody had to."));
    }
    let rows: Vec<_> = request
        .stages
        .iter()
        .map(|stage| {
            let state = match stage.state {
                StageState::Waiting => "not open yet".to_owned(),
                StageState::Open => format!("open; {} to approve", stage.rule.quorum),
                StageState::Approved => "approved".to_owned(),
                StageState::Denied => "denied".to_owned(),
            };
            let votes = stage.votes.iter().map(|vote| {
                let word = if vote.approve { "yes" } else { "no" };
                let instead = vote.instead_of.as_ref().map(|id| format!(" for {}", name(names, id)));
                let reason =
                    if vote.reason.is_empty() { String::new() } else { format!(": {}", vote.reason) };
                format!("{}{} {word}{reason}", name(names, &vote.by), instead.unwrap_or_default())
            });
            let cells = vec![stage.rule.id.to_string(), state, votes.collect::<Vec<_>>().join("; ")];
            Row { address: None, cells }
        })
        .collect();
    page.table("Stages", &["stage", "state", "decided"], &rows);
}

/// Everybody whom the page names.
fn people(request: &Request) -> BTreeSet<IdentityId> {
    let mut people = BTreeSet::from([request.asked.by.clone(), request.asked.subject.clone()]);
    for vote in request.stages.iter().flat_map(|stage| &stage.votes) {
        people.insert(vote.by.clone());
        people.extend(vote.instead_of.clone());
    }
    people
}

fn state(request: &Request, names: &BTreeMap<IdentityId, String>) -> String {
    use tenure_governance::RequestState::{Denied, Failed, Granted, Revoked, Withdrawn};
    let word = request.state.as_str();
    match &request.state {
        Granted if request.fulfilled.is_some() => "granted, and held".to_owned(),
        Granted => "granted; the next plan carries it out".to_owned(),
        Denied { by, reason } => format!("{word} by {}: {reason}", name(names, by)),
        Withdrawn { by, reason } | Revoked { by, reason } => format!("{word} by {by}: {reason}"),
        Failed { detail } => format!("{word}: {detail}"),
        _ => word.to_owned(),
    }
}
