use std::collections::BTreeMap;

use tenure_scim::{AttrPath, Resource, SchemaRegistry};

use super::*;
use crate::EntitlementRef;

#[test]
fn full_views_survive_the_round_trip_and_stay_within_their_schemas() {
    let mut entitlement = Entitlement::new("role", "admin")
        .with_display("Admin")
        .exclusive_in("role")
        .with_capacity(3)
        .immutable();
    entitlement.description = Some("everything".into());
    entitlement.used = Some(2);
    let mut grant = GrantRecord::new("7", EntitlementRef::new("role", "admin"));
    grant.immutable = true;
    grant.since = Some("2026-01-02T03:04:05Z".parse().unwrap());
    grant.last_used = Some("2026-02-02T03:04:05Z".parse().unwrap());
    grant.parameters = BTreeMap::from([("scope".to_owned(), "eu".to_owned())]);

    let resources = [Resource::from(&entitlement), Resource::from(&grant)];
    assert_eq!(Entitlement::try_from(&resources[0]).unwrap(), entitlement);
    assert_eq!(GrantRecord::try_from(&resources[1]).unwrap(), grant);

    let mut registry = SchemaRegistry::builtin();
    for (class, resource) in [entitlement_class(), grant_class()].into_iter().zip(&resources) {
        class.schemas.iter().for_each(|schema| registry.add_schema(schema.clone()));
        let name = class.resource_type.name.clone();
        registry.add_resource_type(class.resource_type).unwrap();
        let schema = registry.resource(&name).unwrap();
        for (member, _) in resource.attributes() {
            assert!(schema.attribute(&AttrPath::parse(member).unwrap()).is_some(), "{name}: {member}");
        }
    }
}
