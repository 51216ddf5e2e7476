use serde_json::Value;
use tenure_connector::{ErrorKind, ListQuery, ObjectClass, ObjectRef, Operation, OperationKind};
use tenure_scim::schema::{Mutability, Returned};
use tenure_scim::{AttrPath, CompareOp, Filter, Resource, ResourceSchema, ValueRef};

use super::list::filters_by;
use crate::conformance::failure::{Ended, ensure, passed, skip};
use crate::conformance::{Bench, Failure};

const NO_CREATE: &str = "accounts cannot be created";

pub(super) async fn create_round_trip(bench: &Bench) -> Ended {
    if !bench.can(OperationKind::Create) {
        return skip(NO_CREATE);
    }
    let sent = bench.user(&bench.name("round"));
    let object = bench.create(ObjectClass::USER, sent.clone()).await?;
    let read = bench.get(&object).await?;
    ensure(read.object.id == object.id, || {
        format!("expected the object `{object}`, found `{}`", read.object)
    })?;
    same_attributes(&sent, &read.resource)?;
    let listing = bench.list(ListQuery::new(ObjectClass::USER)).await?;
    let listed: Vec<_> = listing.items.iter().filter(|item| item.object.id == object.id).collect();
    match listed.as_slice() {
        [only] => same_attributes(&sent, &only.resource)?,
        several => {
            return Err(Failure::new(format!(
                "expected the new account once in the list, found {} times",
                several.len()
            )));
        }
    }
    passed()
}

pub(super) async fn create_answers_the_reference(bench: &Bench) -> Ended {
    if !bench.can(OperationKind::Create) {
        return skip(NO_CREATE);
    }
    let name = bench.name("reference");
    let outcome =
        bench.apply(Operation::Create { class: ObjectClass::USER, resource: bench.user(&name) }).await?;
    ensure(outcome.changed(), || {
        format!("expected done and changed after a create, found {:?}", outcome.status)
    })?;
    let object =
        outcome.object.ok_or_else(|| Failure::new("expected the new account's reference, found none"))?;
    let usable = object.class == ObjectClass::USER && !object.id.is_empty();
    ensure(usable, || format!("expected a user with an id, found `{object}`"))?;
    passed()
}

pub(super) async fn created_is_found_by_name(bench: &Bench) -> Ended {
    if !bench.can(OperationKind::Create) || !filters_by(bench, "userName") {
        return skip("accounts cannot be created and filtered by `userName`");
    }
    let name = bench.name("find");
    let object = bench.create(ObjectClass::USER, bench.user(&name)).await?;
    let found = find(bench, &bench.user_name(&name)).await?;
    ensure(found == [object.id.clone()], || {
        format!("expected only `{object}` by its name, found {found:?}")
    })?;
    passed()
}

pub(super) async fn create_twice_is_refused(bench: &Bench) -> Ended {
    if !bench.can(OperationKind::Create) {
        return skip(NO_CREATE);
    }
    let name = bench.name("twice");
    let first = bench.create(ObjectClass::USER, bench.user(&name)).await?;
    let again =
        bench.apply(Operation::Create { class: ObjectClass::USER, resource: bench.user(&name) }).await;
    let error = Bench::expect_kind("a create with a name that is taken", again, ErrorKind::AlreadyExists)?;
    if let Some(conflicting) = error.conflicting() {
        let same = conflicting.id == first.id;
        ensure(same, || format!("expected the conflicting account `{first}`, found `{conflicting}`"))?;
    }
    passed()
}

pub(super) async fn create_repeated_with_the_same_key(bench: &Bench) -> Ended {
    let capabilities = bench.capabilities();
    if !capabilities
        .operation(&ObjectClass::USER, OperationKind::Create)
        .is_some_and(|support| support.idempotent)
    {
        return skip("a create is not declared idempotent");
    }
    let (key, name) = (bench.key(), bench.name("repeat"));
    let create = || Operation::Create { class: ObjectClass::USER, resource: bench.user(&name) };
    let first = bench.apply_as(&key, create()).await?;
    let second = bench.apply_as(&key, create()).await?;
    Bench::expect_already_so("a create repeated with its key", &second)?;
    let same =
        first.object.as_ref().map(|object| &object.id) == second.object.as_ref().map(|object| &object.id);
    ensure(same, || format!("expected the first account again, found {:?}", second.object))?;
    passed()
}

pub(super) async fn create_disabled(bench: &Bench) -> Ended {
    if !bench.can(OperationKind::Create) || !bench.can(OperationKind::SetStatus) {
        return skip("accounts cannot be created and stopped");
    }
    let mut resource = bench.user(&bench.name("disabled"));
    resource.set(&AttrPath::parse("active")?, false);
    let object = bench.create(ObjectClass::USER, resource).await?;
    let active = bench.get(&object).await?.resource.attr("active").and_then(ValueRef::as_bool);
    ensure(active == Some(false), || {
        format!("expected an account created as inactive, found active {active:?}")
    })?;
    passed()
}

pub(super) async fn required_is_enough_and_needed(bench: &Bench) -> Ended {
    if !bench.can(OperationKind::Create) {
        return skip(NO_CREATE);
    }
    let schema = bench.connector().schema(&bench.ctx).await?;
    let registry = schema.registry()?;
    let users = registry
        .resource("User")
        .ok_or_else(|| Failure::new("expected a resource type `User`, found none"))?;
    let full = bench.user(&bench.name("required"));
    let mut least = Resource::default();
    full.schemas().for_each(|schema| least.add_schema(schema));
    let required: Vec<_> = required_names(users);
    for name in &required {
        if let Some(value) = full.attr(name) {
            least.set(&AttrPath::parse(name)?, value.to_json());
        }
    }
    bench.create(ObjectClass::USER, least.clone()).await?;
    for name in &required {
        let mut lacking = bench.user(&bench.name("lacking"));
        lacking.remove(&AttrPath::parse(name)?);
        let result = bench.apply(Operation::Create { class: ObjectClass::USER, resource: lacking }).await;
        Bench::expect_kind(
            &format!("a create without the required `{name}`"),
            result,
            ErrorKind::InvalidInput,
        )?;
    }
    passed()
}

pub(super) async fn unknown_attribute_is_refused(bench: &Bench) -> Ended {
    if !bench.can(OperationKind::Create) {
        return skip(NO_CREATE);
    }
    let resource = bench.user(&bench.name("unknown")).with("trialNoSuchAttribute", "x")?;
    let name = resource.text("userName").unwrap_or_default().to_owned();
    let result = bench.apply(Operation::Create { class: ObjectClass::USER, resource }).await;
    let error = Bench::expect_kind("a create with an unknown attribute", result, ErrorKind::InvalidInput)?;
    let named = error.attributes().any(|path| path.contains("trialNoSuchAttribute"));
    ensure(named, || format!("expected the error to name the attribute, found `{error}`"))?;
    if filters_by(bench, "userName") {
        let found = find(bench, &name).await?;
        ensure(found.is_empty(), || "the refused account was created all the same".to_owned())?;
    }
    passed()
}

pub(super) async fn awkward_names_survive(bench: &Bench) -> Ended {
    if !bench.can(OperationKind::Create) {
        return skip(NO_CREATE);
    }
    let awkward = [
        "anna maria",
        "Łukasz Żółtowski",
        "Nguyễn-Yılmaz",
        "O'Brien \"Dan\"",
        "李晓明",
        "🦀 crab",
        "a/b?c=d&e#f%20",
        "..%2F..",
        "a,b;c\td",
        "x\\y*(z)",
    ];
    for text in awkward {
        let name = format!("{} {text}", bench.name("awkward"));
        let sent = bench.user(&name);
        let object = bench.create(ObjectClass::USER, sent.clone()).await?;
        same_attributes(&sent, &bench.get(&object).await?.resource)?;
        if filters_by(bench, "userName") {
            let ids = find(bench, &bench.user_name(&name)).await?;
            ensure(ids == [object.id.clone()], || {
                format!("expected only `{object}` by the name `{name}`, found {ids:?}")
            })?;
        }
    }
    passed()
}

pub(super) async fn unreadable_is_never_returned(bench: &Bench) -> Ended {
    let schema = bench.connector().schema(&bench.ctx).await?;
    let registry = schema.registry()?;
    for (class, described) in &schema.classes {
        let Some(compiled) = registry.resource(&described.resource_type.name) else { continue };
        let unreadable: Vec<_> = compiled
            .attributes()
            .iter()
            .filter(|attribute| {
                attribute.returned == Returned::Never || attribute.mutability == Mutability::WriteOnly
            })
            .map(|attribute| attribute.name.as_str())
            .collect();
        if unreadable.is_empty() || bench.capabilities().class(class).is_none_or(|class| class.list.is_none())
        {
            continue;
        }
        if *class == ObjectClass::USER && bench.can(OperationKind::Create) {
            bench.create_user("unreadable").await?;
        }
        for item in bench.list(ListQuery::new(class.clone())).await?.items {
            let shown = unreadable.iter().find(|name| item.resource.attr(name).is_some());
            ensure(shown.is_none(), || {
                format!("`{}` shows the unreadable attribute {shown:?}", item.object)
            })?;
        }
    }
    passed()
}

/// The ids of the accounts with this user name.
pub(super) async fn find(bench: &Bench, name: &str) -> Result<Vec<String>, Failure> {
    let filter = Filter::compare(AttrPath::parse("userName")?, CompareOp::Eq, name);
    let listing = bench.list(ListQuery::new(ObjectClass::USER).with_filter(filter)).await?;
    Ok(listing.items.into_iter().map(|item| item.object.id).collect())
}

/// Every attribute that was sent is there with its value; the system may add others.
pub(super) fn same_attributes(sent: &Resource, read: &Resource) -> Result<(), Failure> {
    for (name, value) in sent.attributes().filter(|(name, _)| *name != "schemas" && *name != "id") {
        let found = member(read, name);
        let same = found.as_ref().is_some_and(|found| contains(found, &value.to_json()));
        ensure(same, || format!("expected `{name}` to be `{}`, found {found:?}", value.to_json()))?;
    }
    Ok(())
}

/// A member at the top level as JSON; an extension by its URI.
pub(super) fn member(resource: &Resource, name: &str) -> Option<Value> {
    let mut same = resource.attributes().filter(|(own, _)| own.eq_ignore_ascii_case(name));
    same.next().map(|(_, value)| value.to_json())
}

fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(name, value)| whole.get(name).is_some_and(|found| contains(found, value)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| contains(whole, part))
        }
        _ => whole == part,
    }
}

fn required_names(schema: &ResourceSchema) -> Vec<String> {
    let needed = |attribute: &&tenure_scim::Attribute| {
        attribute.required && attribute.mutability != Mutability::ReadOnly
    };
    schema.attributes().iter().filter(needed).map(|attribute| attribute.name.as_str().to_owned()).collect()
}

pub(super) async fn read_missing_is_not_found(bench: &Bench) -> Ended {
    let object = super::about::missing_of_a_class(bench)?;
    Bench::expect_kind("get of a missing object", bench.get(&object).await, ErrorKind::NotFound)?;
    if bench.can(OperationKind::Create) {
        let by_name = ObjectRef::by(ObjectClass::USER, ObjectRef::USER_NAME, bench.name("nobody"));
        let error = bench.get(&by_name).await.err().map(|error| error.kind());
        let fine = matches!(error, Some(ErrorKind::NotFound | ErrorKind::InvalidInput));
        ensure(fine, || {
            format!("get by an unknown name: expected not found or invalid input, found {error:?}")
        })?;
    }
    passed()
}
