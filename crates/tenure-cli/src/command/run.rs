//! `tenure run`: keeps the targets in agreement with the policy until it is stopped.

use std::fs;
use std::path::PathBuf;
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
    let (observed, looked_at_all) = (AtomicBool::new(false), AtomicBool::new(false));
    let governance = project.governance(&engine, session.now)?;
    let post = Post::new(&project.config, &governance, session.now)?;
    let mut requests = Requests {
        written: Written::read(&project, session.now)?,
        project: &project,
        governance,
        post,
        observed: &observed,
        looked_at_all: &looked_at_all,
        wake,
        paint: session.paint,
    };
    let options = ApplyOptions::new(session.now).cancel(cancel.clone());
    let (mut told, mut exit) = (0, Exit::Done);
    let tell = |round: tenure_engine::Result<Round>| {
        exit = match round {
            Ok(round) => {
                observed.store(true, Ordering::Relaxed);
                looked_at_all.fetch_or(!round.by_delta, Ordering::Relaxed);
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

/// What a running program goes by, to see when it changes.
#[derive(Debug, PartialEq, Eq)]
struct Written {
    rules: Option<Vec<u8>>,
    policies: Vec<Vec<u8>>,
    /// The policy that holds.
    under: String,
}

impl Written {
    fn read(project: &Project, now: DateTime<Utc>) -> Result<Self, Failure> {
        let file = |path: &PathBuf| {
            fs::read(path).map_err(|e| Failure::failed(format!("cannot read `{}`", path.display()), e))
        };
        let rules = project.config.governance.as_ref().map(file).transpose()?;
        let policies = project.config.policies.iter().map(file).collect::<Result<_, _>>()?;
        Ok(Self { rules, policies, under: project.policy(now)?.version().to_string() })
    }
}

/// What people ask for and decide while the loop runs, in this process or in others.
struct Requests<'a> {
    project: &'a Project,
    /// The files as they were read last.
    written: Written,
    governance: Governance,
    post: Post,
    /// Whether a round has read the people; before that nobody is known.
    observed: &'a AtomicBool,
    /// Whether a round has looked at everything since findings were looked for.
    looked_at_all: &'a AtomicBool,
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
        // Without rules nothing becomes due, and nobody has said where events are to be sent.
        if self.project.config.governance.is_some() {
            self.read_anew(now);
            requests::advance(self.paint, &self.governance, now).await?;
            if self.looked_at_all.swap(false, Ordering::Relaxed) {
                self.look_for_findings(now).await?;
            }
            events::deliver(self.paint, &self.governance, self.post.at(now), now, Tell::Failures).await?;
        }
        self.open().await
    }

    /// Goes by the rules as they are written now. What cannot be read is told once, and the rules of before go on.
    fn read_anew(&mut self, now: DateTime<Utc>) {
        let read = Written::read(self.project, now);
        let Ok(written) = read else { return };
        if written.policies != self.written.policies {
            let warning = self.paint.text(Tone::Warn, "the policy has changed:");
            println!("{warning} this run goes on with what it read at its start");
        }
        let rules = match written.under == self.written.under && written.rules == self.written.rules {
            true => Ok(None),
            false => self.project.rules(now),
        };
        self.written = written;
        let taken = rules.and_then(|rules| {
            let Some(rules) = rules else { return Ok(false) };
            let governance = self.governance.with_rules(rules);
            self.post = Post::new(&self.project.config, &governance, now)?;
            self.governance = governance;
            Ok(true)
        });
        match taken {
            Ok(true) => println!("rules of governance: read anew"),
            Ok(false) => {}
            Err(failure) => {
                eprintln!("{}", failure.render(self.paint));
                println!("{} the rules of before go on", self.paint.text(Tone::Bad, "not read:"));
            }
        }
    }

    async fn look_for_findings(&self, now: DateTime<Utc>) -> Result<(), Failure> {
        self.governance.advance_seats(now).await.map_err(|e| requests::cannot("look at the seats", &e))?;
        let found = self.governance.advance_findings(now).await;
        let found = found.map_err(|e| requests::cannot("look for findings", &e))?;
        if !found.opened.is_empty() || !found.resolved.is_empty() {
            println!(
                "findings: {} new, {} gone, {} stand",
                found.opened.len(),
                found.resolved.len(),
                found.standing
            );
        }
        Ok(())
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
