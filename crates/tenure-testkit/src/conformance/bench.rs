use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{
    Capabilities, Connector, ConnectorError, ConnectorExt, Context, DeleteMode, EntitlementRef, ErrorKind,
    JobRef, ListQuery, Listing, Object, ObjectClass, ObjectRef, Operation, OperationKind, Outcome,
    OutcomeStatus, Result, WriteRequest,
};
use tenure_scim::Resource;

use super::{Failure, MemorySecrets, Subject};

/// What a trial works with: the subject, names of its own, and writes that are followed to their end.
#[derive(Debug)]
pub struct Bench {
    pub(crate) subject: Subject,
    pub(crate) ctx: Context,
    pub(crate) secrets: Arc<MemorySecrets>,
    trial: &'static str,
    counter: AtomicU64,
    made: Mutex<Vec<ObjectRef>>,
}

/// The id that no object may have: trials delete what has it.
pub(super) const MISSING: &str = "999999999";
const POLLS: usize = 200;
/// How much of a value tells what it is.
const ENOUGH: usize = 160;
pub(super) const LIMIT: usize = 100_000;

impl Bench {
    pub(crate) fn new(subject: &Subject, trial: &'static str) -> Self {
        let secrets = Arc::new(MemorySecrets::default());
        Self {
            ctx: Context::new(format!("{}/{trial}", subject.prefix)).with_secrets(secrets.clone()),
            subject: subject.clone(),
            secrets,
            trial,
            counter: AtomicU64::new(0),
            made: Mutex::default(),
        }
    }

    pub(crate) fn connector(&self) -> &dyn Connector {
        &*self.subject.connector
    }

    pub(crate) fn capabilities(&self) -> Capabilities {
        self.connector().capabilities()
    }

    pub(crate) fn can(&self, kind: OperationKind) -> bool {
        self.capabilities().allows(&ObjectClass::USER, kind)
    }

    pub(crate) fn lists(&self, class: &ObjectClass) -> bool {
        self.capabilities().class(class).is_some_and(|class| class.list.is_some())
    }

    /// A name that nothing else in this run has.
    pub(crate) fn name(&self, hint: &str) -> String {
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        format!("{}-{}-{hint}-{number}", self.subject.prefix, self.trial.replace('_', "-"))
    }

    pub(crate) fn key(&self) -> String {
        self.name("key")
    }

    /// The attribute that a trial changes.
    pub(crate) fn label(&self) -> &'static str {
        self.subject.label
    }

    pub(crate) fn user(&self, name: &str) -> Resource {
        (self.subject.user)(name)
    }

    /// The user name that a user of this name gets; some systems take e-mail addresses only.
    pub(crate) fn user_name(&self, name: &str) -> String {
        self.user(name).text("userName").unwrap_or(name).to_owned()
    }

    pub(crate) fn missing(&self) -> ObjectRef {
        ObjectRef::new(ObjectClass::USER, MISSING).with(ObjectRef::USER_NAME, self.name("nobody"))
    }

    /// Applies an operation under a new key and follows it to its end.
    pub(crate) async fn apply(&self, operation: Operation) -> Result<Outcome> {
        self.apply_as(&self.key(), operation).await
    }

    /// Applies an operation under a key and follows it to its end.
    pub(crate) async fn apply_as(&self, key: &str, operation: Operation) -> Result<Outcome> {
        self.send(&WriteRequest::new(key, operation)).await
    }

    pub(crate) async fn send(&self, request: &WriteRequest) -> Result<Outcome> {
        let outcome = self.connector().apply(&self.ctx, request).await?;
        let settled = self.settle(request.operation.kind(), outcome).await?;
        if let (Operation::Create { .. }, Some(object)) = (&request.operation, &settled.object) {
            self.remember(object);
        }
        Ok(settled)
    }

    /// Follows a job to its end; does a manual task.
    pub(crate) async fn settle(&self, kind: OperationKind, mut outcome: Outcome) -> Result<Outcome> {
        for _ in 0..POLLS {
            let job = match &outcome.status {
                OutcomeStatus::Accepted { job, poll_after } => {
                    if let Some(timer) = &self.subject.timer {
                        timer.sleep(*poll_after).await;
                    }
                    job.clone()
                }
                OutcomeStatus::Manual { instructions } => match &self.subject.complete {
                    Some(complete) => {
                        complete(instructions);
                        JobRef::new(&instructions.id, kind)
                    }
                    None => return Ok(outcome),
                },
                OutcomeStatus::Done { .. } | OutcomeStatus::AlreadySo { .. } => return Ok(outcome),
            };
            outcome = self.connector().poll(&self.ctx, &job).await?;
        }
        Ok(outcome)
    }

    pub(crate) async fn create_user(&self, hint: &str) -> std::result::Result<ObjectRef, Failure> {
        self.create(ObjectClass::USER, self.user(&self.name(hint))).await
    }

    pub(crate) async fn create(
        &self,
        class: ObjectClass,
        resource: Resource,
    ) -> std::result::Result<ObjectRef, Failure> {
        let outcome = self.apply(Operation::Create { class, resource }).await?;
        outcome
            .object
            .ok_or_else(|| Failure::new("expected the new object's reference after a create, found none"))
    }

    pub(crate) async fn get(&self, object: &ObjectRef) -> Result<Object> {
        self.connector().get(&self.ctx, object, &tenure_connector::Fields::All).await
    }

    pub(crate) async fn list(&self, query: ListQuery) -> Result<Listing> {
        self.connector().list_all(&self.ctx, query, LIMIT).await
    }

    pub(crate) async fn grants(
        &self,
        principal: &ObjectRef,
    ) -> std::result::Result<Vec<GrantRecord>, Failure> {
        let listing = self.list(ListQuery::new(ObjectClass::GRANT)).await?;
        let mut grants = Vec::new();
        for object in &listing.items {
            let grant = GrantRecord::try_from(&object.resource)?;
            if grant.principal == principal.id {
                grants.push(grant);
            }
        }
        Ok(grants)
    }

    /// What an account holds; nothing where grants cannot be listed.
    pub(crate) async fn grants_if_listed(
        &self,
        principal: &ObjectRef,
    ) -> std::result::Result<Vec<GrantRecord>, Failure> {
        if self.lists(&ObjectClass::GRANT) { self.grants(principal).await } else { Ok(Vec::new()) }
    }

    pub(crate) async fn catalogue(&self) -> std::result::Result<Vec<Entitlement>, Failure> {
        if !self.lists(&ObjectClass::ENTITLEMENT) {
            return Ok(Vec::new());
        }
        let listing = self.list(ListQuery::new(ObjectClass::ENTITLEMENT)).await?;
        listing.items.iter().map(|object| Ok(Entitlement::try_from(&object.resource)?)).collect()
    }

    /// An entitlement that can be granted: the subject's own, one of the catalogue, or a group made for it.
    pub(crate) async fn entitlement(&self) -> std::result::Result<Option<EntitlementRef>, Failure> {
        if let Some(entitlement) = &self.subject.entitlement {
            return Ok(Some(entitlement.clone()));
        }
        let catalogue = self.catalogue().await?;
        let grantable =
            catalogue.iter().find(|entitlement| !entitlement.immutable && entitlement.capacity.is_none());
        if let Some(entitlement) = grantable {
            return Ok(Some(entitlement.entitlement.clone()));
        }
        if !self.capabilities().allows(&ObjectClass::GROUP, OperationKind::Create) {
            return Ok(None);
        }
        let group = self.create(ObjectClass::GROUP, (self.subject.group)(&self.name("group"))).await?;
        Ok(Some(EntitlementRef::new("group", group.id)))
    }

    pub(crate) fn grant_of(object: &ObjectRef, entitlement: &EntitlementRef) -> Operation {
        Operation::Grant {
            object: object.clone(),
            entitlement: entitlement.clone(),
            parameters: BTreeMap::new(),
        }
    }

    pub(crate) fn remember(&self, object: &ObjectRef) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).push(object.clone());
    }

    /// Removes everything that the trial made, as far as the system lets it.
    pub(crate) async fn clean_up(&self) {
        let made = std::mem::take(&mut *self.made.lock().unwrap_or_else(PoisonError::into_inner));
        for object in made.into_iter().rev() {
            if self.capabilities().allows(&object.class, OperationKind::Delete) {
                drop(self.apply(Operation::Delete { object, mode: DeleteMode::Permanent }).await);
            }
        }
    }

    pub(crate) fn expect_kind<T: std::fmt::Debug>(
        what: &str,
        result: Result<T>,
        kind: ErrorKind,
    ) -> std::result::Result<ConnectorError, Failure> {
        match result {
            Err(error) if error.kind() == kind => Ok(error),
            Err(error) => Err(Failure::new(format!("{what}: expected the error `{kind}`, found `{error}`"))),
            Ok(found) => {
                let found: String = format!("{found:?}").chars().take(ENOUGH).collect();
                Err(Failure::new(format!("{what}: expected the error `{kind}`, found success: {found}")))
            }
        }
    }

    pub(crate) fn expect_already_so(what: &str, outcome: &Outcome) -> std::result::Result<(), Failure> {
        super::failure::ensure(outcome.is_already_so(), || {
            format!("{what}: expected already so, found {:?}", outcome.status)
        })
    }

    pub(crate) fn expect_gone(what: &str, outcome: &Outcome) -> std::result::Result<(), Failure> {
        super::failure::ensure(outcome.status == OutcomeStatus::AlreadySo { observed_missing: true }, || {
            format!(
                "{what}: expected already so with the object observed missing, found {:?}",
                outcome.status
            )
        })
    }
}
