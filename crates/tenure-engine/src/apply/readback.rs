use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use tenure_connector::entitlement::GrantRecord;
use tenure_connector::{
    Certainty, Connector, ConnectorError, Context, EntitlementRef, ErrorKind, Fields, FilterSupport,
    ListQuery, Object, ObjectClass, ObjectRef, Operation,
};
use tenure_policy::{Correlation, IdentityId};
use tenure_scim::filter::{CompareOp, Filter, Literal};
use tenure_scim::{AttrPath, Resource};

use super::executor::Run;
use crate::plan::Step;

/// What looking at the target told about an operation whose answer was lost.
#[derive(Debug)]
pub(super) enum ReadBack {
    /// It took effect; for a create, on this object.
    Done(Option<ObjectRef>),
    /// It did not.
    NotDone,
    /// The target cannot tell, but repeating is harmless by the contract.
    Repeat,
    /// The target could not be asked.
    Unclear(String),
}

impl Run<'_> {
    /// Finds out whether an operation took effect.
    pub(super) async fn read_back(&self, step: &Step, operation: &Operation, ctx: &Context) -> ReadBack {
        let Ok(connector) = self.engine.connector(&step.target) else {
            return ReadBack::Unclear("the target has no connector".to_owned());
        };
        let found = match operation {
            Operation::Create { class, resource } => {
                self.find_created(step, &**connector, ctx, class, resource).await
            }
            Operation::Update { object, patch } => match connector.get(ctx, object, &Fields::All).await {
                Ok(found) => {
                    let state = self.state();
                    let applied = state.world.targets.get(&step.target).and_then(|world| {
                        let schema = world.described.accounts()?;
                        let mut resource = found.resource.clone();
                        Some(patch.apply(&mut resource, schema).is_ok() && resource == found.resource)
                    });
                    Ok(if applied == Some(true) { ReadBack::Done(None) } else { ReadBack::NotDone })
                }
                Err(error) => Err(error),
            },
            Operation::SetStatus { object, status } => match connector.get(ctx, object, &Fields::All).await {
                Ok(found) => {
                    let active = found.resource.attr("active").and_then(tenure_scim::ValueRef::as_bool);
                    Ok(match active == Some(status.is_active()) {
                        true => ReadBack::Done(None),
                        false => ReadBack::NotDone,
                    })
                }
                Err(error) if error.kind() == ErrorKind::NotFound && !status.is_active() => {
                    Ok(ReadBack::Done(None))
                }
                Err(error) => Err(error),
            },
            Operation::Delete { object, .. } => match connector.get(ctx, object, &Fields::All).await {
                Ok(_) => Ok(ReadBack::NotDone),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(ReadBack::Done(None)),
                Err(error) => Err(error),
            },
            Operation::Grant { object, entitlement, .. } => {
                holds(&**connector, ctx, object, entitlement).await.map(|held| match held {
                    Some(true) => ReadBack::Done(None),
                    Some(false) => ReadBack::NotDone,
                    None => ReadBack::Repeat,
                })
            }
            Operation::Revoke { object, entitlement } => {
                holds(&**connector, ctx, object, entitlement).await.map(|held| match held {
                    Some(false) => ReadBack::Done(None),
                    Some(true) => ReadBack::NotDone,
                    None => ReadBack::Repeat,
                })
            }
            _ => Ok(ReadBack::Repeat),
        };
        found.unwrap_or_else(|error| ReadBack::Unclear(error.to_string()))
    }

    /// Looks for the account that a create may have made. Everybody is read only when one of that name is there that does
    /// not say whose it is.
    async fn find_created(
        &self,
        step: &Step,
        connector: &dyn Connector,
        ctx: &Context,
        class: &ObjectClass,
        wanted: &Resource,
    ) -> tenure_connector::Result<ReadBack> {
        let unsure = AtomicBool::new(false);
        let theirs = |found: &Resource| match (wanted.external_id(), found.external_id()) {
            (Some(wanted), Some(found)) => wanted == found,
            _ => self.is_theirs(step, found).unwrap_or_else(|| {
                unsure.store(true, Ordering::Relaxed);
                false
            }),
        };
        let mut found = find(connector, ctx, class, wanted, theirs).await?;
        if found.is_none() && unsure.load(Ordering::Relaxed) {
            if let Err(error) = self.know_everybody().await {
                return Ok(ReadBack::Unclear(error.to_string()));
            }
            found = find(connector, ctx, class, wanted, theirs).await?;
        }
        Ok(found.map_or(ReadBack::NotDone, |object| ReadBack::Done(Some(object))))
    }

    /// Correlation compares everybody; a run knows only whom its steps are about.
    async fn know_everybody(&self) -> crate::Result<()> {
        if !self.state().world.whole {
            let identities = crate::world::load::identities(self.engine).await?;
            let mut state = self.state();
            state.world.identities = std::sync::Arc::new(identities);
            state.world.whole = true;
        }
        Ok(())
    }

    /// Whether the rules that say whose an account is say so of this one. `None` as long as not everybody is known.
    fn is_theirs(&self, step: &Step, found: &Resource) -> Option<bool> {
        let state = self.state();
        if !state.world.whole {
            return None;
        }
        let linked = |identity: &IdentityId| state.link(&step.target, identity).is_some();
        let correlator = self.engine.policy.correlator(&step.target, state.world.identities.values());
        let correlation = correlator.map(|correlator| correlator.correlate(found, &linked));
        Some(
            matches!((correlation, &step.identity), (Some(Correlation::One(one, ..)), Some(wanted)) if one == *wanted),
        )
    }
}

/// Finds the object that a create may have made: one with the same unique attributes that is `theirs`.
async fn find(
    connector: &dyn Connector,
    ctx: &Context,
    class: &ObjectClass,
    wanted: &Resource,
    theirs: impl Fn(&Resource) -> bool,
) -> tenure_connector::Result<Option<ObjectRef>> {
    for name in [ObjectRef::USER_NAME, ObjectRef::EXTERNAL_ID] {
        if let Some(value) = wanted.text(name) {
            let fits = |object: &Object| {
                same_text(object.resource.text(name), value, name) && theirs(&object.resource)
            };
            if let Some(found) = search(connector, ctx, class, name, value, fits).await? {
                return Ok(Some(found.object));
            }
        }
    }
    Ok(None)
}

/// User names compare by their key, other identifiers exactly.
fn same_text(found: Option<&str>, wanted: &str, name: &str) -> bool {
    match (found, name) {
        (Some(found), ObjectRef::USER_NAME) => {
            tenure_policy::name_key(found) == tenure_policy::name_key(wanted)
        }
        (found, _) => found == Some(wanted),
    }
}

async fn holds(
    connector: &dyn Connector,
    ctx: &Context,
    account: &ObjectRef,
    entitlement: &EntitlementRef,
) -> tenure_connector::Result<Option<bool>> {
    let capabilities = connector.capabilities();
    if capabilities.class(&ObjectClass::GRANT).is_none_or(|found| found.list.is_none()) {
        return Ok(None);
    }
    let same = |object: &Object| {
        GrantRecord::try_from(&object.resource)
            .is_ok_and(|grant| grant.principal == account.id && grant.entitlement == *entitlement)
    };
    Ok(Some(search(connector, ctx, &ObjectClass::GRANT, "principal", &account.id, same).await?.is_some()))
}

/// Finds the first object that fits: by a filter where the target understands it, else by walking through all.
async fn search(
    connector: &dyn Connector,
    ctx: &Context,
    class: &ObjectClass,
    attribute: &str,
    value: &str,
    fits: impl Fn(&Object) -> bool,
) -> tenure_connector::Result<Option<Object>> {
    let capabilities = connector.capabilities();
    let support =
        capabilities.class(class).and_then(|found| found.list.as_ref()).map(|list| list.filter.clone());
    let filters = match support {
        Some(FilterSupport::Full) => true,
        Some(FilterSupport::Equality(names)) => names.iter().any(|name| name.eq_ignore_ascii_case(attribute)),
        _ => false,
    };
    let mut query = ListQuery::new(class.clone());
    if let Some(path) = AttrPath::parse(attribute).ok().filter(|_| filters) {
        query = query.with_filter(Filter::compare(path, CompareOp::Eq, Literal::String(value.to_owned())));
    }
    let (mut seen, mut complete) = (BTreeSet::new(), true);
    loop {
        let page = connector.list(ctx, &query).await?;
        complete &= page.complete;
        if let Some(found) = page.items.into_iter().find(|object| fits(object)) {
            return Ok(Some(found));
        }
        match page.next {
            Some(next) if seen.insert(next.as_str().to_owned()) => query.cursor = Some(next),
            // What a list lacks that is not complete may be there.
            _ if !complete => {
                return Err(ConnectorError::new(ErrorKind::Unavailable, Certainty::Refused)
                    .with_detail("expected a complete list, found one that lacks something"));
            }
            _ => return Ok(None),
        }
    }
}
