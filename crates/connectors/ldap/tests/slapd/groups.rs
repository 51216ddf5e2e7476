use std::collections::HashSet;

use serde_json::json;
use tenure_connector::{
    Connector as _, ConnectorExt as _, Fields, ListQuery, ObjectClass, ObjectRef, Operation,
};
use tenure_connector_ldap::{Flavour, LdapConnector};
use tenure_scim::{AttrPath, Filter, Patch, PatchPath};

use crate::server::{Place, add_group, add_user, apply, ctx, dn, grant, revoke, values};

fn path(text: &str) -> PatchPath {
    PatchPath::parse(text).unwrap()
}

#[tokio::test]
async fn the_last_member_leaves_the_placeholder_behind() {
    let Some(place) = Place::new().await else { return };
    let connector = place.connector();
    let (anna, staff) = (add_user(&connector, "anna").await, add_group(&connector, "Staff").await);
    assert_eq!(values(&place, dn(&staff), "member").await, ["cn=nobody"]);
    assert!(apply(&connector, grant(&anna, &staff)).await.unwrap().changed());
    assert!(apply(&connector, revoke(&anna, &staff)).await.unwrap().changed());

    // A group that someone else made has no placeholder.
    let mut admin = place.server.admin().await;
    let only = ldap3::Mod::Replace("member", [dn(&anna)].into());
    admin.modify(dn(&staff), vec![only]).await.unwrap().success().unwrap();
    assert!(apply(&connector, revoke(&anna, &staff)).await.unwrap().changed());
    assert_eq!(values(&place, dn(&staff), "member").await, ["cn=nobody"]);
    let shown = connector.get(&ctx(), &staff, &Fields::All).await.unwrap();
    assert!(shown.resource.attr("members").is_none(), "the placeholder is nobody");
}

#[tokio::test]
async fn a_patch_that_takes_the_last_member_leaves_the_placeholder_too() {
    let Some(place) = Place::new().await else { return };
    let connector = place.connector();
    let (anna, staff) = (add_user(&connector, "anna").await, add_group(&connector, "Staff").await);
    let mut admin = place.server.admin().await;
    let only = ldap3::Mod::Replace("member", [dn(&anna)].into());
    admin.modify(dn(&staff), vec![only]).await.unwrap().success().unwrap();
    let patch = Patch::default().remove(path(&format!("members[value eq \"{}\"]", anna.id)));
    let update = Operation::Update { object: staff.clone(), patch };
    assert!(apply(&connector, update.clone()).await.unwrap().changed());
    assert_eq!(values(&place, dn(&staff), "member").await, ["cn=nobody"]);
    assert!(apply(&connector, update).await.unwrap().is_already_so());
}

#[tokio::test]
async fn members_come_and_go_by_patch_and_groups_may_be_members() {
    let Some(place) = Place::new().await else { return };
    let connector = place.connector();
    let (anna, ben) = (add_user(&connector, "anna").await, add_user(&connector, "ben").await);
    let (staff, inner) = (add_group(&connector, "Staff").await, add_group(&connector, "Inner").await);
    let patch = Patch::default()
        .add(path("members"), json!([{ "value": anna.id }, { "value": inner.id, "type": "Group" }]))
        .replace(path("displayName"), "All staff");
    let outcome = apply(&connector, Operation::Update { object: staff.clone(), patch }).await.unwrap();
    let staff = outcome.object.unwrap();
    assert!(dn(&staff).starts_with("cn=All staff,"), "{staff:?}");
    let shown = connector.get(&ctx(), &staff, &Fields::All).await.unwrap();
    let members = shown.resource.attr("members").unwrap().to_json();
    let of = |member: serde_json::Value| members.as_array().unwrap().contains(&member);
    assert_eq!(members.as_array().map(Vec::len), Some(2));
    assert!(of(json!({ "value": anna.id, "type": "User" })));
    assert!(of(json!({ "value": inner.id, "type": "Group" })));

    let grants = connector.list_all(&ctx(), ListQuery::new(ObjectClass::GRANT), 100).await.unwrap();
    let ids: Vec<_> = grants.items.iter().map(|grant| grant.object.id.clone()).collect();
    assert_eq!(ids, [format!("{}/group:{}", anna.id, staff.id)], "a group in a group is no grant");

    let all = Patch::default().replace(path("members"), json!([{ "value": ben.id }]));
    assert!(
        apply(&connector, Operation::Update { object: staff.clone(), patch: all }).await.unwrap().changed()
    );
    assert_eq!(values(&place, dn(&staff), "member").await, ["cn=nobody", dn(&ben)]);
}

#[tokio::test]
async fn groups_are_found_by_their_members() {
    let Some(place) = Place::new().await else { return };
    let connector = place.connector();
    let (anna, staff) = (add_user(&connector, "anna").await, add_group(&connector, "Staff").await);
    add_group(&connector, "Others").await;
    apply(&connector, grant(&anna, &staff)).await.unwrap();
    for (id, expected) in
        [(anna.id.as_str(), vec![staff.id.clone()]), ("00000000-0000-0000-0000-000000000000", vec![])]
    {
        let filter = Filter::parse(&format!("members.value eq \"{id}\"")).unwrap();
        let query = ListQuery::new(ObjectClass::GROUP).with_filter(filter);
        let found = connector.list_all(&ctx(), query, 100).await.unwrap();
        let ids: Vec<_> = found.items.iter().map(|item| item.object.id.clone()).collect();
        assert_eq!(ids, expected);
    }
}

#[tokio::test]
async fn a_list_of_groups_says_that_it_leaves_members_out() {
    let Some(place) = Place::new().await else { return };
    let connector = place.connector();
    add_group(&connector, "Staff").await;
    let page = connector.list(&ctx(), &ListQuery::new(ObjectClass::GROUP)).await.unwrap();
    let members = AttrPath::parse("members").unwrap();
    assert!(!page.items[0].is_whole(&members));
    let only = Fields::Only([AttrPath::parse("displayName").unwrap()].into());
    let page = connector.list(&ctx(), &ListQuery::new(ObjectClass::GROUP).with_fields(only)).await.unwrap();
    assert!(page.items[0].is_whole(&members));
}

#[tokio::test]
async fn grants_are_the_same_by_members_and_by_back_links() {
    let Some(place) = Place::new().await else { return };
    let connector = place.connector();
    let (anna, ben) = (add_user(&connector, "anna").await, add_user(&connector, "ben").await);
    let (staff, sales) = (add_group(&connector, "Staff").await, add_group(&connector, "Sales").await);
    for (account, group) in [(&anna, &staff), (&anna, &sales), (&ben, &sales)] {
        apply(&connector, grant(account, group)).await.unwrap();
    }
    let mut config = place.config(Flavour::OpenLdap);
    config.member_of = Some(true);
    let linked = LdapConnector::new(config).unwrap();
    let mut all = Vec::new();
    for connector in [&connector, &linked] {
        let grants =
            connector.list_all(&ctx(), ListQuery::new(ObjectClass::GRANT).with_page_size(1), 100).await;
        let mut ids: Vec<_> = grants.unwrap().items.into_iter().map(|grant| grant.object.id).collect();
        ids.sort();
        all.push(ids);
    }
    assert_eq!((all[0].len(), &all[0]), (3, &all[1]));
    let grant = ObjectRef::new(ObjectClass::GRANT, format!("{}/group:{}", ben.id, sales.id));
    assert!(connector.get(&ctx(), &grant, &Fields::All).await.is_ok());
    let absent = ObjectRef::new(ObjectClass::GRANT, format!("{}/group:{}", ben.id, staff.id));
    assert!(connector.try_get(&ctx(), &absent).await.unwrap().is_none());
}

#[tokio::test]
async fn the_members_of_a_large_group_among_many_groups_are_each_seen_once() {
    let Some(place) = Place::new().await else { return };
    let (people, groups) = (place.under("People"), place.under("Groups"));
    let mut admin = place.server.admin().await;
    let one = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<HashSet<_>>();
    let mut everybody = HashSet::from(["cn=nobody".to_owned()]);
    for n in 0..2_100 {
        let (name, dn) = (format!("p{n}"), format!("uid=p{n},{people}"));
        let attributes = [("objectClass", "inetOrgPerson"), ("uid", &name), ("cn", &name), ("sn", &name)];
        let attributes = attributes.map(|(name, value)| (name.to_owned(), one(&[value])));
        admin.add(&dn, attributes.to_vec()).await.unwrap().success().unwrap();
        everybody.insert(dn);
    }
    // More groups than come in one page of them, the large one among the first.
    for n in 0..15 {
        let few = || one(&[&format!("uid=p{n},{people}")]);
        let members = if n == 3 { everybody.clone() } else { few() };
        let class = ("objectClass".to_owned(), one(&["groupOfNames"]));
        let named = ("cn".to_owned(), one(&[&format!("g{n}")]));
        let attributes = vec![class, named, ("member".to_owned(), members)];
        admin.add(&format!("cn=g{n},{groups}"), attributes).await.unwrap().success().unwrap();
    }
    for size in [70, 1_000] {
        let query = ListQuery::new(ObjectClass::GRANT).with_page_size(size);
        let listing = place.connector().list_all(&ctx(), query, 10_000).await.unwrap();
        let ids: HashSet<_> = listing.items.iter().map(|item| item.object.id.clone()).collect();
        assert_eq!(
            (listing.complete, listing.items.len(), ids.len()),
            (true, 2_114, 2_114),
            "pages of {size}"
        );
    }
}
