//! What is done beside the rounds of `tenure run`: what people ask for and decide, and files that change.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tenure_connector::Timer;
use tenure_engine::{Engine, Round, Wake};
use tenure_governance::{Governance, Request};
use tenure_layers::TokioTimer;

use super::events::{Post, Tell};
use super::{Session, events, requests};
use crate::failure::Failure;
use crate::present::{self, Paint, Tone};
use crate::project::{Project, policy_texts};

/// What rounds have looked at.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Whether a round has read the people; before that nobody is known.
    observed: AtomicBool,
    /// Whether a round has looked at everything since findings were looked for.
    all: AtomicBool,
}

impl Seen {
    pub(super) fn note(&self, round: &Round) {
        self.observed.store(true, Ordering::Relaxed);
        self.all.fetch_or(!round.by_delta, Ordering::Relaxed);
    }
}

/// What a running program goes by, to see when it changes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written {
    rules: Option<Vec<u8>>,
    /// Every file that the policy consists of.
    policies: Vec<BTreeMap<String, String>>,
    /// The policy that holds.
    under: String,
}

impl Written {
    pub(super) fn read(project: &Project, now: DateTime<Utc>) -> Result<Self, Failure> {
        let file = |path: &PathBuf| {
            fs::read(path).map_err(|e| Failure::failed(format!("cannot read `{}`", path.display()), e))
        };
        let rules = project.config.governance.as_ref().map(file).transpose()?;
        let policies = project.config.policies.iter().map(|path| policy_texts(path)).collect();
        Ok(Self { rules, policies, under: project.policy(now)?.version().to_string() })
    }
}

/// What is gone by from now on.
pub(super) struct Next {
    pub(super) project: Arc<Project>,
    pub(super) engine: Arc<Engine>,
}

/// What people ask for and decide while the loop runs, in this process or in others.
pub(super) struct Attendant<'a> {
    session: &'a Session,
    project: Arc<Project>,
    /// The files as they were read last.
    written: Written,
    governance: Governance,
    post: Post,
    seen: &'a Seen,
    wake: Wake,
    paint: Paint,
}

impl<'a> Attendant<'a> {
    pub(super) fn new(
        session: &'a Session,
        project: Arc<Project>,
        engine: &Arc<Engine>,
        written: Written,
        seen: &'a Seen,
        wake: Wake,
    ) -> Result<Self, Failure> {
        let governance = project.governance(engine, session.now)?;
        let post = Post::new(&project.config, &governance, session.now)?;
        Ok(Self { session, project, written, governance, post, seen, wake, paint: session.paint })
    }

    pub(super) fn into_written(self) -> Written {
        self.written
    }

    /// Does what is due every so often, and starts a round when a request is not what it was. Returns when another policy is to be
    /// gone by.
    pub(super) async fn attend(
        &mut self,
        clock: &(dyn Fn() -> DateTime<Utc> + Sync),
        timer: &TokioTimer,
        every: Duration,
    ) -> Next {
        let mut known = self.open().await.unwrap_or_default();
        loop {
            timer.sleep(every).await;
            if !self.seen.observed.load(Ordering::Relaxed) {
                continue;
            }
            let now = clock();
            if let Some(next) = self.read_anew(now).await {
                return next;
            }
            match self.look(now).await {
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
            requests::advance(self.paint, &self.governance, now).await?;
            if self.seen.all.swap(false, Ordering::Relaxed) {
                self.look_for_findings(now).await?;
            }
            events::deliver(self.paint, &self.governance, self.post.at(now), now, Tell::Failures).await?;
        }
        self.open().await
    }

    /// Goes by the policy and the rules as they are written now. What cannot be read is told once, and what was before goes on.
    async fn read_anew(&mut self, now: DateTime<Utc>) -> Option<Next> {
        let written = Written::read(&self.project, now).ok()?;
        let (same_policy, same_rules) =
            (written.policies == self.written.policies, written.rules == self.written.rules);
        let same_version = written.under == self.written.under;
        self.written = written;
        if !same_policy {
            match self.take_over(now).await {
                Ok(Some(next)) => return Some(next),
                Ok(None) => println!("the policy is written anew and says the same"),
                Err(failure) => {
                    eprintln!("{}", failure.render(self.paint));
                    let held = self.paint.text(Tone::Bad, "the policy is NOT taken over:");
                    println!("{held} the one of before goes on");
                }
            }
        }
        if !(same_rules && same_version) {
            self.read_rules(now);
        }
        None
    }

    /// The policy as it is written now, when it is whole, fits the targets and the rules, and says something else. What it changes is
    /// shown and recorded; the next plan carries it out, through its guards.
    async fn take_over(&self, now: DateTime<Utc>) -> Result<Option<Next>, Failure> {
        let project = Project::load(&self.session.global.config)?;
        let versions = |project: &Project| -> Vec<String> {
            project.policies.iter().map(|policy| policy.version().to_string()).collect()
        };
        if versions(&project) == versions(&self.project) {
            return Ok(None);
        }
        let cannot = |e: &tenure_engine::EngineError| Failure::engine("cannot go by the policy", e);
        let old = self.governance.engine();
        let engine = Arc::new(old.under(project.policies.clone()).map_err(|e| cannot(&e))?);
        project.governance(&engine, now)?;
        let change = old.compare_policy(&engine, now).await.map_err(|e| cannot(&e))?;
        old.note_policy(&change, "tenure run", now).await.map_err(|e| cannot(&e))?;
        print!("{}", present::policy_change(&change, self.paint));
        Ok(Some(Next { project: Arc::new(project), engine }))
    }

    fn read_rules(&mut self, now: DateTime<Utc>) {
        let taken = self.project.rules(now).and_then(|rules| {
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
