//! Which lists make up a class, out of what the system told as data.

use tenure_connector::entitlement::Entitlement;
use tenure_connector::{Context, ExclusiveGroup, ObjectClass, Result};

use super::kind::Grants;
use super::{Collection, Kind, List, System, protocol};
use crate::list::foreign;

/// The collection of a class; that of the users for workers.
pub(super) fn collection<S: System>(system: &S, class: &ObjectClass) -> Result<Option<Collection>> {
    let class = if *class == ObjectClass::WORKER { &ObjectClass::USER } else { class };
    Ok(system.collections()?.into_iter().find(|own| own.mapping().class() == class))
}

/// How many lists make up a class.
pub(super) fn count<S: System>(system: &S, class: &ObjectClass) -> Result<usize> {
    Ok(match class {
        _ if *class == ObjectClass::ENTITLEMENT => system.kinds()?.len(),
        _ if *class == ObjectClass::GRANT => system.kinds()?.iter().map(Kind::count).sum(),
        _ => collection(system, class)?.map_or(0, |own| own.count()),
    })
}

/// One of the lists of a class.
pub(super) async fn list<S: System>(
    system: &S,
    ctx: &Context,
    class: &ObjectClass,
    mut number: usize,
) -> Result<List> {
    if *class == ObjectClass::ENTITLEMENT {
        let kind = system.kinds()?.into_iter().nth(number).ok_or_else(foreign)?;
        return catalogue(system, ctx, &kind).await;
    }
    if *class == ObjectClass::GRANT {
        for kind in system.kinds()? {
            if number >= kind.count() {
                number -= kind.count();
                continue;
            }
            return match kind.holders(number)? {
                Grants::List(list) => Ok(*list),
                Grants::Asked(number) => system.grants(ctx, kind.name(), number).await,
            };
        }
        return Err(foreign());
    }
    match collection(system, class)?.and_then(|own| own.list(class, number)) {
        Some(list) => Ok(list),
        None => system.list(ctx, number).await,
    }
}

/// What is given of a kind, with how many are taken of each; nothing for a kind that is not counted.
pub(super) async fn counted<S: System>(system: &S, ctx: &Context, kind: &str) -> Result<Option<List>> {
    let kinds = system.kinds()?;
    let Some(kind) = kinds.iter().find(|own| own.name() == kind && own.is_counted()) else { return Ok(None) };
    let mut all = Vec::new();
    for one in kind.given_ones() {
        let mut one = one.clone();
        one.used = Some(system.taken(ctx, &one.entitlement).await?);
        all.push(kind.shown(one));
    }
    Ok(Some(List::Given(all)))
}

async fn catalogue<S: System>(system: &S, ctx: &Context, kind: &Kind) -> Result<List> {
    match kind.entitlements(ctx).await? {
        Some(list) => Ok(list),
        None => system.entitlements(ctx, kind.name()).await,
    }
}

/// Entitlements of which an account holds one at most.
pub(super) async fn exclusive<S: System>(system: &S, ctx: &Context) -> Result<Vec<ExclusiveGroup>> {
    let mut groups = Vec::new();
    for kind in system.kinds()? {
        groups.extend(kind.exclusive());
        if !kind.is_single() {
            continue;
        }
        let List::Given(all) = catalogue(system, ctx, &kind).await? else { continue };
        let members = all.iter().map(|one| Entitlement::try_from(&one.resource).map(|one| one.entitlement));
        let members = members.collect::<std::result::Result<_, _>>();
        let members = members.map_err(|_| protocol("expected entitlements, found something else"))?;
        groups.push(ExclusiveGroup { name: kind.name().to_owned(), members, fallback: None });
    }
    Ok(groups)
}
