//! `tenure serve --web` and `tenure invite`: the pages for approvers and reviewers.

use std::sync::Arc;

use axum::Router;
use chrono::TimeDelta;
use tenure_web::{Clock, SignIn, Web};

use super::super::requests::{open, who};
use crate::args::InviteArgs;
use crate::clock;
use crate::command::Session;
use crate::exit::Exit;
use crate::failure::{Failure, chain};
use crate::present::Tone;

/// Where the pages are.
pub(super) const PATH: &str = "/access";

/// The pages over the project, for those who were invited.
pub(super) async fn pages(session: &Session, https: bool) -> Result<Router, Failure> {
    let (governance, engine) = open(session).await?;
    let clock = clock_of(session);
    let mut sign_in = SignIn::new(Arc::clone(engine.store()), Arc::clone(&clock));
    if https {
        sign_in = sign_in.over_https();
    }
    Ok(Web::with_sign_in(governance, sign_in, clock).under(PATH).router())
}

/// Prints what lets somebody in, once.
pub(in crate::command) async fn invite(session: &Session, args: &InviteArgs) -> Result<Exit, Failure> {
    let (_, engine) = open(session).await?;
    let invited = who(session, &engine, &args.who).await?;
    let sign_in = SignIn::new(Arc::clone(engine.store()), clock_of(session));
    let until = session.now + TimeDelta::hours(args.hours.into());
    let invitation = sign_in.invite(&invited, &args.by, until).await;
    let invitation = invitation.map_err(|e| Failure::failed("cannot invite", chain(&e)))?;
    println!("{invitation}");
    let how =
        format!("lets {invited} in at {PATH}/sign-in, once, until {}", until.format("%-d %b %Y, %H:%M UTC"));
    eprintln!("{}", session.paint.text(Tone::Faint, how));
    Ok(Exit::Done)
}

fn clock_of(session: &Session) -> Clock {
    let fixed = session.global.at;
    Arc::new(move || fixed.unwrap_or_else(clock::now))
}
