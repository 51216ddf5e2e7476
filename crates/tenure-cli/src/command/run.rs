//! `tenure run`: keeps the targets in agreement with the policy until it is stopped.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tenure_engine::{ApplyOptions, Cancel, Round, RunReport, Schedule, Wake};
use tenure_layers::TokioTimer;

use super::attend::{Attendant, Seen, Written};
use super::{Session, nudge, stop};
use crate::args::RunArgs;
use crate::clock;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::present::{self, Paint, Tone};
use crate::project::Project;

pub(super) async fn run(session: &Session, args: &RunArgs) -> Result<Exit, Failure> {
    let mut project = Arc::new(Project::load(&session.global.config)?);
    let mut engine = Arc::new(project.engine().await?);
    let turns = Arc::new(Turns::default());
    let stopping = {
        let (turns, stop) = (Arc::clone(&turns), stop::signal());
        tokio::spawn(async move {
            stop.await;
            turns.stop();
        })
    };
    let every = Duration::from_secs(args.changes_every.max(1));
    let wake = Wake::new();
    let nudges = tokio::spawn(nudge::signal(wake.clone()));
    let schedule = Schedule::default()
        .changes_every(every)
        .everything_every(Duration::from_secs(args.everything_every.max(1)))
        .waking_on(wake.clone());
    let fixed = session.global.at;
    let clock = move || fixed.unwrap_or_else(clock::now);
    let timer = TokioTimer::new();
    let (mut told, mut exit) = (0, Exit::Done);
    let mut written = Written::read(&project, session.now)?;
    loop {
        let cancel = turns.next();
        let seen = Seen::default();
        let mut attendant =
            Attendant::new(session, Arc::clone(&project), &engine, written, &seen, wake.clone())?;
        let options = ApplyOptions::new(session.now).cancel(cancel.clone());
        let tell = |round: tenure_engine::Result<Round>| {
            exit = match round {
                Ok(round) => {
                    seen.note(&round);
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
        let next = {
            let mut running = pin!(engine.run(&clock, &timer, &schedule, &options, tell));
            let next = tokio::select! {
                () = &mut running => None,
                next = attendant.attend(&clock, &timer, every) => Some(next),
            };
            if next.is_some() {
                // The steps that have begun end under the policy that they were planned under.
                cancel.cancel();
                running.await;
            }
            next
        };
        let Some(next) = next else { break };
        written = attendant.into_written();
        (project, engine) = (next.project, next.engine);
    }
    stopping.abort();
    nudges.abort();
    Ok(exit)
}

/// Ends the turn that is under way when the program is stopped; each turn goes by one policy.
#[derive(Debug, Default)]
struct Turns {
    current: Mutex<Cancel>,
    stopped: AtomicBool,
}

impl Turns {
    fn next(&self) -> Cancel {
        let turn = Cancel::new();
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = turn.clone();
        if self.stopped.load(Ordering::SeqCst) {
            turn.cancel();
        }
        turn
    }

    fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.current.lock().unwrap_or_else(PoisonError::into_inner).cancel();
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
        let guards: Vec<String> = round.plan.tripped().map(ToString::to_string).collect();
        println!("{} a guard stopped it: {}", paint.text(Tone::Bad, "held"), guards.join("; "));
        return Exit::Refused;
    }
    let whole = round.resumed.iter().chain(&round.report).all(RunReport::is_success);
    if whole { Exit::Done } else { Exit::InPart }
}
