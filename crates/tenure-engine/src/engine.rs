use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use tenure_connector::{Connector, Context, ObjectClass, SecretStore};
use tenure_policy::{Policy, TargetId, Zone};
use tenure_store::Store;

use crate::audit::Redaction;
use crate::source::Source;
use crate::world::Described;
use crate::{EngineError, Result, SourceOptions, TargetOptions};

/// Makes every target agree with the policy: observe, plan, apply.
///
/// The engine keeps nothing itself; all state is in the store, so an engine can be dropped and built again at any time.
/// It reads no clock: every call is told what time it is.
#[derive(Debug)]
pub struct Engine {
    pub(crate) policy: Policy,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) sources: Vec<Source>,
    pub(crate) targets: BTreeMap<TargetId, Arc<dyn Connector>>,
    pub(crate) target_options: BTreeMap<TargetId, TargetOptions>,
    pub(crate) zone: Zone,
    pub(crate) secrets: Option<Arc<dyn SecretStore>>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) redaction: Redaction,
    pub(crate) worker: String,
    /// The schemas of the targets, read when they are first needed.
    pub(crate) described: Mutex<BTreeMap<TargetId, Arc<Described>>>,
}

impl Engine {
    /// Starts an engine over a compiled policy and a store.
    #[must_use]
    pub fn builder(policy: Policy, store: Arc<dyn Store>) -> EngineBuilder {
        EngineBuilder {
            policy,
            store,
            sources: Vec::new(),
            targets: BTreeMap::new(),
            target_options: BTreeMap::new(),
            secrets: None,
            deadline: None,
            redaction: Redaction::default(),
            worker: None,
        }
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
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
        self.policy
            .target(target)
            .map_or(ObjectClass::USER, |found| ObjectClass::from(found.class.0.as_str()))
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
    store: Arc<dyn Store>,
    sources: Vec<Source>,
    targets: BTreeMap<TargetId, Arc<dyn Connector>>,
    target_options: BTreeMap<TargetId, TargetOptions>,
    secrets: Option<Arc<dyn SecretStore>>,
    deadline: Option<Duration>,
    redaction: Redaction,
    worker: Option<String>,
}

impl EngineBuilder {
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
    /// * `NoConnector`, when the policy names a target that was not added;
    /// * `UnknownTarget`, when a target was added that the policy does not name;
    /// * `Unusable`, when a source lists neither workers nor workloads, or a target does not list its accounts.
    pub fn build(self) -> Result<Engine> {
        let zone = self.policy.document().lifecycle.zone;
        for target in self.policy.document().targets.keys() {
            if !self.targets.contains_key(target) {
                return Err(EngineError::NoConnector { target: target.clone() });
            }
        }
        // The address tells two engines of one process apart.
        let worker = self.worker.unwrap_or_else(|| {
            format!("engine-{}-{:p}", std::process::id(), Arc::as_ptr(&self.store).cast::<()>())
        });
        let engine = Engine {
            policy: self.policy,
            store: self.store,
            sources: self.sources,
            targets: self.targets,
            target_options: self.target_options,
            zone,
            secrets: self.secrets,
            deadline: self.deadline,
            redaction: self.redaction,
            worker,
            described: Mutex::default(),
        };
        for (target, connector) in &engine.targets {
            if engine.policy.target(target).is_none() {
                return Err(EngineError::UnknownTarget { target: target.clone() });
            }
            let class = engine.account_class(target);
            require_list(&**connector, target.as_str(), &[class])?;
        }
        for source in &engine.sources {
            require_list(&*source.connector, &source.name, &[ObjectClass::WORKER, ObjectClass::WORKLOAD])?;
        }
        Ok(engine)
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
