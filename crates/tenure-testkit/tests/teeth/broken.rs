use std::collections::BTreeSet;
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use tenure_connector::memory::MemoryConnector;
use tenure_connector::{
    AccountStatus, Capabilities, Certainty, Change, ChangePage, CheckReport, ClassCapabilities, Connector,
    ConnectorError, ConnectorInfo, ConnectorSchema, Context, CredentialSource, Cursor, DeltaToken, ErrorKind,
    Fields, JobRef, ListQuery, Object, ObjectClass, ObjectRef, Operation, OperationKind, OperationSupport,
    Outcome, Page, Result, WriteRequest,
};
use tenure_scim::{AttrPath, Patch, Resource};

use super::defect::Defect;

/// The reference connector with one defect.
pub(crate) struct Broken {
    inner: MemoryConnector,
    defect: Defect,
    calls: AtomicU64,
    used: Mutex<BTreeSet<Cursor>>,
    deleted: Mutex<Vec<Object>>,
    keys: Mutex<BTreeSet<String>>,
}

impl Broken {
    pub(crate) fn new(inner: MemoryConnector, defect: Defect) -> Self {
        Self {
            inner,
            defect,
            calls: AtomicU64::new(0),
            used: Mutex::default(),
            deleted: Mutex::default(),
            keys: Mutex::default(),
        }
    }

    fn is(&self, defect: Defect) -> bool {
        self.defect == defect
    }

    /// Writes the key down first, then waits: whether the key was there already.
    async fn spends(&self, key: &str, awaits: usize) -> bool {
        for _ in 1..awaits {
            tokio::task::yield_now().await;
        }
        let spent = !self.keys.lock().unwrap().insert(key.to_owned());
        tokio::task::yield_now().await;
        spent
    }

    async fn exists(&self, ctx: &Context, object: Option<&ObjectRef>) -> bool {
        match object {
            Some(object) => self.inner.get(ctx, object, &Fields::All).await.is_ok(),
            None => true,
        }
    }
}

impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.defect {
            Defect::DebugShowsTheToken => f.write_str("Broken { token: tok-4711 }"),
            _ => f.write_str("Broken { .. }"),
        }
    }
}

fn path(text: &str) -> AttrPath {
    AttrPath::parse(text).unwrap()
}

fn not_found() -> ConnectorError {
    ConnectorError::not_found(&ObjectRef::new(ObjectClass::USER, "?"))
}

#[async_trait]
impl Connector for Broken {
    fn info(&self) -> ConnectorInfo {
        let mut info = self.inner.info();
        if self.is(Defect::EmptyInstance) {
            info.instance.clear();
        }
        info
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = self.inner.capabilities();
        if self.is(Defect::UndeclaredIsDone) {
            capabilities
                .classes
                .get_mut(&ObjectClass::USER)
                .unwrap()
                .operations
                .remove(&OperationKind::ResetFactors);
            capabilities
                .classes
                .get_mut(&ObjectClass::USER)
                .unwrap()
                .operations
                .remove(&OperationKind::Revoke);
        }
        capabilities
    }

    async fn schema(&self, ctx: &Context) -> Result<ConnectorSchema> {
        let mut schema = self.inner.schema(ctx).await?;
        if self.is(Defect::SchemaForgetsAClass) {
            schema.classes.remove(&ObjectClass::GRANT);
        }
        Ok(schema)
    }

    async fn check(&self, ctx: &Context) -> Result<CheckReport> {
        let mut report = self.inner.check(ctx).await?;
        if self.is(Defect::CheckWidens) {
            let widened = ClassCapabilities::new().supports(OperationKind::Update, OperationSupport::new());
            report.capabilities.classes.insert(ObjectClass::GRANT, widened);
        }
        Ok(report)
    }

    async fn get(&self, ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        let fields = if self.is(Defect::FieldsAreIgnored) { &Fields::All } else { fields };
        let mut found = match self.inner.get(ctx, object, fields).await {
            Ok(found) => found,
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return match self.is(Defect::UnknownClassIsEmpty) {
                    true => Err(not_found()),
                    false => Err(error),
                };
            }
            Err(error) => {
                return match self.defect {
                    Defect::MissingIsOfUnknownOutcome => Err(error.with_certainty(Certainty::Unknown)),
                    Defect::MessageEndsWithADot => Err(error.with_detail("There is no such object.")),
                    Defect::MissingIsAnEmptyObject => Ok(Object::new(object.clone(), Resource::default())),
                    _ => Err(error),
                };
            }
        };
        match self.defect {
            Defect::CreateDropsAnAttribute => {
                found.resource.remove(&path("displayName"));
            }
            Defect::CreatedIsAlwaysActive => found.resource.set(&path("active"), true),
            Defect::VersionStaysTheSame => found.version = Some("1".into()),
            Defect::ReadTouches if object.class == ObjectClass::USER => {
                let seen = self.calls.fetch_add(1, Ordering::Relaxed);
                let patch = Patch::default().replace(path("nickName"), format!("seen {seen}"));
                let touch = Operation::Update { object: object.clone(), patch };
                self.inner.apply(ctx, &WriteRequest::new(format!("touch-{seen}"), touch)).await?;
            }
            _ => {}
        }
        Ok(found)
    }

    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        let mut query = query.clone();
        match self.defect {
            Defect::FilterIsIgnored => query.filter = None,
            Defect::PageIgnoresItsSize => query.page_size = None,
            Defect::ForeignCursorStartsOver => {
                query.cursor = query.cursor.filter(|cursor| cursor.as_str() != "not-a-cursor-of-yours");
            }
            Defect::CursorWorksOnce => {
                if let Some(cursor) = &query.cursor
                    && !self.used.lock().unwrap().insert(cursor.clone())
                {
                    query.cursor = None;
                }
            }
            _ => {}
        }
        let mut page = match self.inner.list(ctx, &query).await {
            Err(_) if self.is(Defect::UnknownClassIsEmpty) => return Ok(Page::last(Vec::new())),
            other => other?,
        };
        match self.defect {
            Defect::PageOfOneSkips if query.page_size == Some(1) => {
                if let Some(cursor) = page.next.take() {
                    page.next = self.inner.list(ctx, &query.clone().with_cursor(cursor)).await?.next;
                }
            }
            Defect::PageOfOneRepeats if query.page_size == Some(2) => {
                let first = page.items.first().cloned();
                page.items.extend(first);
            }
            Defect::PartialIsNotFlagged => page.items.iter_mut().for_each(|item| item.partial.clear()),
            Defect::ListShuffles => {
                let turn = usize::try_from(self.calls.fetch_add(1, Ordering::Relaxed)).unwrap();
                let count = page.items.len().max(1);
                page.items.rotate_left(turn % count);
            }
            Defect::GrantIsNotListed if query.class == ObjectClass::GRANT => page.items.clear(),
            Defect::DeletedIsStillListed if query.class == ObjectClass::USER => {
                page.items.extend(self.deleted.lock().unwrap().clone());
            }
            Defect::WorkerWithoutStart if query.class == ObjectClass::WORKER => {
                for item in &mut page.items {
                    item.resource.remove(&path("startDate"));
                }
            }
            _ => {}
        }
        Ok(page)
    }

    async fn changes(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        let foreign = since.is_some_and(|token| token.as_str() == "not-a-token-of-yours");
        let since = if foreign && self.is(Defect::ForeignTokenIsLatest) { None } else { since };
        let mut page = self.inner.changes(ctx, class, since).await?;
        match self.defect {
            Defect::LatestTokenHasChanges => {
                page.changes.push(Change::Touched(ObjectRef::new(class.clone(), "1")));
            }
            Defect::CreatesAreNotTold => page.changes.retain(|change| matches!(change, Change::Deleted(_))),
            Defect::DeletionsAreNotTold => {
                page.changes.retain(|change| !matches!(change, Change::Deleted(_)))
            }
            _ => {}
        }
        Ok(page)
    }

    async fn apply(&self, ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        let spent = match self.defect {
            Defect::DropSpendsTheKey => self.spends(request.key.as_str(), 1).await,
            Defect::LateDropSpendsTheKey => self.spends(request.key.as_str(), 9).await,
            _ => false,
        };
        if spent {
            return Ok(Outcome::already_so());
        }
        let mut request = request.clone();
        let exists = self.exists(ctx, request.operation.object()).await;
        let kind = request.operation.kind();
        match (self.defect, &mut request.operation) {
            (Defect::CreateDropsAnAttribute, _) => {}
            (Defect::RepeatedKeyMakesASecond, Operation::Create { resource, .. }) => {
                let turn = self.calls.fetch_add(1, Ordering::Relaxed);
                let name = format!("{}{turn}", resource.text("userName").unwrap_or_default());
                resource.set(&path("userName"), name);
                request.key = format!("{}{turn}", request.key).into();
            }
            (Defect::UnknownAttributeIsDropped, Operation::Create { resource, .. }) => {
                resource.remove(&path("trialNoSuchAttribute"));
            }
            (Defect::RequiredIsNotChecked, Operation::Create { resource, .. })
                if resource.text("userName").is_none() =>
            {
                resource.set(&path("userName"), request.key.as_str());
            }
            (Defect::NamesAreTrimmedToAscii, Operation::Create { resource, .. }) => {
                let name: String =
                    resource.text("userName").unwrap_or_default().chars().filter(char::is_ascii).collect();
                resource.set(&path("userName"), name);
            }
            (Defect::UpdateStopsHalfWay, Operation::Update { object, patch }) => {
                let first = Patch { operations: patch.operations.iter().take(1).cloned().collect() };
                let half = Operation::Update { object: object.clone(), patch: first };
                self.inner.apply(ctx, &WriteRequest::new(format!("{}-half", request.key), half)).await?;
            }
            (Defect::UpdateTouchesOthers, Operation::Update { patch, .. }) => {
                *patch = patch.clone().add(path("title"), "Somebody else");
            }
            (Defect::ExpectedVersionIsIgnored, _) => request.expected = None,
            (Defect::SuspendDoesNothing, Operation::SetStatus { .. }) if exists => {
                return Ok(Outcome::done(true));
            }
            (Defect::RevokeDoesNothing, Operation::Revoke { .. }) if exists => {
                return Ok(Outcome::done(true));
            }
            (Defect::RestoreDoesNothing, Operation::Restore { .. }) => return Ok(Outcome::done(true)),
            (Defect::UndeclaredIsDone, Operation::ResetFactors { .. }) => return Ok(Outcome::done(true)),
            (Defect::SuspendOfMissingIsNotFound, Operation::SetStatus { .. })
            | (Defect::DeleteOfMissingIsNotFound, Operation::Delete { .. })
            | (Defect::RevokeOfAbsentIsNotFound, Operation::Revoke { .. })
            | (Defect::SessionsOfNobodyFail, Operation::RevokeSessions { .. })
                if !exists =>
            {
                return Err(not_found());
            }
            (
                Defect::ActivateOfMissingIsAlreadySo,
                Operation::SetStatus { status: AccountStatus::Active, .. },
            )
            | (Defect::UpdateOfMissingIsAlreadySo, Operation::Update { .. })
                if !exists =>
            {
                return Ok(Outcome::already_gone());
            }
            (Defect::ExclusiveGrantsPileUp, Operation::Grant { entitlement, .. })
            | (Defect::CapacityIsUnlimited, Operation::AssignLicence { licence: entitlement, .. })
                if entitlement.kind == "licence" =>
            {
                let id = request.operation.object().unwrap().id.clone();
                let entitlement = request.operation.entitlement().unwrap().clone();
                self.inner.with_tenant(|tenant| tenant.seed_immutable_grant(&id, entitlement));
                return Ok(Outcome::done(true));
            }
            (
                Defect::MissingSecretIsEmpty,
                Operation::SetCredential { credential: CredentialSource::Reference(_), .. },
            ) => {
                return Ok(Outcome::done(true));
            }
            (Defect::DeletedIsStillListed, Operation::Delete { object, .. }) => {
                let whole = self.inner.get(ctx, object, &Fields::All).await;
                self.deleted.lock().unwrap().extend(whole);
            }
            _ => {}
        }
        let answer = self.inner.apply(ctx, &request).await;
        match (self.defect, kind, answer) {
            (Defect::CreateForgetsTheReference, OperationKind::Create, Ok(outcome)) => {
                Ok(Outcome { object: None, ..outcome })
            }
            (Defect::CreateTwiceIsAlreadySo, OperationKind::Create, Err(error))
                if error.kind() == ErrorKind::AlreadyExists =>
            {
                Ok(Outcome::already_so())
            }
            (Defect::UpdateAnswersDoneAlways, OperationKind::Update, Ok(_))
            | (Defect::SuspendTwiceIsDone, OperationKind::SetStatus, Ok(_))
            | (Defect::GrantTwiceIsDone, OperationKind::Grant, Ok(_)) => Ok(Outcome::done(true)),
            (Defect::RevokeOfAbsentClaimsItWasThere, OperationKind::Revoke, Ok(outcome))
                if outcome.is_already_so() =>
            {
                Ok(Outcome::already_so())
            }
            (_, _, answer) => answer,
        }
    }

    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        match self.defect {
            Defect::JobThatNeverEnds if self.inner.poll(ctx, job).await.is_ok() => {
                Ok(Outcome::accepted(job.clone(), std::time::Duration::from_millis(1)))
            }
            Defect::UnknownJobIsDone => Ok(Outcome::done(true)),
            _ => self.inner.poll(ctx, job).await,
        }
    }
}
