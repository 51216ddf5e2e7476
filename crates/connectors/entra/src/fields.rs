//! Graph's fields, and what its errors mean.

use std::sync::Arc;

use serde_json::{Value, json};
use tenure_connector::{ErrorKind, ObjectClass, ObjectRef, Result};
use tenure_connector_rest::system::text;
use tenure_connector_rest::{ErrorRules, Field, Mapping};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// What a user is read with: without it Graph leaves out most of these.
pub(crate) const SELECT: &str = "id,userPrincipalName,displayName,mail,givenName,surname,jobTitle,employeeType,\
    preferredLanguage,accountEnabled,employeeId,department,companyName,employeeOrgData,mailNickname,usageLocation,\
    officeLocation,employeeHireDate,userType,onPremisesSyncEnabled,createdDateTime,assignedLicenses,\
    licenseAssignmentStates";
pub(crate) const ACTIVITY: &str = ",signInActivity";

/// What a group is listed with.
pub(crate) const SELECT_GROUP: &str = "id,displayName,description,mailNickname,mailEnabled,groupTypes,membershipRule,\
    onPremisesSyncEnabled";

/// What counts as a change of a user.
pub(crate) const FOLLOWED: &str = "id,userPrincipalName,displayName,mail,givenName,surname,jobTitle,accountEnabled,\
    employeeId,department,usageLocation,manager";

/// What answers call a kind of method, and the word of its address.
pub(crate) const FACTORS: [(&str, &str); 8] = [
    ("emailAuthenticationMethod", "emailMethods"),
    ("fido2AuthenticationMethod", "fido2Methods"),
    ("microsoftAuthenticatorAuthenticationMethod", "microsoftAuthenticatorMethods"),
    ("phoneAuthenticationMethod", "phoneMethods"),
    ("platformCredentialAuthenticationMethod", "platformCredentialMethods"),
    ("softwareOathAuthenticationMethod", "softwareOathMethods"),
    ("temporaryAccessPassAuthenticationMethod", "temporaryAccessPassMethods"),
    ("windowsHelloForBusinessAuthenticationMethod", "windowsHelloForBusinessMethods"),
];

/// A password is a method, too, and is not removed.
pub(crate) const PASSWORD: &str = "passwordAuthenticationMethod";

const USERS: [Field; 21] = [
    Field::text("userName", "/userPrincipalName").required(),
    Field::text("displayName", "/displayName").required(),
    Field::text("email", "/mail"),
    Field::text("name.givenName", "/givenName"),
    Field::text("name.familyName", "/surname"),
    Field::text("title", "/jobTitle"),
    Field::text("userType", "/employeeType"),
    Field::text("preferredLanguage", "/preferredLanguage"),
    Field::flag("active", "/accountEnabled"),
    Field::text("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber", "/employeeId"),
    Field::text("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "/department"),
    Field::text("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:organization", "/companyName"),
    Field::text(
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter",
        "/employeeOrgData/costCenter",
    ),
    Field::text(
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division",
        "/employeeOrgData/division",
    ),
    Field::text("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value", "/flat/manager"),
    Field::text("urn:tenure:params:scim:schemas:entra:1.0:User:mailNickname", "/mailNickname"),
    Field::text("urn:tenure:params:scim:schemas:entra:1.0:User:usageLocation", "/usageLocation"),
    Field::text("urn:tenure:params:scim:schemas:entra:1.0:User:officeLocation", "/officeLocation"),
    Field::text("urn:tenure:params:scim:schemas:entra:1.0:User:kind", "/userType").read_only(),
    Field::flag("urn:tenure:params:scim:schemas:entra:1.0:User:synced", "/onPremisesSyncEnabled").read_only(),
    Field::moment("urn:tenure:params:scim:schemas:1.0:Account:lastLogin", "/flat/lastLogin").read_only(),
];

const GROUPS: [Field; 5] = [
    Field::text("displayName", "/displayName").required(),
    Field::text("urn:tenure:params:scim:schemas:entra:1.0:Group:description", "/description"),
    Field::text("urn:tenure:params:scim:schemas:entra:1.0:Group:mailNickname", "/mailNickname").once(),
    Field::flag("urn:tenure:params:scim:schemas:entra:1.0:Group:mailEnabled", "/mailEnabled").read_only(),
    Field::text("urn:tenure:params:scim:schemas:entra:1.0:Group:membershipRule", "/membershipRule")
        .read_only(),
];

pub(crate) fn users() -> Result<Arc<Mapping>> {
    let found_by = [ObjectRef::USER_NAME, ObjectRef::EMAIL];
    Ok(Arc::new(Mapping::new(ObjectClass::USER, USER, &USERS)?.found_by(&found_by).prepared_by(flat)))
}

pub(crate) fn groups() -> Result<Arc<Mapping>> {
    Ok(Arc::new(Mapping::new(ObjectClass::GROUP, GROUP, &GROUPS)?.found_by(&[ObjectRef::DISPLAY_NAME])))
}

/// The filter that finds objects by an attribute.
pub(crate) fn search(name: &str, value: &str) -> (&'static str, String) {
    let property = match name {
        ObjectRef::USER_NAME => "userPrincipalName",
        ObjectRef::EMAIL => "mail",
        other => other,
    };
    ("$filter", format!("{property} eq '{}'", value.replace('\'', "''")))
}

/// Adds who manages a user, and when the last sign-in was.
fn flat(mut user: Value) -> Value {
    let flat = json!({ "manager": text(&user, "/manager/id"), "lastLogin": last_sign_in(&user) });
    if let Some(user) = user.as_object_mut() {
        user.insert("flat".to_owned(), flat);
    }
    user
}

/// The last time that somebody got in. The interactive one also counts attempts that failed, so that it comes after.
pub(crate) fn last_sign_in(user: &Value) -> Option<&str> {
    let kinds = ["lastSuccessfulSignInDateTime", "lastSignInDateTime", "lastNonInteractiveSignInDateTime"];
    kinds.into_iter().find_map(|kind| text(user, &format!("/signInActivity/{kind}")))
}

/// Whether members of a group come and go here: not those of a rule, of another directory, or of Exchange.
pub(crate) fn is_own(group: &Value) -> bool {
    let has = |kind: &str| {
        group.get("groupTypes").and_then(Value::as_array).is_some_and(|kinds| kinds.contains(&kind.into()))
    };
    let is = |name: &str| group.get(name) == Some(&true.into());
    !has("DynamicMembership") && !is("onPremisesSyncEnabled") && (!is("mailEnabled") || has("Unified"))
}

/// One status stands for many causes: 400 also for what exists already and for seats that are taken.
pub(crate) fn rules() -> ErrorRules {
    use ErrorKind::{
        AlreadyExists, Auth, Conflict, InvalidInput, NoCapacity, NotFound, Permission, Policy, RateLimited,
        TokenExpired, Unavailable,
    };
    ErrorRules::new()
        .code_at("/error/code")
        .message_at("/error/message")
        .meanings(&[
            ("Request_ResourceNotFound", NotFound),
            ("Authorization_RequestDenied", Permission),
            ("InvalidAuthenticationToken", Auth),
            ("Directory_QuotaExceeded", NoCapacity),
            ("Directory_ConcurrencyViolation", Conflict),
            ("TooManyRequests", RateLimited),
            ("serviceNotAvailable", Unavailable),
            ("syncStateNotFound", TokenExpired),
            ("resyncRequired", TokenExpired),
        ])
        .sentence("already exist", AlreadyExists)
        .sentence("permission being assigned already", AlreadyExists)
        .sentence("does not have any available licenses", NoCapacity)
        .sentence("invalid usage location", InvalidInput)
        .sentence("inherited from a group", Policy)
        .sentence("on-premises mastered", Policy)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tenure_connector_rest::testing::assert_failures;

    use super::*;

    #[test]
    fn every_documented_failure_has_its_kind() {
        use ErrorKind::{
            AlreadyExists, Auth, Conflict, InvalidInput, NoCapacity, NotFound, Permission, RateLimited,
            TokenExpired, Unavailable,
        };

        let failures = [
            (404, json!({ "error": { "code": "Request_ResourceNotFound", "message": "…" } }), NotFound),
            (
                400,
                json!({ "error": { "code": "Request_BadRequest", "message": "Another object with the same value for property userPrincipalName already exists." } }),
                AlreadyExists,
            ),
            (
                400,
                json!({ "error": { "code": "Request_BadRequest", "message": "One or more added object references already exist" } }),
                AlreadyExists,
            ),
            (
                400,
                json!({ "error": { "code": "Request_BadRequest", "message": "Subscription with SKU x does not have any available licenses." } }),
                NoCapacity,
            ),
            (
                400,
                json!({ "error": { "code": "Request_BadRequest", "message": "invalid usage location" } }),
                InvalidInput,
            ),
            (400, json!({ "error": { "code": "Request_BadRequest", "message": "…" } }), InvalidInput),
            (403, json!({ "error": { "code": "Authorization_RequestDenied", "message": "…" } }), Permission),
            (401, json!({ "error": { "code": "InvalidAuthenticationToken", "message": "…" } }), Auth),
            (403, json!({ "error": { "code": "Directory_QuotaExceeded", "message": "…" } }), NoCapacity),
            (409, json!({ "error": { "code": "Directory_ConcurrencyViolation", "message": "…" } }), Conflict),
            (412, json!({ "error": { "code": "Directory_ConcurrencyViolation", "message": "…" } }), Conflict),
            (429, json!({ "error": { "code": "TooManyRequests", "message": "…" } }), RateLimited),
            (410, json!({ "error": { "code": "syncStateNotFound", "message": "…" } }), TokenExpired),
            (503, json!({ "error": { "code": "serviceNotAvailable", "message": "…" } }), Unavailable),
            (504, json!({ "error": { "code": "UnknownError", "message": "…" } }), Unavailable),
        ];
        assert_failures(rules(), &failures);
    }
}
