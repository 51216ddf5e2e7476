//! `tenure request`, `requests` and `approve`: access on request.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tenure_engine::Engine;
use tenure_governance::{Decision, Deputy, Governance, GovernanceError, Request, RequestDraft};
use tenure_policy::{Granted, IdentityId, RoleId};

use super::{Session, explain};
use crate::args::{ApproveArgs, RequestArgs, RequestsAction, RequestsArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::present::{self, Paint, Tone};
use crate::project::Project;

pub(super) async fn ask(session: &Session, args: &RequestArgs) -> Result<Exit, Failure> {
    let (governance, engine) = open(session).await?;
    let by = who(session, &engine, &args.by).await?;
    let subject = match &args.subject {
        Some(subject) => who(session, &engine, subject).await?,
        None => by.clone(),
    };
    let mut draft = RequestDraft::new(by, subject, what(&args.what)?, &args.because);
    (draft.from, draft.until) = (args.from, args.until);
    if args.dry_run {
        let found = governance.consider(&draft, session.now).await.map_err(|e| cannot("ask", &e))?;
        print!("{}", present::difference(&found.difference, session.paint));
        match &found.automatic {
            Some(rule) => println!("the rule `{rule}` would approve it"),
            None => {
                let stages: Vec<&str> = found.stages.iter().map(|stage| stage.rule.id.as_str()).collect();
                println!("to be approved: {}", stages.join(", then "));
            }
        }
        return Ok(Exit::Done);
    }
    let request = governance.submit(&draft, session.now).await.map_err(|e| cannot("ask", &e))?;
    show(session, &governance, &request);
    Ok(Exit::Done)
}

pub(super) async fn run(session: &Session, args: &RequestsArgs) -> Result<Exit, Failure> {
    let (governance, engine) = open(session).await?;
    match &args.action {
        Some(RequestsAction::Withdraw { id, by, because }) => {
            let by = who(session, &engine, by).await?;
            let request = governance.withdraw(id, &by, because, session.now).await;
            show(session, &governance, &request.map_err(|e| cannot("take it back", &e))?);
        }
        Some(RequestsAction::Deputy { principal, deputy, until, because }) => {
            let (principal, deputy) =
                (who(session, &engine, principal).await?, who(session, &engine, deputy).await?);
            let told = format!("{deputy} decides for {principal} until {}", until.format("%-d %b %Y"));
            let reason = because.clone();
            let named = Deputy { principal, deputy, from: session.now, until: *until, reason };
            governance.deputise(named, session.now).await.map_err(|e| cannot("name a deputy", &e))?;
            println!("{told}");
        }
        Some(RequestsAction::Again { id, by, because }) => {
            let by = who(session, &engine, by).await?;
            let old = governance.request(id).await.map_err(|e| cannot("find the request", &e))?;
            let request = governance.ask_again(&old.grant, &by, because, session.now).await;
            show(session, &governance, &request.map_err(|e| cannot("ask again", &e))?);
        }
        None => {
            let mut found = match &args.waiting_for {
                Some(name) => {
                    let name = who(session, &engine, name).await?;
                    governance.waiting_for(&name, session.now).await
                }
                None => governance.open_requests().await,
            }
            .map_err(|e| cannot("read the requests", &e))?;
            if args.all {
                let closed = governance.closed_requests().await;
                found.extend(closed.map_err(|e| cannot("read the requests", &e))?);
            }
            print!("{}", present::requests(&found, session.paint));
        }
    }
    Ok(Exit::Done)
}

pub(super) async fn decide(session: &Session, args: &ApproveArgs) -> Result<Exit, Failure> {
    let (governance, engine) = open(session).await?;
    let by = who(session, &engine, &args.by).await?;
    let seen = governance.request(&args.id).await.map_err(|e| cannot("find the request", &e))?;
    let mut decision = match args.deny {
        true => Decision::deny(&seen, &args.because),
        false => Decision::approve(&seen, &args.because),
    };
    if let Some(hash) = args.seen.as_ref().filter(|hash| !seen.hash.starts_with(hash.as_str())) {
        decision.difference.clone_from(hash);
    }
    let request = governance.decide(&args.id, &by, &decision, session.now).await;
    show(session, &governance, &request.map_err(|e| cannot("decide", &e))?);
    Ok(Exit::Done)
}

/// Does what is due for requests, reviews, playbooks and pilots, and says what happened.
pub(super) async fn advance(
    paint: Paint,
    governance: &Governance,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let done = governance.advance(now).await.map_err(|e| cannot("advance the requests", &e))?;
    for (id, happening) in done.happened {
        let what = paint.text(Tone::Faint, format!("{happening:?}").to_lowercase());
        println!("request {id}: {what}");
    }
    let done = governance.advance_reviews(now).await.map_err(|e| cannot("advance the reviews", &e))?;
    for id in &done.opened {
        println!("review {id}: opened");
    }
    for id in &done.remedied {
        println!("review {id}: what was decided against is gone");
    }
    for (id, left) in &done.closed {
        println!("review {id}: closed; about {left} nobody decided, they are kept");
    }
    super::playbook::advance(paint, governance, now).await?;
    for id in governance.advance_pilots(now).await.map_err(|e| cannot("advance the pilots", &e))? {
        println!("pilot {id}: over; `tenure pilot {id}` shows its result");
    }
    Ok(())
}

pub(super) async fn open(session: &Session) -> Result<(Governance, Arc<Engine>), Failure> {
    let project = Project::load(&session.global.config)?;
    let engine = Arc::new(project.engine().await?);
    Ok((project.governance(&engine, session.now)?, engine))
}

pub(super) async fn who(session: &Session, engine: &Engine, name: &str) -> Result<IdentityId, Failure> {
    explain::one(session, engine, name).await.map(|found| found.identity)
}

fn what(text: &str) -> Result<Granted, Failure> {
    if let Ok(key) = text.parse() {
        return Ok(Granted::Entitlement(key));
    }
    let help = "name a role of the policy, or an entitlement as target/kind:value";
    RoleId::parse(text).map(Granted::Role).map_err(|e| Failure::usage(e, help))
}

fn show(session: &Session, governance: &Governance, request: &Request) {
    print!("{}", present::request(request, session.paint));
    if governance.rules().document().requests.approvals.is_empty() && request.stage().is_some() {
        println!("no rules of governance are set: the manager decides");
    }
}

pub(super) fn cannot(doing: &str, e: &GovernanceError) -> Failure {
    Failure::governance(&format!("cannot {doing}"), e)
}
