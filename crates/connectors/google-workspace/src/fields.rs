//! Google's fields, and what its errors mean.
//!
//! Several things stand in typed lists that an update replaces whole. A user is flattened when it is read: what Tenure
//! knows of the lists stands below `flat`, and is put back into the lists as they were when it is written.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use tenure_connector::{ErrorKind, ObjectClass, ObjectRef, Result};
use tenure_connector_rest::{ErrorRules, Field, Mapping};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

const USERS: [Field; 15] = [
    Field::text("userName", "/primaryEmail").required(),
    Field::text("name.givenName", "/name/givenName").required(),
    Field::text("name.familyName", "/name/familyName").required(),
    Field::text("displayName", "/name/displayName"),
    Field::text("externalId", "/flat/externalId"),
    Field::text("title", "/flat/title"),
    Field::inverse("active", "/suspended"),
    Field::text("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "/flat/department"),
    Field::text("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter", "/flat/costCenter"),
    Field::text("urn:tenure:params:scim:schemas:google:1.0:User:manager", "/flat/manager"),
    Field::text("urn:tenure:params:scim:schemas:google:1.0:User:orgUnit", "/orgUnitPath"),
    Field::flag("urn:tenure:params:scim:schemas:google:1.0:User:archived", "/archived").read_only(),
    Field::flag("urn:tenure:params:scim:schemas:google:1.0:User:isAdmin", "/isAdmin").read_only(),
    Field::flag("urn:tenure:params:scim:schemas:google:1.0:User:twoFactor", "/isEnrolledIn2Sv").read_only(),
    Field::moment("urn:tenure:params:scim:schemas:1.0:Account:lastLogin", "/flat/lastLogin").read_only(),
];

const GROUPS: [Field; 3] = [
    Field::text("displayName", "/name").required(),
    Field::text("urn:tenure:params:scim:schemas:google:1.0:Group:email", "/email").required(),
    Field::text("urn:tenure:params:scim:schemas:google:1.0:Group:description", "/description"),
];

pub(crate) fn users() -> Result<Arc<Mapping>> {
    let found_by = [ObjectRef::USER_NAME, ObjectRef::EXTERNAL_ID];
    Ok(Arc::new(Mapping::new(ObjectClass::USER, USER, &USERS)?.found_by(&found_by).prepared_by(flat)))
}

pub(crate) fn groups() -> Result<Arc<Mapping>> {
    Ok(Arc::new(Mapping::new(ObjectClass::GROUP, GROUP, &GROUPS)?))
}

/// The year in which those are said to have signed in who never did.
const NEVER: &str = "1970-";

/// Adds what stands in the lists, and takes an archived user for a stopped one.
pub(crate) fn flat(mut user: Value) -> Value {
    let of = |list: &str, fits: &dyn Fn(&Value) -> bool| {
        let entries = user.get(list).and_then(Value::as_array);
        entries.and_then(|entries| entries.iter().find(|entry| fits(entry))).cloned().unwrap_or_default()
    };
    let typed = |wanted: &'static str| move |entry: &Value| entry.get("type") == Some(&wanted.into());
    let job = of("organizations", &is_main);
    let mut flat = json!({
        "externalId": of("externalIds", &typed("organization")).get("value"),
        "manager": of("relations", &typed("manager")).get("value"),
        "title": job.get("title"), "department": job.get("department"), "costCenter": job.get("costCenter"),
    });
    let last = user.get("lastLoginTime").and_then(Value::as_str).filter(|at| !at.starts_with(NEVER));
    let stopped = ["suspended", "archived"].iter().any(|name| user.get(*name) == Some(&true.into()));
    if let (Some(flat), Some(last)) = (flat.as_object_mut(), last) {
        flat.insert("lastLogin".to_owned(), last.into());
    }
    if let Some(user) = user.as_object_mut() {
        user.insert("flat".to_owned(), flat);
        user.insert("suspended".to_owned(), stopped.into());
    }
    user
}

/// Puts what was flattened back into the lists of a user, each whole.
pub(crate) fn unflat(mut body: Map<String, Value>, user: &Value) -> Map<String, Value> {
    let Some(Value::Object(mut flat)) = body.remove("flat") else { return body };
    for (name, list, kind) in
        [("externalId", "externalIds", "organization"), ("manager", "relations", "manager")]
    {
        if let Some(value) = flat.remove(name) {
            let mut entries = user.get(list).and_then(Value::as_array).cloned().unwrap_or_default();
            entries.retain(|entry| entry.get("type") != Some(&kind.into()));
            if !value.is_null() {
                entries.insert(0, json!({ "type": kind, "value": value }));
            }
            body.insert(list.to_owned(), entries.into());
        }
    }
    if !flat.is_empty() {
        let mut jobs = user.get("organizations").and_then(Value::as_array).cloned().unwrap_or_default();
        let at = jobs.iter().position(is_main);
        let mut job = at.map_or_else(|| json!({ "primary": true }), |at| jobs.remove(at));
        if let Some(job) = job.as_object_mut() {
            job.extend(flat);
            job.retain(|_, value| !value.is_null());
        }
        jobs.insert(0, job);
        body.insert("organizations".to_owned(), jobs.into());
    }
    body
}

fn is_main(job: &Value) -> bool {
    job.get("primary") == Some(&true.into())
}

/// Quotas are 403 like missing rights: only the reason tells them apart.
pub(crate) fn rules() -> ErrorRules {
    use ErrorKind::{AlreadyExists, NoCapacity, NotFound, NotReady, Permission, RateLimited, TokenExpired};
    const MEANINGS: [(&str, ErrorKind); 12] = [
        ("userRateLimitExceeded", RateLimited),
        ("rateLimitExceeded", RateLimited),
        ("quotaExceeded", RateLimited),
        ("dailyLimitExceeded", RateLimited),
        ("duplicate", AlreadyExists),
        ("notFound", NotFound),
        ("limitExceeded", NoCapacity),
        ("conditionNotMet", NotReady),
        ("forbidden", Permission),
        ("insufficientPermissions", Permission),
        ("domainCannotUseApis", Permission),
        ("accessNotConfigured", Permission),
    ];
    // Places in a list are good for three days.
    ErrorRules::new()
        .code_at("/error/errors/0/reason")
        .message_at("/error/message")
        .meanings(&MEANINGS)
        .sentence("pagetoken", TokenExpired)
}

/// The Licensing API says the same when all seats are taken.
pub(crate) fn licensing_rules() -> ErrorRules {
    rules().meaning("conditionNotMet", ErrorKind::NoCapacity)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tenure_connector_rest::testing::assert_failures;

    use super::*;

    #[test]
    fn every_documented_failure_has_its_kind() {
        use ErrorKind::{
            AlreadyExists, Auth, InvalidInput, NotFound, NotReady, Permission, RateLimited, Unavailable,
        };

        let failures = [
            (
                403,
                json!({ "error": { "code": 403, "message": "…", "errors": [{ "reason": "userRateLimitExceeded" }] } }),
                RateLimited,
            ),
            (
                403,
                json!({ "error": { "code": 403, "message": "…", "errors": [{ "reason": "quotaExceeded" }] } }),
                RateLimited,
            ),
            (
                429,
                json!({ "error": { "code": 429, "message": "…", "errors": [{ "reason": "rateLimitExceeded" }] } }),
                RateLimited,
            ),
            (
                409,
                json!({ "error": { "code": 409, "message": "…", "errors": [{ "reason": "duplicate" }] } }),
                AlreadyExists,
            ),
            (
                404,
                json!({ "error": { "code": 404, "message": "…", "errors": [{ "reason": "notFound" }] } }),
                NotFound,
            ),
            (
                400,
                json!({ "error": { "code": 400, "message": "…", "errors": [{ "reason": "invalid" }] } }),
                InvalidInput,
            ),
            (
                400,
                json!({ "error": { "code": 400, "message": "…", "errors": [{ "reason": "badRequest" }] } }),
                InvalidInput,
            ),
            (
                403,
                json!({ "error": { "code": 403, "message": "…", "errors": [{ "reason": "forbidden" }] } }),
                Permission,
            ),
            (
                403,
                json!({ "error": { "code": 403, "message": "…", "errors": [{ "reason": "domainCannotUseApis" }] } }),
                Permission,
            ),
            (
                403,
                json!({ "error": { "code": 403, "message": "…", "errors": [{ "reason": "accessNotConfigured" }] } }),
                Permission,
            ),
            (
                403,
                json!({ "error": { "code": 403, "message": "…", "errors": [{ "reason": "insufficientPermissions" }] } }),
                Permission,
            ),
            (
                412,
                json!({ "error": { "code": 412, "message": "…", "errors": [{ "reason": "conditionNotMet" }] } }),
                NotReady,
            ),
            (
                401,
                json!({ "error": { "code": 401, "message": "…", "errors": [{ "reason": "authError" }] } }),
                Auth,
            ),
            (
                503,
                json!({ "error": { "code": 503, "message": "…", "errors": [{ "reason": "backendError" }] } }),
                Unavailable,
            ),
        ];
        assert_failures(rules(), &failures);
    }
}
