use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tenure_connector::{Connector, Context, ObjectClass, SecretStore};
use tenure_policy::{Policy, TargetId, Zone};
use tenure_store::Store;

use crate::audit::Redaction;
use crate::source::Source;
use crate::world::Described;
use crate::{EngineError, Result, SourceOptions, TargetOptions};

/// How many systems are read at the same time where nobody says.
const READERS: usize = 8;

/// Makes every target agree with the policy: observe, plan, apply.
///
/// The engine keeps nothing itself; all state is in the store, so an engine can be dropped and built again at any time.
/// It reads no clock: every call is told what time it is, and goes by the version of the policy that holds then.
#[derive(Debug)]
pub struct Engine {
    pub(crate) policy: Policy,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) sources: Vec<Source>,
    /// Those of every version of the policy: one that the version in force does not name is only looked at.
    pub(crate) targets: BTreeMap<TargetId, Arc<dyn Connector>>,
    pub(crate) classes: Arc<BTreeMap<TargetId, ObjectClass>>,
    pub(crate) target_options: BTreeMap<TargetId, TargetOptions>,
    pub(crate) zone: Zone,
    pub(crate) secrets: Option<Arc<dyn SecretStore>>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) readers: usize,
    pub(crate) redaction: Redaction,
    pub(crate) worker: String,
    /// The schemas of the targets, read when they are first needed.
    pub(crate) described: Arc<Mutex<BTreeMap<TargetId, Arc<Described>>>>,
    /// The same engine under each version of the policy; none, when there is only one.
    pub(crate) versions: Vec<Engine>,
    /// When each version comes to hold, in order.
    pub(crate) changes: Arc<[DateTime<Utc>]>,
}

impl Engine {
    /// Starts an engine over a compiled policy and a store.
    #[must_use]
    pub fn builder(policy: Policy, store: Arc<dyn Store>) -> EngineBuilder {
        EngineBuilder {
            policy,
            later: Vec::new(),
            store,
            sources: Vec::new(),
            targets: BTreeMap::new(),
            target_options: BTreeMap::new(),
            secrets: None,
            deadline: None,
            readers: READERS,
            redaction: Redaction::default(),
            worker: None,
        }
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    pub(crate) fn context(&self, mut context: Context) -> Context {
        if let Some(secrets) = &self.secrets {
            context = context.with_secrets(Arc::clone(secrets));
        }
        if let Some(deadline) = self.deadline {
            context = context.with_deadline(deadline);
        }
        context
    }

    pub(crate) fn account_class(&self, target: &TargetId) -> ObjectClass {
        self.classes.get(target).cloned().unwrap_or(ObjectClass::USER)
    }

    pub(crate) fn options(&self, target: &TargetId) -> &TargetOptions {
        static DEFAULT: LazyLock<TargetOptions> = LazyLock::new(TargetOptions::default);
        self.target_options.get(target).unwrap_or(&DEFAULT)
    }

    pub(crate) fn connector(&self, target: &TargetId) -> Result<&Arc<dyn Connector>> {
        self.targets
            .get(target)
            .ok_or_else(|| EngineError::NotFound { what: "target", id: target.to_string() })
    }
}

/// Puts an [`Engine`] together.
#[derive(Debug)]
pub struct EngineBuilder {
    policy: Policy,
    later: Vec<Policy>,
    store: Arc<dyn Store>,
    sources: Vec<Source>,
    targets: BTreeMap<TargetId, Arc<dyn Connector>>,
    target_options: BTreeMap<TargetId, TargetOptions>,
    secrets: Option<Arc<dyn SecretStore>>,
    deadline: Option<Duration>,
    readers: usize,
    redaction: Redaction,
    worker: Option<String>,
}

impl EngineBuilder {
    /// Everything that an engine was put together from, but its policy.
    pub(crate) fn again(engine: &Engine, policy: Policy) -> Self {
        Self {
            policy,
            later: Vec::new(),
            store: Arc::clone(&engine.store),
            sources: engine.sources.clone(),
            targets: engine.targets.clone(),
            target_options: engine.target_options.clone(),
            secrets: engine.secrets.clone(),
            deadline: engine.deadline,
            readers: engine.readers,
            redaction: engine.redaction.clone(),
            worker: Some(engine.worker.clone()),
        }
    }

    /// Adds a version of the policy. Of all versions the one is gone by that was the last to become
    /// [`effective`](Policy::effective); a plan that was made before the change is stale after it. A target that this one does
    /// not name is only looked at.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tenure_engine::Engine;
    /// use tenure_policy::{Policy, PolicyDocument};
    /// use tenure_store::MemoryStore;
    ///
    /// let read = |text| Policy::compile(PolicyDocument::from_json("policy.json", text)?);
    /// let (now, next) = (read(r#"{ "version": 1 }"#)?, read(r#"{ "version": 1, "effective": "2027-01-01", "roles": { "new": {} } }"#)?);
    /// let engine = Engine::builder(now, Arc::new(MemoryStore::default())).version(next).build()?;
    /// assert_eq!(engine.policy("2026-12-31T23:59:59Z".parse()?)?.document().roles.len(), 0);
    /// assert_eq!(engine.policy("2027-01-01T00:00:00Z".parse()?)?.document().roles.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn version(mut self, policy: Policy) -> Self {
        self.later.push(policy);
        self
    }

    /// Adds a source of people or services: a connector that lists the class `Worker`, `Workload` or both.
    #[must_use]
    pub fn source(mut self, name: &str, options: SourceOptions, connector: Arc<dyn Connector>) -> Self {
        self.sources.push(Source { name: name.to_owned(), options, connector });
        self
    }

    /// Adds a target that the policy names.
    #[must_use]
    pub fn target(mut self, target: TargetId, connector: Arc<dyn Connector>) -> Self {
        self.targets.insert(target, connector);
        self
    }

    /// Adds a target that is to be treated in a particular way.
    #[must_use]
    pub fn target_with(
        mut self,
        target: TargetId,
        options: TargetOptions,
        connector: Arc<dyn Connector>,
    ) -> Self {
        self.target_options.insert(target.clone(), options);
        self.target(target, connector)
    }

    /// Gives connectors a place to read secrets from and to put generated ones.
    #[must_use]
    pub fn secrets(mut self, secrets: Arc<dyn SecretStore>) -> Self {
        self.secrets = Some(secrets);
        self
    }

    /// Limits how long one call of a connector may take.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Says how many sources, and then how many targets, are read at the same time: eight by default, at least one. Each holds one
    /// page of what it reads in memory.
    #[must_use]
    pub fn readers(mut self, most: usize) -> Self {
        self.readers = most.max(1);
        self
    }

    /// Leaves the values of attributes out of the audit trail: `emails`, `name.familyName`, an attribute of an extension
    /// by its full name. That they changed, when and why, is recorded. Secrets are never recorded, named or not.
    #[must_use]
    pub fn redact<'a>(mut self, attributes: impl IntoIterator<Item = &'a str>) -> Self {
        attributes.into_iter().for_each(|path| self.redaction.add(path));
        self
    }

    /// Names this engine in leases and in the audit trail; by default after the process.
    #[must_use]
    pub fn worker(mut self, name: &str) -> Self {
        self.worker = Some(name.to_owned());
        self
    }

    /// Checks that policy, sources and targets fit together.
    ///
    /// # Errors
    ///
    /// * `NoConnector`, when a version of the policy names a target that was not added;
    /// * `UnknownTarget`, when a target was added that no version names;
    /// * `Unusable`, when a source lists neither workers nor workloads, or a target does not list its accounts.
    pub fn build(self) -> Result<Engine> {
        let policies: Vec<&Policy> = [&self.policy].into_iter().chain(&self.later).collect();
        let classes = self.classes(&policies)?;
        let mut changes: Vec<DateTime<Utc>> =
            policies.iter().filter_map(|policy| policy.effective()).collect();
        changes.sort_unstable();
        // The address tells two engines of one process apart.
        let worker = self.worker.clone().unwrap_or_else(|| {
            format!("engine-{}-{:p}", std::process::id(), Arc::as_ptr(&self.store).cast::<()>())
        });
        let (described, changes): (_, Arc<[_]>) = (Arc::default(), changes.into());
        let engine = |policy: &Policy| Engine {
            policy: policy.clone(),
            store: Arc::clone(&self.store),
            sources: self.sources.clone(),
            targets: self.targets.clone(),
            classes: Arc::clone(&classes),
            target_options: self.target_options.clone(),
            zone: policy.document().lifecycle.zone,
            secrets: self.secrets.clone(),
            deadline: self.deadline,
            readers: self.readers,
            redaction: self.redaction.clone(),
            worker: worker.clone(),
            described: Arc::clone(&described),
            versions: Vec::new(),
            changes: Arc::clone(&changes),
        };
        for source in &self.sources {
            require_list(&*source.connector, &source.name, &[ObjectClass::WORKER, ObjectClass::WORKLOAD])?;
        }
        let mut whole = engine(&self.policy);
        if policies.len() > 1 {
            whole.versions = policies.into_iter().map(engine).collect();
        }
        Ok(whole)
    }

    /// The class of the accounts of each target, as the first version says that names it.
    fn classes(&self, policies: &[&Policy]) -> Result<Arc<BTreeMap<TargetId, ObjectClass>>> {
        let mut classes = BTreeMap::new();
        for (target, policy) in policies.iter().flat_map(|policy| policy.targets()) {
            let connector = self.targets.get(target);
            let connector = connector.ok_or_else(|| EngineError::NoConnector { target: target.clone() })?;
            let class = ObjectClass::from(policy.class.0.as_str());
            require_list(&**connector, target.as_str(), std::slice::from_ref(&class))?;
            classes.entry(target.clone()).or_insert(class);
        }
        match self.targets.keys().find(|target| !classes.contains_key(*target)) {
            Some(target) => Err(EngineError::UnknownTarget { target: target.clone() }),
            None => Ok(Arc::new(classes)),
        }
    }
}

fn require_list(connector: &dyn Connector, system: &str, classes: &[ObjectClass]) -> Result<()> {
    let capabilities = connector.capabilities();
    let lists = |class: &ObjectClass| capabilities.class(class).is_some_and(|found| found.list.is_some());
    if classes.iter().any(lists) {
        return Ok(());
    }
    let names: Vec<_> = classes.iter().map(ToString::to_string).collect();
    Err(EngineError::Unusable {
        system: system.to_owned(),
        detail: format!("expected a connector that lists the class {}, found none", names.join(" or ")),
    })
}
