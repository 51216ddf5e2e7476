//! `tenure run`: keeps the targets in agreement with the policy until it is stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tenure_connector::Timer;
use tenure_engine::{ApplyOptions, Cancel, Round, RunReport, Schedule, Wake};
use tenure_governance::{Governance, Request};
use tenure_layers::TokioTimer;

use super::events::{Post, Tell};
use super::{Session, events, requests, stop};
use crate::args::RunArgs;
use crate::clock;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::present::{self, Paint, Tone};
use crate::project::Project;

pub(super) async fn run(session: &Session, args: &RunArgs) -> Result<Exit, Failure> {
    let project = Project::load(&session.global.config)?;
    let engine = Arc::new(project.engine().await?);
    let cancel = Cancel::new();
    let stopping = {
        let (cancel, stop) = (cancel.clone(), stop::signal());
        tokio::spawn(async move {
            stop.await;
            cancel.cancel();
        })
    };
    let every = Duration::from_secs(args.changes_every.max(1));
    let wake = Wake::new();
    let schedule = Schedule::default()
        .changes_every(every)
        .everything_every(Duration::from_secs(args.everything_every.max(1)))
        .waking_on(wake.clone());
    let fixed = session.global.at;
    let clock = move || fixed.unwrap_or_else(clock::now);
    let timer = TokioTimer::new();
    let observed = AtomicBool::new(false);
    let governance = project.governance(&engine, session.now)?;
    let post = Post::new(&project.config, &governance, session.now)?;
    let mut requests = Requests {
        governance,
        post,
        ruled: project.config.governance.is_some(),
        observed: &observed,
        wake,
        paint: session.paint,
    };
    let options = ApplyOptions::new(session.now).cancel(cancel.clone());
    let (mut told, mut exit) = (0, Exit::Done);
    let tell = |round: tenure_engine::Result<Round>| {
        exit = match round {
            Ok(round) => {
                observed.store(true, Ordering::Relaxed);
                tell(session.paint, &round)
            }
            Err(error) => {
                let failure = Failure::engine("a round failed", &error);
                eprintln!("{}", failure.render(session.paint));
                failure.exit()
            }
        };
        told += 1;
        if args.rounds.is_some_and(|rounds| told >= rounds) {
            cancel.cancel();
        }
    };
    tokio::select! {
        () = engine.run(&clock, &timer, &schedule, &options, tell) => {}
        () = requests.attend(&clock, &timer, every) => {}
    }
    stopping.abort();
    Ok(exit)
}

/// What people ask for and decide while the loop runs, in this process or in others.
struct Requests<'a> {
    governance: Governance,
    post: Post,
    /// Whether the project has rules; without them nothing becomes due.
    ruled: bool,
    /// Whether a round has read the people; before that nobody is known.
    observed: &'a AtomicBool,
    wake: Wake,
    paint: Paint,
}

impl Requests<'_> {
    /// Does what is due every so often, and starts a round when a request is not what it was.
    async fn attend(
        &mut self,
        clock: &(dyn Fn() -> DateTime<Utc> + Sync),
        timer: &TokioTimer,
        every: Duration,
    ) {
        let mut known = self.open().await.unwrap_or_default();
        loop {
            timer.sleep(every).await;
            if !self.observed.load(Ordering::Relaxed) {
                continue;
            }
            match self.look(clock()).await {
                Ok(open) => {
                    if open != known {
                        self.wake.wake();
                    }
                    known = open;
                }
                Err(failure) => eprintln!("{}", failure.render(self.paint)),
            }
        }
    }

    async fn look(&mut self, now: DateTime<Utc>) -> Result<Vec<Request>, Failure> {
        if self.ruled {
            requests::advance(self.paint, &self.governance, now).await?;
            events::deliver(self.paint, &self.governance, self.post.at(now), now, Tell::Failures).await?;
        }
        self.open().await
    }

    async fn open(&self) -> Result<Vec<Request>, Failure> {
        self.governance.open_requests().await.map_err(|e| requests::cannot("read the requests", &e))
    }
}

/// Tells one round in a few lines, and how a program that ended with it would end.
fn tell(paint: Paint, round: &Round) -> Exit {
    let what = if round.by_delta { "changes" } else { "everything" };
    let looked_at = match round.plan.looked_at {
        Some(people) => present::count(people, "identity"),
        None => "everybody".to_owned(),
    };
    println!(
        "{} {} looked at {what}, planned for {looked_at}: {}",
        paint.text(Tone::Faint, round.at.format("%Y-%m-%d %H:%M:%S")),
        paint.text(Tone::Strong, "Round"),
        present::count(round.plan.steps.len(), "step"),
    );
    for title in &round.settled {
        println!("{}", present::settled(title, paint));
    }
    for refusal in round.observed.refusals() {
        println!("{} {refusal}", paint.text(Tone::Warn, "not believed:"));
    }
    for report in round.resumed.iter().chain(&round.report).filter(|report| !report.steps.is_empty()) {
        print!("{}", present::run(report, paint));
    }
    if round.report.is_none() {
        let guards: Vec<String> =
            round.plan.tripped().map(|guard| format!("{} in {}", guard.operation, guard.target)).collect();
        println!("{} a guard stopped it: {}", paint.text(Tone::Bad, "held"), guards.join(", "));
        return Exit::Refused;
    }
    let whole = round.resumed.iter().chain(&round.report).all(RunReport::is_success);
    if whole { Exit::Done } else { Exit::InPart }
}
