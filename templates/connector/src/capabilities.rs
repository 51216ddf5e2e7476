use serde_json::json;
use tenure_connector::{
    Capabilities, ClassCapabilities, ClassSchema, FilterSupport, ListCapability, ObjectClass, ObjectRef,
    OperationKind, OperationSupport, SideEffect, WhyNot,
};
use tenure_scim::Schema;

pub(crate) fn capabilities() -> Capabilities {
    let list = ListCapability {
        filter: FilterSupport::Equality(vec!["userName".to_owned()]),
        max_page_size: Some(100),
        ..ListCapability::default()
    };
    let user = ClassCapabilities::new()
        .readable()
        .listed(list)
        .supports(OperationKind::Create, OperationSupport::new().with_permission("people:write"))
        .supports(OperationKind::Update, OperationSupport::new().idempotent())
        .supports(
            OperationKind::SetStatus,
            OperationSupport::new().idempotent().with_effect(SideEffect::KeepsSeat),
        )
        .supports(
            OperationKind::Delete,
            OperationSupport::new()
                .idempotent()
                .with_effect(SideEffect::FreesSeat)
                .with_effect(SideEffect::Irreversible),
        )
        .lacks(OperationKind::RevokeSessions, WhyNot::Product, "sessions end by themselves after an hour");
    Capabilities::new().with(ObjectClass::USER, user)
}

/// Only what the API keeps: an attribute that is not here is refused instead of lost.
pub(crate) fn user_class() -> ClassSchema {
    let schema = json!({
        "id": "urn:ietf:params:scim:schemas:core:2.0:User",
        "name": "User",
        "attributes": [
            { "name": "userName", "type": "string", "required": true, "uniqueness": "server" },
            { "name": "displayName", "type": "string" },
            { "name": "active", "type": "boolean" }
        ]
    });
    #[expect(clippy::expect_used, reason = "the schema is a literal, and every test reads it")]
    let schema = Schema::from_json(schema).expect("a literal schema");
    ClassSchema::new("User", "/Users", schema, Vec::new()).found_by(&[ObjectRef::USER_NAME])
}
