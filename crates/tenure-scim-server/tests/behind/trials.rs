use std::collections::BTreeSet;

use serde_json::{Value, json};
use tenure_connector::OperationKind;

use super::Gateway;
use crate::common::*;

pub async fn the_config_says_what_the_system_can(gateway: &Gateway) {
    let config = get(&gateway.server, "/ServiceProviderConfig").await.body;
    let update = gateway.capabilities.operation(&tenure_connector::ObjectClass::USER, OperationKind::Update);
    assert_eq!(config["patch"]["supported"], update.is_some());
    if update.is_some_and(|update| !update.locking) {
        assert_eq!(config["etag"]["supported"], false, "a version that guards nothing is not announced");
    }
    let writes = [OperationKind::Create, OperationKind::Update, OperationKind::Delete];
    assert_eq!(config["bulk"]["supported"], writes.iter().any(|kind| gateway.can(*kind)));
    assert_eq!(config["changePassword"]["supported"], false);
    assert_eq!(config["securityEvents"], Value::Null);
}

pub async fn what_the_system_cannot_do_is_refused_and_changes_nothing(gateway: &Gateway) {
    let name = gateway.people(1).await.remove(0);
    let path = gateway.path_of(&name).await;
    let before = get(&gateway.server, &path).await.body;
    let change = patch(json!([{"op": "replace", "path": "displayName", "value": "X"}]));
    let requests = [
        (OperationKind::Create, "POST", "/Users", Some(user("another"))),
        (OperationKind::Update, "PUT", path.as_str(), Some(user(&name))),
        (OperationKind::Update, "PATCH", path.as_str(), Some(change)),
        (OperationKind::Delete, "DELETE", path.as_str(), None),
    ];
    for (kind, method, path, body) in requests {
        if gateway.can(kind) {
            continue;
        }
        let refused = send(&gateway.server, method, path, body).await;
        assert_eq!(refused.status, 501, "{method}: {}", refused.body);
        assert_eq!(refused.body["schemas"][0], "urn:ietf:params:scim:api:messages:2.0:Error");
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(!detail.is_empty());
    }
    assert_eq!(get(&gateway.server, &path).await.body, before);
}

pub async fn a_user_comes_changes_and_goes(gateway: &Gateway) {
    if !gateway.can(OperationKind::Create) {
        return;
    }
    let mut anna = user("anna");
    anna["name"] = json!({"givenName": "Anna", "familyName": "Berg"});
    anna["active"] = json!(true);
    let made = gateway.write("POST", "/Users", Some(anna)).await;
    assert!([201, 202].contains(&made.status), "{}", made.body);
    let path = gateway.path_of("anna").await;
    let read = get(&gateway.server, &path).await;
    assert_eq!((read.status, &read.body["name"]["familyName"]), (200, &json!("Berg")), "{}", read.body);
    assert_eq!(read.body["meta"]["location"], format!("{BASE}{path}"));
    if made.status == 201 {
        assert_eq!(made.header("location"), format!("{BASE}{path}"));
    }
    if gateway.can(OperationKind::Update) {
        let married = patch(json!([{"op": "replace", "path": "name.familyName", "value": "Lind"}]));
        let changed = gateway.write("PATCH", &path, Some(married)).await;
        assert!([200, 202, 204].contains(&changed.status), "{}", changed.body);
        assert_eq!(get(&gateway.server, &path).await.body["name"]["familyName"], "Lind");
        let mut whole = user("anna");
        whole["name"] = json!({"familyName": "Berg"});
        let put = gateway.write("PUT", &path, Some(whole)).await;
        assert!([200, 202].contains(&put.status), "{}", put.body);
        let name = &get(&gateway.server, &path).await.body["name"];
        assert_eq!((&name["familyName"], &name["givenName"]), (&json!("Berg"), &Value::Null));
    }
    if gateway.can(OperationKind::Delete) {
        let gone = gateway.write("DELETE", &path, None).await;
        assert!([202, 204].contains(&gone.status), "{}", gone.body);
        assert_eq!(get(&gateway.server, &path).await.status, 404);
        assert_eq!(gateway.find("anna").await.body["totalResults"], 0);
    }
}

pub async fn filters_select_and_never_give_everything(gateway: &Gateway) {
    let names = gateway.people(4).await;
    for name in &names {
        assert_eq!(gateway.find(name).await.body["totalResults"], 1, "{name}");
        assert_eq!(gateway.find(&name.to_uppercase()).await.body["totalResults"], 1, "case does not count");
    }
    assert_eq!(gateway.find("nobody-of-this-name").await.body["totalResults"], 0);
    let last = &names[3];
    let others = format!("/Users?filter=not+(userName+eq+%22{last}%22)+and+userName+pr");
    let others = get(&gateway.server, &others).await;
    assert_eq!(
        (others.status, others.body["Resources"].as_array().map(Vec::len)),
        (200, Some(3)),
        "{}",
        others.body
    );
    for wrong in ["userName+like+%22a%22", "shoeSize+eq+42", "userName+eq+%22a%22+and+(", "active+gt+true"] {
        let answer = get(&gateway.server, &format!("/Users?filter={wrong}")).await;
        assert_eq!(answer.error(), (400, "invalidFilter"), "{wrong}: {}", answer.body);
        assert_eq!(answer.body["Resources"], Value::Null, "{wrong}");
    }
}

pub async fn metacharacters_are_text(gateway: &Gateway) {
    gateway.people(2).await;
    let texts = [
        "*",
        "%",
        "_ser00",
        "' or 1=1 --",
        ")(uid=*",
        "\\2a",
        "user00)(|(uid=*",
        "\\",
        "\"",
        "us*",
        "a\u{0}b",
    ];
    for (value, operator) in texts.into_iter().flat_map(|value| [(value, "eq"), (value, "sw"), (value, "co")])
    {
        let filter = format!("userName {operator} {}", Value::from(value));
        let filter: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        let found = get(&gateway.server, &format!("/Users?filter={filter}")).await;
        // No database keeps a text with U+0000, so it may be refused, but never matched.
        let refused = value.contains('\u{0}') && found.status == 400;
        assert!(
            refused || found.status == 200 && found.body["totalResults"] == 0,
            "{value:?}: {}",
            found.body
        );
        assert_eq!(found.body["Resources"].as_array().map_or(0, Vec::len), 0, "{value:?}");
    }
    for id in ["*", "%", "' or 1=1 --", ")(uid=*", "../../etc/passwd", "user00,dc=x"] {
        let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
        let answer = get(&gateway.server, &format!("/Users/{}", id.replace('+', "%20"))).await;
        assert_eq!(answer.status, 404, "{id}: {}", answer.body);
    }
}

pub async fn pages_have_each_user_once_with_either_paging(gateway: &Gateway) {
    let wanted: BTreeSet<String> = gateway.people(4).await.into_iter().collect();
    let name = |body: &Value| body["userName"].as_str().unwrap().to_lowercase();
    let (mut seen, mut start) = (Vec::new(), 1);
    loop {
        let page = get(&gateway.server, &format!("/Users?startIndex={start}&count=3")).await.body;
        assert_eq!(page["totalResults"], 4, "{page}");
        let users = page["Resources"].as_array().unwrap().clone();
        seen.extend(users.iter().map(name));
        start += users.len();
        if users.is_empty() || seen.len() >= 4 {
            break;
        }
    }
    assert_eq!((seen.len(), seen.into_iter().collect::<BTreeSet<_>>()), (4, wanted.clone()));
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = get(&gateway.server, &format!("/Users?count=3&cursor={cursor}")).await.body;
        seen.extend(page["Resources"].as_array().unwrap().iter().map(name));
        match page["nextCursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!((seen.len(), seen.into_iter().collect::<BTreeSet<_>>()), (4, wanted));
    assert_eq!(get(&gateway.server, "/Users?count=3&cursor=forged").await.error(), (400, "invalidCursor"));
    let none = get(&gateway.server, "/Users?count=0").await.body;
    assert_eq!((&none["totalResults"], &none["Resources"]), (&json!(4), &json!([])));
}

pub async fn sorting_orders_everything(gateway: &Gateway) {
    let mut wanted = gateway.people(4).await;
    wanted.sort_unstable();
    for order in ["ascending", "descending"] {
        let sorted = get(&gateway.server, &format!("/Users?sortBy=userName&sortOrder={order}")).await.body;
        let names: Vec<String> = sorted["Resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user["userName"].as_str().unwrap().to_lowercase())
            .collect();
        assert_eq!(names, wanted, "{order}");
        wanted.reverse();
    }
}

pub async fn versions_guard_writes_where_they_are_announced(gateway: &Gateway) {
    let announced = &get(&gateway.server, "/ServiceProviderConfig").await.body["etag"]["supported"] == true;
    let name = gateway.people(1).await.remove(0);
    let path = gateway.path_of(&name).await;
    let read = get(&gateway.server, &path).await;
    let version = read.header("etag").to_owned();
    assert_eq!(read.body["meta"]["version"].as_str().unwrap_or_default(), version);
    if !announced {
        assert_eq!(version, "", "not announced, not sent");
        return;
    }
    assert_ne!(version, "");
    let same = send_with(&gateway.server, "GET", &path, None, &[("if-none-match", &version)]).await;
    assert_eq!(same.status, 304);
    if gateway.can(OperationKind::Update) {
        let change = patch(json!([{"op": "replace", "path": "displayName", "value": "A"}]));
        let stale = [("if-match", "W/\"of-yesterday\"")];
        let refused = send_with(&gateway.server, "PATCH", &path, Some(change.clone()), &stale).await;
        assert_eq!(refused.status, 412, "{}", refused.body);
        let fresh = send_with(&gateway.server, "PATCH", &path, Some(change), &[("if-match", &version)]).await;
        assert!([200, 202, 204].contains(&fresh.status), "{}", fresh.body);
    }
}

pub async fn only_classes_of_the_system_are_served(gateway: &Gateway) {
    let types = get(&gateway.server, "/ResourceTypes").await.body;
    for (name, endpoint) in [("User", "/Users"), ("Group", "/Groups")] {
        let there = gateway.capabilities.class(&name.into()).is_some();
        let listed = types["Resources"].as_array().unwrap().iter().any(|kind| kind["name"] == name);
        assert_eq!(listed, there, "{name}");
        let status = get(&gateway.server, endpoint).await.status;
        assert_eq!(status, if there { 200 } else { 404 }, "{endpoint}");
    }
}

pub async fn a_second_user_of_a_name_is_refused(gateway: &Gateway) {
    if !gateway.can(OperationKind::Create) {
        return;
    }
    let name = gateway.people(1).await.remove(0);
    let again = gateway.write("POST", "/Users", Some(user(&name))).await;
    if again.status != 202 {
        assert_eq!(again.error(), (409, "uniqueness"), "{}", again.body);
    }
    assert_eq!(gateway.find(&name).await.body["totalResults"], 1);
}

pub async fn members_come_and_go(gateway: &Gateway) {
    let groups = tenure_connector::ObjectClass::GROUP;
    let can = |kind| gateway.capabilities.allows(&groups, kind);
    if !can(OperationKind::Create) || !can(OperationKind::Update) {
        return;
    }
    let names = gateway.people(2).await;
    let mut ids = Vec::new();
    for name in &names {
        ids.push(gateway.path_of(name).await.trim_start_matches("/Users/").to_owned());
    }
    let mut desk = group("Desk");
    // Some systems keep no empty group.
    desk["members"] = json!([{"value": ids[0]}]);
    let made = gateway.write("POST", "/Groups", Some(desk)).await;
    assert!([201, 202].contains(&made.status), "{}", made.body);
    let found = get(&gateway.server, "/Groups?filter=displayName+eq+%22Desk%22").await.body;
    let path = format!("/Groups/{}", found["Resources"][0]["id"].as_str().unwrap());
    let members = async || {
        let group = get(&gateway.server, &path).await.body;
        let members = group["members"].as_array().cloned().unwrap_or_default();
        members.iter().map(|member| member["value"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    assert_eq!(members().await, [ids[0].clone()].into());
    let add = patch(json!([{"op": "add", "path": "members", "value": [{"value": ids[1]}]}]));
    let added = gateway.write("PATCH", &path, Some(add)).await;
    assert!([200, 202, 204].contains(&added.status), "{}", added.body);
    assert_eq!(members().await, ids.iter().cloned().collect());
    let remove = patch(json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", ids[0])}]));
    let removed = gateway.write("PATCH", &path, Some(remove)).await;
    assert!([200, 202, 204].contains(&removed.status), "{}", removed.body);
    assert_eq!(members().await, [ids[1].clone()].into());
}

pub async fn resources_are_found_by_their_addresses(gateway: &Gateway) {
    let name = gateway.people(2).await.remove(0);
    let path = gateway.path_of(&name).await;
    let location = get(&gateway.server, &path).await.body["meta"]["location"].clone();
    for (op, is_among) in [("eq", true), ("ne", false)] {
        let filter = format!("meta.location {op} {location} and userName pr");
        let filter: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        let found = get(&gateway.server, &format!("/Users?filter={filter}")).await;
        assert_eq!(found.status, 200, "{op}: {}", found.body);
        let found = found.body["Resources"].as_array().unwrap();
        assert!(!found.is_empty() && (op == "ne" || found.len() == 1), "{op}: {found:?}");
        assert_eq!(found.iter().any(|user| user["meta"]["location"] == location), is_among, "{op}");
    }
}
