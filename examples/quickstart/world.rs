//! Everything a scene works with, and the steps that every scene has in common.

use std::fs;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tenure_connector::Connector;
use tenure_connector_csv::{CsvSource, CsvSourceConfig, CsvTarget, CsvTargetConfig};
use tenure_engine::{Action, ApplyOptions, Engine, Plan, PlanOptions, Progress, RunReport, SourceOptions};
use tenure_examples::Export;
use tenure_policy::{EntitlementKey, Policy, TargetId};
use tenure_store::{SqliteStore, Store};
use tenure_terminal::{Bar, ColorChoice, Detail, Paint, Tone, count};

use crate::Result;
use crate::folder::Folder;
use crate::provider::{self, Provider};

/// Steps of a plan that a scene shows.
const SHOWN: usize = 16;

/// The company, its systems and the stage.
pub(crate) struct World {
    pub(crate) paint: Paint,
    pub(crate) folder: Folder,
    pub(crate) provider: Provider,
    pub(crate) export: Export,
    pub(crate) services: Export,
    policy: Policy,
    scene: usize,
}

impl World {
    /// Sets up the company in its folder; the provider keeps what an earlier run left.
    pub(crate) async fn open(folder: Folder, now: DateTime<Utc>) -> Result<Self> {
        Ok(Self {
            paint: Paint::stdout(ColorChoice::Auto),
            provider: Provider::start(&folder.directory(), now).await?,
            export: Export::parse(include_str!("../data/workers.csv"))?,
            services: Export::parse(include_str!("../data/services.csv"))?,
            policy: policy()?,
            folder,
            scene: 0,
        })
    }

    /// An engine over the files of the run. Nothing lives in it: a new one continues where the last one stopped.
    pub(crate) fn engine(&self) -> Result<Engine> {
        let store = Arc::new(SqliteStore::open(self.folder.store())?);
        engine(&self.folder, &self.provider.url, self.policy.clone(), store)
    }

    /// Begins a scene: its number and title, the day, and what happened in the world.
    pub(crate) fn scene(&mut self, title: &str, now: DateTime<Utc>, happened: &str) {
        self.scene += 1;
        self.provider.set_time(now);
        println!("\n{}", self.paint.heading(&format!("{}  {title}", self.scene)));
        println!("{}  {happened}\n", self.paint.text(Tone::Faint, now.format("%A %-d %B %Y, %H:%M UTC")));
    }

    /// Writes today's HR export and makes the targets agree: plan, progress, result.
    pub(crate) async fn settle(&self, engine: &Engine, now: DateTime<Utc>) -> Result<(Plan, RunReport)> {
        self.export.write(&self.folder.workers())?;
        self.services.write(&self.folder.services())?;
        let plan = self.plan(engine, now).await?;
        let report = self.apply(engine, &plan, now).await?;
        Ok((plan, report))
    }

    /// Observes sources and targets, plans, and shows the plan.
    pub(crate) async fn plan(&self, engine: &Engine, now: DateTime<Utc>) -> Result<Plan> {
        let observed = engine.observe(now).await?;
        let sources: Vec<String> =
            observed.sources.iter().map(|s| format!("{} {}", count(s.read, "row"), s.class)).collect();
        println!("{} {}\n", self.paint.text(Tone::Faint, "observed"), sources.join(", "));
        let plan = engine.plan(now, &PlanOptions::default()).await?;
        print!("{}", tenure_terminal::plan(&plan, self.paint, Detail::Steps(SHOWN)));
        let path = self.folder.plans().join(format!("scene-{}.json", self.scene));
        fs::write(path, serde_json::to_string_pretty(&plan)?)?;
        Ok(plan)
    }

    /// Applies a plan with a progress bar, and shows the result.
    pub(crate) async fn apply(&self, engine: &Engine, plan: &Plan, now: DateTime<Utc>) -> Result<RunReport> {
        let bar = Bar::new(plan.steps.len(), "applying");
        let shown = bar.clone();
        let options = ApplyOptions::new(now).on_progress(move |progress: &Progress| {
            if let Progress::StepFinished { title, .. } = progress {
                shown.step(title.as_str());
            }
        });
        let report = engine.apply(plan, &options).await;
        bar.finish();
        let report = report?;
        print!("{}", tenure_terminal::run(&report, self.paint));
        Ok(report)
    }

    /// The help desk does what no program can: every task that the plan handed to a person.
    pub(crate) async fn do_tasks(&self, engine: &Engine, plan: &Plan, now: DateTime<Utc>) -> Result<()> {
        let tasks = plan.steps.iter().filter_map(|step| match &step.action {
            Action::Manual(task) => Some(task),
            _ => None,
        });
        let mut done = 0;
        for task in tasks {
            engine.complete_task(&task.id, true, "help desk", now).await?;
            done += 1;
        }
        println!("{} the help desk closed {}", self.paint.text(Tone::Good, "✓"), count(done, "task"));
        Ok(())
    }

    /// Explains why somebody has an entitlement, or why not.
    pub(crate) async fn explain(
        &self,
        engine: &Engine,
        worker: &str,
        what: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let what: EntitlementKey = what.parse()?;
        let explanation = engine.explain(&worker.parse()?, &what, now).await?;
        print!("\n{}", tenure_terminal::explanation(&explanation, self.paint));
        Ok(())
    }
}

/// An engine over a store of the caller's choice; the process that crashes brings one that does.
pub(crate) fn engine(folder: &Folder, url: &str, policy: Policy, store: Arc<dyn Store>) -> Result<Engine> {
    let files = CsvSourceConfig::workers(folder.workers()).with_services(folder.services());
    let hr: Arc<dyn Connector> = Arc::new(CsvSource::new(files)?);
    let erp: Arc<dyn Connector> = Arc::new(CsvTarget::new(CsvTargetConfig::new(folder.erp())));
    let engine = Engine::builder(policy, store)
        .source("hr", SourceOptions::default(), hr)
        .target(TargetId::parse("zendesk")?, provider::connector(url)?)
        .target(TargetId::parse("erp")?, erp)
        .build()?;
    Ok(engine)
}

/// The policy of the example company.
pub(crate) fn policy() -> Result<Policy> {
    let document =
        tenure_policy::PolicyDocument::from_yaml("policy.yaml", include_str!("../data/policy.yaml"))?;
    Ok(Policy::compile(document)?)
}
