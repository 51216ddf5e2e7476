use std::collections::HashSet;
use std::time::Duration;

use ldap3::Mod;
use serde_json::json;
use tenure_connector::{
    AccountStatus, Connector as _, ConnectorExt as _, DeleteMode, ErrorKind, Fields, ListQuery, ObjectClass,
    ObjectRef, Operation, Outcome,
};
use tenure_connector_ldap::{Disable, Flavour, LdapConnector};
use tenure_scim::{Patch, PatchPath};

use crate::proxy::{DELETE, MODIFY, MODIFY_DN, Proxy};
use crate::server::{Place, add_group, add_user, apply, ctx, dn, grant, revoke, user, values};

/// SPEC: RFC 4511 section 4.10.
const COMPARED_TRUE: u32 = 6;
const MANAGER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value";

fn rename(object: &ObjectRef, to: &str) -> Operation {
    let patch = Patch::default().replace(PatchPath::parse("userName").unwrap(), to);
    Operation::Update { object: object.clone(), patch }
}

#[tokio::test]
async fn a_rename_keeps_the_id_and_the_memberships() {
    let Some(place) = Place::new().await else { return };
    // With the server's own integrity and without: the connector then sees to the groups itself.
    for (at, integrity) in [true, false].into_iter().enumerate() {
        let mut config = place.config(Flavour::OpenLdap);
        config.referential_integrity = Some(integrity);
        let connector = LdapConnector::new(config).unwrap();
        let anna = add_user(&connector, &format!("anna-{at}")).await;
        let staff = add_group(&connector, &format!("Staff {at}")).await;
        apply(&connector, grant(&anna, &staff)).await.unwrap();
        let new = format!("Änna, \"{at}\"");
        let renamed = apply(&connector, rename(&anna, &new)).await.unwrap().object.unwrap();
        assert_eq!(renamed.id, anna.id);
        assert_ne!(dn(&renamed), dn(&anna));
        // The old reference still finds it, although its name is another one.
        let shown = connector.get(&ctx(), &anna, &Fields::All).await.unwrap();
        assert_eq!(shown.resource.text("userName"), Some(new.as_str()));
        assert_eq!(values(&place, dn(&renamed), "uid").await, [new]);
        let members = values(&place, dn(&staff), "member").await;
        assert_eq!(members.len(), 2, "{members:?}");
        let grant = ObjectRef::new(ObjectClass::GRANT, format!("{}/group:{}", anna.id, staff.id));
        connector.get(&ctx(), &grant, &Fields::All).await.unwrap();
    }
}

/// The refint overlay of OpenLDAP puts new names into groups after the server has answered. Here, where no overlay looks
/// at `uniqueMember`, the administrator does what it does.
#[tokio::test]
async fn what_the_server_does_after_its_answer_undoes_nothing() {
    let Some((place, connector)) = of_unique_names().await else { return };
    let staff = add_group(&connector, "Staff").await;
    let anna = add_user(&connector, "anna").await;
    apply(&connector, grant(&anna, &staff)).await.unwrap();
    let from = dn(&anna).to_owned();
    let to = from.replacen("anna", "berta", 1);
    let mut admin = place.server.admin().await;
    let overlay = {
        let (to, group) = (to.clone(), dn(&staff).to_owned());
        tokio::spawn(async move {
            while admin.compare(&to, "uid", "berta").await.unwrap().0.rc != COMPARED_TRUE {}
            tokio::time::sleep(Duration::from_millis(50)).await;
            let [from, to] = [from, to].map(|name| HashSet::from([name]));
            let member = || "uniqueMember".to_owned();
            let change = vec![Mod::Delete(member(), from), Mod::Add(member(), to)];
            admin.modify(&group, change).await.unwrap().success().unwrap();
        })
    };
    apply(&connector, rename(&anna, "berta")).await.unwrap();
    assert!(!apply(&connector, revoke(&anna, &staff)).await.unwrap().is_already_so());
    overlay.await.unwrap();
    assert_eq!(values(&place, dn(&staff), "uniqueMember").await, ["cn=nobody"]);
}

/// An overlay that overlooks a rename while it ends the one before, or that was never told of the attribute.
#[tokio::test]
async fn what_the_server_does_not_do_is_done() {
    let Some((place, connector)) = of_unique_names().await else { return };
    let staff = add_group(&connector, "Staff").await;
    let anna = add_user(&connector, "anna").await;
    apply(&connector, grant(&anna, &staff)).await.unwrap();
    let renamed = apply(&connector, rename(&anna, "berta")).await.unwrap().object.unwrap();
    assert_eq!(values(&place, dn(&staff), "uniqueMember").await, ["cn=nobody", dn(&renamed)]);
    connector.delete(&ctx(), "key", &anna, DeleteMode::Permanent).await.unwrap();
    assert_eq!(values(&place, dn(&staff), "uniqueMember").await, ["cn=nobody"]);
}

/// Somebody else renames an entry between the moments in which it is found and written.
#[tokio::test]
async fn what_is_renamed_between_being_found_and_being_written_is_written() {
    let Some(place) = Place::new().await else { return };
    let proxy = Proxy::start(&place.server.plain);
    let mut config = place.plain(proxy.port());
    config.disable = Some(Disable::Attribute("nsAccountLock".to_owned()));
    let classes = ["inetOrgPerson", "organizationalPerson", "person", "top", "lockable"];
    config.people.object_classes = Some(classes.map(str::to_owned).to_vec());
    let connector = LdapConnector::new(config).unwrap();
    let anna = add_user(&connector, "anna").await;
    let staff = add_group(&connector, "Staff").await;
    apply(&connector, grant(&anna, &staff)).await.unwrap();
    let title = Patch::default().replace(PatchPath::parse("title").unwrap(), "Agent");
    let mut admin = place.server.admin().await;
    let mut from = dn(&anna).to_owned();
    for (at, (operation, tag)) in [
        (Operation::Update { object: anna.clone(), patch: title }, MODIFY),
        (Operation::SetStatus { object: anna.clone(), status: AccountStatus::Disabled }, MODIFY),
        (rename(&anna, "berta"), MODIFY_DN),
        (revoke(&anna, &staff), MODIFY),
        (Operation::Delete { object: anna.clone(), mode: DeleteMode::Permanent }, DELETE),
    ]
    .into_iter()
    .enumerate()
    {
        let what = format!("{operation:?}");
        let renamed = matches!(tag, MODIFY_DN);
        let name = format!("anna-{at}");
        let to = format!("uid={name},{}", place.under("People"));
        let held = proxy.hold(tag);
        let meanwhile = async {
            held.came.await.unwrap();
            admin.modifydn(&from, &format!("uid={name}"), true, None).await.unwrap().success().unwrap();
            // The refint overlay writes the new name into the group after its answer, or now and then not at all.
            for _ in 0..100 {
                if !values(&place, dn(&staff), "member").await.contains(&from) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            drop(held.go);
        };
        let (done, ()) = tokio::join!(apply(&connector, operation), meanwhile);
        assert!(done.as_ref().is_ok_and(Outcome::changed), "{what}: {done:?}");
        from = if renamed { format!("uid=berta,{}", place.under("People")) } else { to };
        if at < 4 {
            let shown = connector.get(&ctx(), &anna, &Fields::All).await.unwrap();
            assert_eq!(shown.resource.text("title"), Some("Agent"), "{what}");
            assert_eq!(shown.resource.attr("active").and_then(|active| active.as_bool()), Some(at == 0));
            assert_eq!(dn(&shown.object), from, "{what}");
        }
    }
    assert_eq!(connector.get(&ctx(), &anna, &Fields::All).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert!(!values(&place, dn(&staff), "member").await.iter().any(|member| member.starts_with("uid=")));
}

/// A connector that believes in an integrity which the server does not keep for `uniqueMember`.
async fn of_unique_names() -> Option<(Place, LdapConnector)> {
    let place = Place::new().await?;
    let mut config = place.config(Flavour::OpenLdap);
    config.referential_integrity = Some(true);
    config.member = Some("uniqueMember".to_owned());
    let groups = config.groups.as_mut()?;
    groups.object_classes = Some(vec!["groupOfUniqueNames".to_owned()]);
    let connector = LdapConnector::new(config).unwrap();
    Some((place, connector))
}

#[tokio::test]
async fn a_move_keeps_the_id_and_stays_among_people() {
    let Some(place) = Place::new().await else { return };
    let connector = place.connector();
    let anna = add_user(&connector, "anna").await;
    let mut admin = place.server.admin().await;
    let sales = format!("ou=Sales,{}", place.under("People"));
    let unit = ["organizationalUnit".to_owned()].into();
    admin.add(&sales, vec![("objectClass".to_owned(), unit)]).await.unwrap().success().unwrap();
    let to = |to: &str| Operation::Custom {
        object: anna.clone(),
        name: "move".to_owned(),
        arguments: [("to".to_owned(), json!(to))].into(),
    };
    let moved = apply(&connector, to(&sales)).await.unwrap();
    assert_eq!(dn(moved.object.as_ref().unwrap()), format!("uid=anna,{sales}"));
    assert!(apply(&connector, to(&sales)).await.unwrap().is_already_so());
    assert_eq!(connector.get(&ctx(), &anna, &Fields::All).await.unwrap().object.id, anna.id);
    let away = apply(&connector, to("dc=full,dc=example")).await.unwrap_err();
    assert_eq!(away.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn a_name_that_is_taken_leaves_nothing_of_the_patch_behind() {
    let Some(place) = Place::new().await else { return };
    let connector = place.connector();
    let (anna, ben) = (add_user(&connector, "anna").await, add_user(&connector, "ben").await);
    let patch = Patch::default()
        .replace(PatchPath::parse("title").unwrap(), "Agent")
        .replace(PatchPath::parse("userName").unwrap(), "BEN");
    let error = apply(&connector, Operation::Update { object: anna.clone(), patch }).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.conflicting().map(|own| &own.id)),
        (ErrorKind::AlreadyExists, Some(&ben.id))
    );
    let shown = connector.get(&ctx(), &anna, &Fields::All).await.unwrap();
    assert_eq!((shown.resource.text("userName"), shown.resource.text("title")), (Some("anna"), None));
}

#[tokio::test]
async fn a_refused_change_takes_the_rename_back() {
    let Some(place) = Place::new().await else { return };
    let connector = place.connector();
    let anna = add_user(&connector, "anna").await;
    // The server refuses an empty phone number only when it sees the modification.
    let patch = Patch::default().replace(PatchPath::parse("userName").unwrap(), "anne").replace(
        PatchPath::parse("phoneNumbers").unwrap(),
        json!([{ "value": "not a number ☎", "type": "work" }]),
    );
    let error = apply(&connector, Operation::Update { object: anna.clone(), patch }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let shown = connector.get(&ctx(), &anna, &Fields::All).await.unwrap();
    assert_eq!(shown.resource.text("userName"), Some("anna"));
}

#[tokio::test]
async fn a_manager_is_an_id_outside_and_a_name_inside() {
    let Some(place) = Place::new().await else { return };
    let connector = place.connector();
    let anna = add_user(&connector, "anna").await;
    let ben = user("ben").with(MANAGER, anna.id.as_str()).unwrap();
    let ben = connector.create(&ctx(), "key", ObjectClass::USER, ben).await.unwrap().object.unwrap();
    assert_eq!(values(&place, dn(&ben), "manager").await, [dn(&anna)]);
    let listed = connector.list_all(&ctx(), ListQuery::new(ObjectClass::USER), 10).await.unwrap();
    let found = listed.items.iter().find(|item| item.object.id == ben.id).unwrap();
    assert_eq!(found.resource.text(MANAGER), Some(anna.id.as_str()));
    let nobody = user("cleo").with(MANAGER, "00000000-0000-0000-0000-000000000000").unwrap();
    let error = connector.create(&ctx(), "key", ObjectClass::USER, nobody).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn a_name_is_no_filter() {
    let Some(place) = Place::new().await else { return };
    let connector = place.connector();
    add_user(&connector, "anna").await;
    for name in ["*", "a*", "anna)(uid=*", "\\61nna"] {
        let by_name = ObjectRef::by(ObjectClass::USER, ObjectRef::USER_NAME, name);
        assert!(connector.try_get(&ctx(), &by_name).await.unwrap().is_none(), "{name}");
    }
    let by_name = ObjectRef::by(ObjectClass::USER, ObjectRef::USER_NAME, "ANNA");
    assert!(connector.try_get(&ctx(), &by_name).await.unwrap().is_some());
}
