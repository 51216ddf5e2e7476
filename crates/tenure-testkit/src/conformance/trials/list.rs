use std::collections::BTreeSet;

use tenure_connector::{
    ConnectorExt, Cursor, ErrorKind, FilterSupport, ListQuery, ObjectClass, OperationKind,
};
use tenure_scim::{AttrPath, CompareOp, Filter, ValueRef};

use crate::conformance::failure::{Ended, ensure, passed, skip};
use crate::conformance::{Bench, Failure};

/// Whether accounts can be listed by an equality on this attribute.
pub(super) fn filters_by(bench: &Bench, attribute: &str) -> bool {
    let capabilities = bench.capabilities();
    let list = capabilities.class(&ObjectClass::USER).and_then(|class| class.list.clone());
    match list.map(|list| list.filter) {
        Some(FilterSupport::Full) => true,
        Some(FilterSupport::Equality(attributes)) => {
            attributes.iter().any(|known| known.eq_ignore_ascii_case(attribute))
        }
        _ => false,
    }
}

fn listed(bench: &Bench) -> impl Iterator<Item = ObjectClass> {
    bench.capabilities().classes.into_iter().filter(|(_, class)| class.list.is_some()).map(|(class, _)| class)
}

async fn some_accounts(bench: &Bench, count: usize) -> Result<BTreeSet<String>, Failure> {
    let mut ids = BTreeSet::new();
    if bench.can(OperationKind::Create) {
        for _ in 0..count {
            ids.insert(bench.create_user("listed").await?.id);
        }
    }
    Ok(ids)
}

pub(super) async fn page_walk_equals_one_page(bench: &Bench) -> Ended {
    let made = some_accounts(bench, 5).await?;
    for class in listed(bench) {
        let whole = bench.list(ListQuery::new(class.clone())).await?;
        for size in [1, 2] {
            let walked = bench.list(ListQuery::new(class.clone()).with_page_size(size)).await?;
            let ids = |items: &[tenure_connector::Object]| {
                items.iter().map(|item| item.object.id.clone()).collect::<Vec<_>>()
            };
            ensure(ids(&walked.items) == ids(&whole.items), || {
                format!(
                    "`{class}`: pages of {size} give {} objects, one page {}",
                    walked.items.len(),
                    whole.items.len()
                )
            })?;
            ensure(walked.complete == whole.complete, || {
                format!("`{class}`: complete depends on the page size")
            })?;
        }
        let page =
            bench.connector().list(&bench.ctx, &ListQuery::new(class.clone()).with_page_size(1)).await?;
        ensure(page.items.len() <= 1, || {
            format!("`{class}`: expected one object, found {}", page.items.len())
        })?;
        let promised = page.total.is_none_or(|total| total == whole.items.len() as u64);
        ensure(promised, || {
            format!("`{class}`: the total is {:?}, but there are {}", page.total, whole.items.len())
        })?;
        if class == ObjectClass::USER {
            let found: BTreeSet<_> = whole.items.iter().map(|item| item.object.id.clone()).collect();
            ensure(found.is_superset(&made), || {
                "an account that was just made is not in the list".to_owned()
            })?;
            ensure(found.len() == whole.items.len(), || "an account is listed twice".to_owned())?;
        }
    }
    passed()
}

pub(super) async fn cursor_survives_serialisation(bench: &Bench) -> Ended {
    some_accounts(bench, 3).await?;
    let mut tried = false;
    for class in listed(bench) {
        let query = ListQuery::new(class).with_page_size(1);
        let first = bench.connector().list(&bench.ctx, &query).await?;
        let Some(next) = first.next else { continue };
        tried = true;
        let text = serde_json::to_string(&next).map_err(|error| Failure::new(error.to_string()))?;
        let kept: Cursor = serde_json::from_str(&text).map_err(|error| Failure::new(error.to_string()))?;
        let second = bench.connector().list(&bench.ctx, &query.clone().with_cursor(kept.clone())).await?;
        let again = bench.connector().list(&bench.ctx, &query.with_cursor(kept)).await?;
        let fresh = second.items.first() != first.items.first();
        ensure(fresh && !second.items.is_empty(), || "the second page repeats the first".to_owned())?;
        ensure(second.items == again.items, || {
            "the same cursor gives another page the second time".to_owned()
        })?;
    }
    if tried { passed() } else { skip("no class has two objects") }
}

pub(super) async fn foreign_cursor_is_refused(bench: &Bench) -> Ended {
    for class in listed(bench) {
        let query = ListQuery::new(class.clone()).with_cursor(Cursor::new("not-a-cursor-of-yours"));
        let kind = bench.connector().list(&bench.ctx, &query).await.err().map(|error| error.kind());
        let fine = matches!(kind, Some(ErrorKind::InvalidInput | ErrorKind::TokenExpired));
        ensure(fine, || format!("`{class}`: a foreign cursor: expected invalid input, found {kind:?}"))?;
    }
    passed()
}

pub(super) async fn filter_is_exact(bench: &Bench) -> Ended {
    if !bench.can(OperationKind::Create) || !filters_by(bench, "userName") {
        return skip("accounts cannot be created and filtered by `userName`");
    }
    let (one, other) = (bench.name("exact"), bench.name("exact"));
    let id = bench.create(ObjectClass::USER, bench.user(&one)).await?.id;
    bench.create(ObjectClass::USER, bench.user(&other)).await?;
    let path = AttrPath::parse("userName")?;
    let equal = |name: &str| Filter::compare(path.clone(), CompareOp::Eq, name);
    let (there, nobody) = (bench.user_name(&one), bench.user_name(&bench.name("nobody")));
    for (filter, expected) in [(equal(&there), vec![id.clone()]), (equal(&nobody), Vec::new())] {
        let found = bench.list(ListQuery::new(ObjectClass::USER).with_filter(filter.clone())).await?;
        let ids: Vec<_> = found.items.iter().map(|item| item.object.id.clone()).collect();
        ensure(ids == expected, || format!("`{filter}`: expected {expected:?}, found {ids:?}"))?;
    }
    passed()
}

pub(super) async fn filter_is_never_ignored(bench: &Bench) -> Ended {
    some_accounts(bench, 2).await?;
    for class in listed(bench) {
        let whole = bench.list(ListQuery::new(class.clone())).await?.items.len();
        if whole == 0 {
            continue;
        }
        let filter = Filter::not(Filter::present(AttrPath::parse("id")?));
        let result = bench.list(ListQuery::new(class.clone()).with_filter(filter)).await;
        match result {
            Ok(listing) => ensure(listing.items.is_empty(), || {
                format!(
                    "`{class}`: a filter that nothing matches gave {} of {whole} objects",
                    listing.items.len()
                )
            })?,
            Err(error) => {
                let refused = matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput);
                ensure(refused, || {
                    format!("`{class}`: expected the filter honoured or unsupported, found `{error}`")
                })?;
            }
        }
    }
    passed()
}

pub(super) async fn partial_values_are_flagged(bench: &Bench) -> Ended {
    for class in listed(bench) {
        let readable = bench.capabilities().class(&class).is_some_and(|class| class.get);
        if !readable {
            continue;
        }
        let listing = bench.list(ListQuery::new(class.clone())).await?;
        for item in listing.items.iter().take(50) {
            let Some(whole) = bench.connector().try_get(&bench.ctx, &item.object).await? else { continue };
            for (name, value) in whole.resource.attributes() {
                let (Some(all), Ok(path)) = (value.as_array(), AttrPath::parse(name)) else { continue };
                let shown =
                    item.resource.get(&path).and_then(ValueRef::as_array).map_or(0, |shown| shown.len());
                let honest = shown == all.len() || !item.is_whole(&path);
                ensure(honest, || {
                    format!(
                        "`{}` lists {shown} of {} values of `{name}` without saying so",
                        item.object,
                        all.len()
                    )
                })?;
            }
        }
    }
    passed()
}

pub(super) async fn lists_repeat(bench: &Bench) -> Ended {
    for class in listed(bench) {
        let query = || ListQuery::new(class.clone());
        let (first, second) = (bench.list(query()).await?, bench.list(query()).await?);
        // A system may note on its own, a little later, that its reader was there; then it repeats itself from there on.
        let repeated = first == second || second == bench.list(query()).await?;
        ensure(repeated, || {
            format!("`{class}`: lists with nothing between them differ, also when repeated")
        })?;
    }
    passed()
}
