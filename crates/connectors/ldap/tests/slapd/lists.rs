use std::collections::{BTreeMap, BTreeSet};

use tenure_connector::{
    AccountStatus, Connector as _, ConnectorExt as _, DeleteMode, ErrorKind, ListQuery, ObjectClass,
    ObjectRef, Operation,
};
use tenure_connector_ldap::{Flavour, LdapConnector};
use tenure_scim::Filter;

use crate::proxy::{Proxy, SEARCH};
use crate::server::{Place, add_user, apply, ctx, of_two_places};

#[tokio::test]
async fn a_walk_sees_everyone_who_stays_exactly_once() {
    let Some(place) = Place::new().await else { return };
    let connector = place.connector();
    let mut made = Vec::new();
    for at in 0..12 {
        made.push(add_user(&connector, &format!("stays-{at}")).await);
    }
    let mut query = ListQuery::new(ObjectClass::USER).with_page_size(3);
    let mut seen = Vec::new();
    for round in 0.. {
        let page = connector.list(&ctx(), &query).await.unwrap();
        assert!(page.complete);
        seen.extend(page.items.into_iter().map(|item| item.object.id));
        let Some(next) = page.next else { break };
        query = query.with_cursor(next);
        // Someone who was seen goes, someone comes: neither moves the others.
        let gone = made.iter().position(|object| object.id == seen[0]).filter(|_| round == 0);
        if let Some(gone) = gone {
            let delete = Operation::Delete { object: made.remove(gone), mode: DeleteMode::Permanent };
            apply(&connector, delete).await.unwrap();
        }
        add_user(&connector, &format!("comes-{round}")).await;
    }
    for object in &made {
        assert_eq!(seen.iter().filter(|id| **id == object.id).count(), 1, "{object}");
    }
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len(), "nobody twice");
}

/// People are in two places, which are searched one after the other.
#[tokio::test]
async fn whoever_moves_while_all_are_listed_is_listed_once() {
    let Some((_place, connector)) = of_two_places().await else { return };
    let mut active = BTreeMap::new();
    for at in 0..6 {
        let made = add_user(&connector, &format!("anna-{at}")).await;
        active.insert(made.id.clone(), (made, true));
    }
    let toggle = async |(object, active): &mut (ObjectRef, bool)| {
        let status = if *active { AccountStatus::Disabled } else { AccountStatus::Active };
        apply(&connector, Operation::SetStatus { object: object.clone(), status }).await.unwrap();
        *active = !*active;
    };
    for some in active.values_mut().take(3) {
        toggle(some).await;
    }
    let mut query = ListQuery::new(ObjectClass::USER).with_page_size(1);
    let mut seen = Vec::new();
    for round in 0.. {
        let page = connector.list(&ctx(), &query).await.unwrap();
        seen.extend(page.items.into_iter().map(|item| item.object.id));
        let Some(next) = page.next else { break };
        query = query.with_cursor(next);
        // One moves to where the walk still comes, others to where it was already.
        for (id, one) in &mut active {
            if round == 0 && *id == seen[0] || round == 3 && !seen.contains(id) {
                toggle(one).await;
            }
        }
    }
    seen.sort();
    assert_eq!(seen, active.into_keys().collect::<Vec<_>>());
}

/// Part of a page may be read and lost with the call that nobody waited for.
#[tokio::test]
async fn a_walk_whose_page_was_broken_off_begins_anew_instead_of_losing_somebody() {
    let Some(place) = Place::new().await else { return };
    let proxy = Proxy::start(&place.server.plain);
    let connector = LdapConnector::new(place.plain(proxy.port())).unwrap();
    for at in 0..5 {
        add_user(&connector, &format!("anna-{at}")).await;
    }
    let query = ListQuery::new(ObjectClass::USER).with_page_size(1);
    let first = connector.list(&ctx(), &query).await.unwrap();
    let next = query.with_cursor(first.next.unwrap());
    let (held, context) = (proxy.hold(SEARCH), ctx());
    tokio::select! {
        page = connector.list(&context, &next) => panic!("the search is held: {page:?}"),
        came = held.came => came.unwrap(),
    }
    drop(held.go);
    assert_eq!(connector.list(&ctx(), &next).await.unwrap_err().kind(), ErrorKind::TokenExpired);
}

#[tokio::test]
async fn many_walks_go_on_beside_each_other() {
    let Some(place) = Place::new().await else { return };
    let connector = place.connector();
    for at in 0..4 {
        add_user(&connector, &format!("anna-{at}")).await;
    }
    let query = ListQuery::new(ObjectClass::USER).with_page_size(1);
    let (one, other) =
        (connector.list(&ctx(), &query).await.unwrap(), connector.list(&ctx(), &query).await.unwrap());
    let step = |page: &tenure_connector::Page| query.clone().with_cursor(page.next.clone().unwrap());
    let (second, again) = (
        connector.list(&ctx(), &step(&one)).await.unwrap(),
        connector.list(&ctx(), &step(&other)).await.unwrap(),
    );
    assert_eq!(second.items, again.items);
    assert_ne!(second.items, one.items);
}

#[tokio::test]
async fn a_cursor_of_another_connector_or_query_is_refused() {
    let Some(place) = Place::new().await else { return };
    let connector = place.connector();
    for at in 0..3 {
        add_user(&connector, &format!("anna-{at}")).await;
    }
    let query = ListQuery::new(ObjectClass::USER).with_page_size(1);
    let next = connector.list(&ctx(), &query).await.unwrap().next.unwrap();
    let restarted =
        place.connector().list(&ctx(), &query.clone().with_cursor(next.clone())).await.unwrap_err();
    assert_eq!(restarted.kind(), ErrorKind::TokenExpired);
    let other = query.with_filter(Filter::parse("title pr").unwrap()).with_cursor(next);
    assert_eq!(connector.list(&ctx(), &other).await.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn what_a_limit_cuts_off_is_never_complete() {
    let Some(place) = Place::new().await else { return };
    let connector = place.connector();
    for at in 0..5 {
        add_user(&connector, &format!("anna-{at}")).await;
    }
    let few = "cn=few,ou=Tools,dc=full,dc=example";
    let limited = LdapConnector::new(place.config(Flavour::OpenLdap).with_bind(few, "Few-Secret-1")).unwrap();
    let listing = limited.list_all(&ctx(), ListQuery::new(ObjectClass::USER), 100).await.unwrap();
    assert!(!listing.complete && listing.items.len() < 5, "{}", listing.items.len());
}

#[tokio::test]
async fn filters_mean_what_scim_says() {
    let Some(place) = Place::new().await else { return };
    let connector = place.connector();
    for (name, title) in [("anna", Some("Agent")), ("ben", None), ("cleo", Some("Head"))] {
        let user = crate::server::user(name);
        let user = match title {
            Some(title) => user.with("title", title).unwrap(),
            None => user,
        };
        connector.create(&ctx(), "key", ObjectClass::USER, user).await.unwrap();
    }
    for (filter, expected) in [
        ("title pr", vec!["anna", "cleo"]),
        ("not (title pr)", vec!["ben"]),
        (r#"title ne "agent""#, vec!["ben", "cleo"]),
        (r#"userName gt "anna""#, vec!["ben", "cleo"]),
        (r#"active eq true and userName co "n""#, vec!["anna", "ben"]),
        (r#"userName eq "ANNA" or title sw "he""#, vec!["anna", "cleo"]),
        (r#"meta.created lt "2020-01-01T00:00:00Z""#, vec![]),
    ] {
        let query = ListQuery::new(ObjectClass::USER).with_filter(Filter::parse(filter).unwrap());
        let found = connector.list_all(&ctx(), query, 100).await.unwrap();
        let mut names: Vec<_> =
            found.items.iter().filter_map(|item| item.resource.text("userName")).collect();
        names.sort_unstable();
        assert_eq!(names, expected, "{filter}");
    }
}
