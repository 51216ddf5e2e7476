use std::collections::BTreeSet;

use serde_json::json;
use tenure_scim::{AttrPath, Filter, Resource};

use super::*;
use crate::{
    AccountStatus, Change, DeleteMode, DeltaToken, ErrorKind, Fields, ListQuery, ObjectRef, Outcome,
    OwnershipScope, Secret, Sort, WriteRequest,
};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

fn user(name: &str) -> Resource {
    Resource::new(USER).with("userName", name).unwrap()
}

fn apply(tenant: &mut Tenant, operation: Operation) -> Result<Outcome> {
    let key = format!("key-{}", tenant.answered.len());
    tenant.apply(&WriteRequest::new(key, operation), None)
}

fn create(tenant: &mut Tenant, resource: Resource) -> ObjectRef {
    apply(tenant, Operation::Create { class: ObjectClass::USER, resource }).unwrap().object.unwrap()
}

fn names(tenant: &Tenant, query: &ListQuery) -> Vec<String> {
    let items = tenant.list(query).unwrap().items;
    items.iter().map(|item| item.resource.text("userName").unwrap().to_owned()).collect()
}

#[test]
fn a_created_account_is_found_by_every_identifier() {
    let mut tenant = Tenant::new();
    let anna = create(&mut tenant, user("Anna").with("externalId", "W1").unwrap());
    assert_eq!(anna.secondary(ObjectRef::USER_NAME), Some("Anna"));
    for reference in [
        ObjectRef::new(ObjectClass::USER, &anna.id),
        ObjectRef::by(ObjectClass::USER, ObjectRef::USER_NAME, "anna"),
        ObjectRef::by(ObjectClass::USER, ObjectRef::EXTERNAL_ID, "W1"),
    ] {
        assert_eq!(tenant.get(&reference, &Fields::All).unwrap().object, anna, "{reference}");
    }
    let nothing = ObjectRef::new(ObjectClass::USER, "");
    assert_eq!(tenant.get(&nothing, &Fields::All).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_taken_name_is_refused_with_the_account_that_has_it() {
    let mut tenant = Tenant::new();
    let anna = create(&mut tenant, user("anna"));
    let again = |tenant: &mut Tenant| {
        apply(tenant, Operation::Create { class: ObjectClass::USER, resource: user("ANNA") }).unwrap_err()
    };
    let error = again(&mut tenant);
    assert_eq!(
        (error.kind(), error.conflicting().map(|found| found.id.clone())),
        (ErrorKind::AlreadyExists, Some(anna.id.clone()))
    );
    apply(&mut tenant, Operation::Delete { object: anna, mode: DeleteMode::Soft }).unwrap();
    assert_eq!(
        again(&mut tenant).kind(),
        ErrorKind::AlreadyExists,
        "a softly deleted account keeps its name"
    );
}

#[test]
fn what_the_schema_does_not_have_is_refused_by_name() {
    let mut tenant = Tenant::new();
    let mut check = |resource: Resource, attribute: &str| {
        let error = apply(&mut tenant, Operation::Create { class: ObjectClass::USER, resource }).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{attribute}");
        assert_eq!(error.attributes().collect::<Vec<_>>(), [attribute]);
    };
    check(user("a").with("shoeSize", 43).unwrap(), "shoeSize");
    check(user("a").with("name", json!({ "nick": "A" })).unwrap(), "name.nick");
    check(user("a").with("emails", json!([{ "adress": "a@b" }])).unwrap(), "emails.adress");
    check(user("a").with("password", "secret").unwrap(), "password");
    check(Resource::new(USER), "userName");
    let wrong_type = Resource::new(USER).with("userName", 7).unwrap();
    let error =
        apply(&mut tenant, Operation::Create { class: ObjectClass::USER, resource: wrong_type }).unwrap_err();
    assert_eq!((error.kind(), error.vendor_code()), (ErrorKind::InvalidInput, Some("invalidValue")));
    assert_eq!(tenant.writes(), 0);
}

#[test]
fn walks_do_not_depend_on_the_page_size_and_survive_what_changes_meanwhile() {
    let mut tenant = Tenant::new();
    let all: Vec<_> = ["dora", "Anna", "carl", "Bert"].map(|name| create(&mut tenant, user(name))).into();
    let sort = Sort { by: AttrPath::parse("userName").unwrap(), descending: false };
    let sorted = ListQuery::new(ObjectClass::USER).with_sort(sort.clone());
    assert_eq!(names(&tenant, &sorted), ["Anna", "Bert", "carl", "dora"]);
    let downwards = ListQuery::new(ObjectClass::USER).with_sort(Sort { descending: true, ..sort });
    assert_eq!(names(&tenant, &downwards), ["dora", "carl", "Bert", "Anna"]);

    let first = tenant.list(&sorted.clone().with_page_size(2)).unwrap();
    assert_eq!(first.total, Some(4));
    apply(&mut tenant, Operation::Delete { object: all[1].clone(), mode: DeleteMode::Permanent }).unwrap();
    create(&mut tenant, user("Aaron"));
    let rest = sorted.with_page_size(10).with_cursor(first.next.unwrap());
    assert_eq!(names(&tenant, &rest), ["carl", "dora"]);
}

#[test]
fn a_filter_narrows_and_a_wrong_one_is_refused() {
    let mut tenant = Tenant::new();
    create(&mut tenant, user("anna").with("active", false).unwrap());
    create(&mut tenant, user("bert"));
    let by = |text: &str| ListQuery::new(ObjectClass::USER).with_filter(Filter::parse(text).unwrap());
    assert_eq!(names(&tenant, &by("userName sw \"A\"")), ["anna"]);
    assert_eq!(names(&tenant, &by("active eq true")), ["bert"]);
    assert_eq!(
        names(&tenant, &by("urn:tenure:params:scim:schemas:1.0:Account:status eq \"disabled\"")),
        ["anna"]
    );
    assert_eq!(tenant.list(&by("shoeSize gt 40")).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn stopping_an_account_is_told_in_both_words() {
    let mut tenant = Tenant::new();
    let anna = create(&mut tenant, user("anna"));
    let mut stop =
        |status| apply(&mut tenant, Operation::SetStatus { object: anna.clone(), status }).unwrap();
    assert!(stop(AccountStatus::Suspended).changed());
    assert!(stop(AccountStatus::Suspended).is_already_so());
    assert!(stop(AccountStatus::Archived).changed());
    let shown = tenant.get(&anna, &Fields::All).unwrap().resource;
    assert_eq!(shown.attr("active").and_then(tenure_scim::ValueRef::as_bool), Some(false));
    assert_eq!(shown.text("urn:tenure:params:scim:schemas:1.0:Account:status"), Some("archived"));
}

#[test]
fn taking_from_somebody_who_is_gone_is_already_so() {
    let gone = || ObjectRef::new(ObjectClass::USER, "99");
    let agent = || EntitlementRef::new("role", "agent");
    let mut tenant = Tenant::new();
    for operation in [
        Operation::Delete { object: gone(), mode: DeleteMode::Soft },
        Operation::Delete { object: gone(), mode: DeleteMode::Permanent },
        Operation::Revoke { object: gone(), entitlement: agent() },
        Operation::ReleaseLicence { object: gone(), licence: agent() },
        Operation::RevokeSessions { object: gone(), scope: SessionScope::All },
        Operation::SetStatus { object: gone(), status: AccountStatus::Suspended },
    ] {
        assert_eq!(apply(&mut tenant, operation.clone()).unwrap(), Outcome::already_gone(), "{operation}");
    }
    for operation in [
        Operation::SetStatus { object: gone(), status: AccountStatus::Active },
        Operation::Grant { object: gone(), entitlement: agent(), parameters: Default::default() },
        Operation::Restore { object: gone() },
        Operation::ResetFactors { object: gone() },
    ] {
        assert_eq!(
            apply(&mut tenant, operation.clone()).unwrap_err().kind(),
            ErrorKind::NotFound,
            "{operation}"
        );
    }
}

#[test]
fn a_tier_takes_the_place_of_another_and_seats_run_out() {
    let seat = |tier: &str| EntitlementRef::new("licence", tier);
    let mut tenant = Tenant::new()
        .with_entitlement(Entitlement::new("licence", "pro").exclusive_in("tier").with_capacity(1))
        .with_entitlement(Entitlement::new("licence", "basic").exclusive_in("tier"));
    let (anna, bert) = (create(&mut tenant, user("anna")), create(&mut tenant, user("bert")));
    let mut assign = |object: &ObjectRef, tier: &str| {
        apply(&mut tenant, Operation::AssignLicence { object: object.clone(), licence: seat(tier) })
    };
    assert!(assign(&anna, "pro").unwrap().changed());
    assert!(assign(&anna, "pro").unwrap().is_already_so());
    assert_eq!(assign(&bert, "pro").unwrap_err().kind(), ErrorKind::NoCapacity);
    assert_eq!(assign(&bert, "gold").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(assign(&anna, "basic").unwrap().effects.len(), 1);
    assert!(assign(&bert, "pro").unwrap().changed(), "the seat that anna left is free");
    let held: Vec<_> = tenant.grants().iter().map(crate::entitlement::GrantRecord::object_id).collect();
    assert_eq!(held, ["1/licence:basic", "2/licence:pro"]);
    assert_eq!(tenant.schema().exclusive_group(&seat("pro")).unwrap().name, "tier");
}

#[test]
fn group_membership_is_a_grant_and_ends_with_the_account() {
    let mut tenant = Tenant::new();
    let anna = create(&mut tenant, user("anna"));
    let group =
        Resource::new("urn:ietf:params:scim:schemas:core:2.0:Group").with("displayName", "Support").unwrap();
    let support = apply(&mut tenant, Operation::Create { class: ObjectClass::GROUP, resource: group })
        .unwrap()
        .object
        .unwrap();
    let entitlement = EntitlementRef::new("group", &support.id);
    let grant = Operation::Grant {
        object: anna.clone(),
        entitlement: entitlement.clone(),
        parameters: Default::default(),
    };
    assert!(apply(&mut tenant, grant).unwrap().changed());
    let shown = tenant.get(&support, &Fields::All).unwrap().resource;
    assert_eq!(shown.attr("members").unwrap().to_json(), json!([{ "value": anna.id, "type": "User" }]));
    assert_eq!(tenant.grants().len(), 1);
    apply(&mut tenant, Operation::Delete { object: anna, mode: DeleteMode::Soft }).unwrap();
    assert!(tenant.grants().is_empty());
}

#[test]
fn an_immutable_grant_stays() {
    let everyone = EntitlementRef::new("role", "everyone");
    let mut tenant = Tenant::new().with_entitlement(Entitlement::new("role", "everyone").immutable());
    let anna = create(&mut tenant, user("anna"));
    tenant.seed_immutable_grant(&anna.id, everyone.clone());
    let error = apply(&mut tenant, Operation::Revoke { object: anna, entitlement: everyone }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Policy);
}

#[test]
fn an_old_version_is_refused_and_a_reused_key_too() {
    let mut tenant = Tenant::new();
    let anna = create(&mut tenant, user("anna"));
    let stop = |status| Operation::SetStatus { object: anna.clone(), status };
    let request = WriteRequest::new("k", stop(AccountStatus::Suspended)).expecting("7");
    let error = tenant.apply(&request, None).unwrap_err();
    assert_eq!(
        (error.kind(), error.detail()),
        (ErrorKind::Conflict, "expected version `7` of `User/1`, found `1`")
    );
    assert!(
        tenant
            .apply(&WriteRequest::new("k", stop(AccountStatus::Suspended)).expecting("1"), None)
            .unwrap()
            .changed()
    );
    let other = WriteRequest::new("k", stop(AccountStatus::Active));
    assert_eq!(tenant.apply(&other, None).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn changes_are_told_in_order_until_the_token_is_too_old() {
    let mut tenant = Tenant::new();
    let start = tenant.changes(&ObjectClass::USER, None).unwrap();
    assert!(start.changes.is_empty());
    let anna = create(&mut tenant, user("anna"));
    let bert = create(&mut tenant, user("bert"));
    apply(&mut tenant, Operation::Delete { object: anna.clone(), mode: DeleteMode::Permanent }).unwrap();
    let page = tenant.changes(&ObjectClass::USER, Some(&start.token)).unwrap();
    let told: Vec<_> =
        page.changes.iter().map(|c| (c.object().id.as_str(), matches!(c, Change::Deleted(_)))).collect();
    assert_eq!(told, [(anna.id.as_str(), true), (bert.id.as_str(), false), (anna.id.as_str(), true)]);
    assert!(!page.more);
    assert!(tenant.changes(&ObjectClass::USER, Some(&page.token)).unwrap().changes.is_empty());
    tenant.forget_history();
    let kind = |token: &DeltaToken| tenant.changes(&ObjectClass::USER, Some(token)).unwrap_err().kind();
    assert_eq!(kind(&page.token), ErrorKind::TokenExpired);
    assert_eq!(kind(&DeltaToken::new("seq-99")), ErrorKind::InvalidInput);
}

#[test]
fn many_changes_come_in_pages() {
    let mut tenant = Tenant::new();
    let mut token = tenant.changes(&ObjectClass::USER, None).unwrap().token;
    for number in 0..250 {
        create(&mut tenant, user(&format!("user{number}")));
    }
    let (mut pages, mut seen) = (0, BTreeSet::new());
    loop {
        let page = tenant.changes(&ObjectClass::USER, Some(&token)).unwrap();
        seen.extend(page.changes.iter().map(|change| change.object().id.clone()));
        (token, pages) = (page.token, pages + 1);
        if !page.more {
            break;
        }
    }
    assert_eq!((pages, seen.len()), (3, 250));
}

#[test]
fn the_rest_of_a_leaver_is_done_once() {
    let mut tenant = Tenant::new();
    let (anna, bert) = (create(&mut tenant, user("anna")), create(&mut tenant, user("bert")));
    tenant.seed_session(&anna.id, SessionScope::Web);
    tenant.seed_session(&anna.id, SessionScope::Tokens);
    tenant.seed_factor(&anna.id);
    tenant.seed_owned("report", "document", &anna.id);
    tenant.seed_owned("standup", "calendar", &anna.id);
    let only = OwnershipScope::Only(BTreeSet::from(["document".to_owned()]));
    let steps = [
        (Operation::RevokeSessions { object: anna.clone(), scope: SessionScope::Web }, 1),
        (Operation::RevokeSessions { object: anna.clone(), scope: SessionScope::All }, 0),
        (Operation::ResetFactors { object: anna.clone() }, 0),
        (Operation::TransferOwnership { object: anna.clone(), to: bert.clone(), scope: only }, 0),
        (Operation::Delete { object: anna.clone(), mode: DeleteMode::Anonymise }, 0),
    ];
    for (operation, sessions) in steps {
        assert!(apply(&mut tenant, operation.clone()).unwrap().changed(), "{operation}");
        assert!(apply(&mut tenant, operation.clone()).unwrap().is_already_so(), "{operation} again");
        assert_eq!(tenant.open_sessions(&anna.id), sessions);
    }
    assert_eq!((tenant.owner_of("report"), tenant.owner_of("standup")), (Some(&*bert.id), Some(&*anna.id)));
    assert!(!serde_json::to_string(&tenant.get(&anna, &Fields::All).unwrap()).unwrap().contains("\"anna\""));
}

#[test]
fn a_softly_deleted_account_comes_back_without_what_it_held() {
    let mut tenant = Tenant::new();
    let anna = create(&mut tenant, user("anna"));
    apply(&mut tenant, Operation::Delete { object: anna.clone(), mode: DeleteMode::Soft }).unwrap();
    assert_eq!(tenant.get(&anna, &Fields::All).unwrap_err().kind(), ErrorKind::NotFound);
    assert!(apply(&mut tenant, Operation::Restore { object: anna.clone() }).unwrap().changed());
    assert!(apply(&mut tenant, Operation::Restore { object: anna.clone() }).unwrap().is_already_so());
    apply(&mut tenant, Operation::Delete { object: anna.clone(), mode: DeleteMode::Soft }).unwrap();
    assert!(
        apply(&mut tenant, Operation::Delete { object: anna.clone(), mode: DeleteMode::Permanent })
            .unwrap()
            .changed()
    );
    assert_eq!(
        apply(&mut tenant, Operation::Restore { object: anna }).unwrap_err().kind(),
        ErrorKind::NotFound
    );
}

#[test]
fn a_weak_credential_is_refused_and_never_shown() {
    let mut tenant = Tenant::new();
    let anna = create(&mut tenant, user("anna"));
    let credential = crate::CredentialSource::Reference(crate::SecretRef::new("anna"));
    let operation = Operation::SetCredential { object: anna.clone(), credential };
    let mut set = |key: &str, text: &str| {
        tenant.apply(&WriteRequest::new(key, operation.clone()), Some(Secret::new(text)))
    };
    let error = set("k1", "hunter2").unwrap_err();
    assert_eq!((error.kind(), error.attributes().collect::<Vec<_>>()), (ErrorKind::Policy, vec!["password"]));
    assert!(!format!("{error:?} {error}").contains("hunter2"));
    assert!(set("k2", "a-long-enough-one").unwrap().changed());
    assert!(tenant.accepts(&anna.id, &Secret::new("a-long-enough-one")));
    assert!(!format!("{tenant:?}").contains("a-long-enough-one"));
}

#[test]
fn long_member_lists_are_flagged_and_read_in_full_one_by_one() {
    let rules = TenantRules { listed_members: Some(2), ..TenantRules::default() };
    let mut tenant = Tenant::new().with_rules(rules);
    let members: Vec<_> = (0..3).map(|n| json!({ "value": n.to_string() })).collect();
    let group = Resource::new("urn:ietf:params:scim:schemas:core:2.0:Group")
        .with("displayName", "All")
        .unwrap()
        .with("members", members)
        .unwrap();
    let group = tenant.seed(&ObjectClass::GROUP, group);
    let listed = &tenant.list(&ListQuery::new(ObjectClass::GROUP)).unwrap().items[0];
    let path = AttrPath::parse("members").unwrap();
    assert!(!listed.is_whole(&path));
    let whole = tenant.get(&group, &Fields::All).unwrap();
    assert!(whole.is_whole(&path));
    assert_eq!(whole.resource.attr("members").unwrap().as_array().unwrap().len(), 3);
}

#[test]
fn a_reader_gets_the_attributes_it_asks_for() {
    let mut tenant = Tenant::new();
    let resource = user("anna").with("title", "Agent").unwrap().with("name.familyName", "Berg").unwrap();
    let anna = create(&mut tenant, resource);
    let paths = |text: &[&str]| text.iter().map(|path| AttrPath::parse(path).unwrap()).collect();
    let seen = |fields: Fields| {
        let resource = tenant.get(&anna, &fields).unwrap().resource;
        ["id", "userName", "title", "name.familyName"].map(|name| resource.attr(name).is_some())
    };
    assert_eq!(seen(Fields::All), [true, true, true, true]);
    assert_eq!(seen(Fields::Only(paths(&["title"]))), [true, false, true, false]);
    assert_eq!(seen(Fields::Except(paths(&["title", "id"]))), [true, true, false, true]);
}

#[test]
fn an_update_is_all_or_nothing_and_keeps_names_unique() {
    let mut tenant = Tenant::new();
    let (anna, _) = (
        create(&mut tenant, user("anna").with("title", "Agent").unwrap()),
        create(&mut tenant, user("bert")),
    );
    let mut update = |patch: serde_json::Value| {
        let body =
            json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": patch });
        let patch = serde_json::from_value(body).unwrap();
        let outcome = apply(&mut tenant, Operation::Update { object: anna.clone(), patch });
        (outcome.map_err(|error| error.kind()), tenant.get(&anna, &Fields::All).unwrap())
    };
    let (outcome, seen) = update(
        json!([{ "op": "replace", "path": "title", "value": "Lead" }, { "op": "replace", "path": "active", "value": false }]),
    );
    assert!(outcome.unwrap().changed());
    assert_eq!(seen.resource.text("urn:tenure:params:scim:schemas:1.0:Account:status"), Some("disabled"));
    let (outcome, again) = update(json!([{ "op": "replace", "path": "title", "value": "Lead" }]));
    assert!(outcome.unwrap().is_already_so());
    assert_eq!(again, seen);
    for (patch, kind) in [
        (
            json!([{ "op": "remove", "path": "title" }, { "op": "add", "path": "shoeSize", "value": 43 }]),
            ErrorKind::InvalidInput,
        ),
        (
            json!([{ "op": "remove", "path": "title" }, { "op": "replace", "path": "userName", "value": "BERT" }]),
            ErrorKind::AlreadyExists,
        ),
        (json!([{ "op": "remove", "path": "userName" }]), ErrorKind::InvalidInput),
        (
            json!([{ "op": "replace", "path": "password", "value": "a-long-enough-one" }]),
            ErrorKind::InvalidInput,
        ),
    ] {
        let (outcome, after) = update(patch.clone());
        assert_eq!(outcome.unwrap_err(), kind, "{patch}");
        assert_eq!(after, seen, "nothing of it is done: {patch}");
    }
    let gone = Operation::Update {
        object: ObjectRef::new(ObjectClass::USER, "99"),
        patch: tenure_scim::Patch::default(),
    };
    assert_eq!(apply(&mut tenant, gone).unwrap_err().kind(), ErrorKind::NotFound);
}
