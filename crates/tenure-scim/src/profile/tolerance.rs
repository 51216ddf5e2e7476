//! The deviations that can be accepted: an id, a sentence and a source each.

use super::catalogue::catalogue;

catalogue! {
    /// One deviation from the RFCs that a real peer needs.
    Tolerance;

    FilterSubAfterValuePath, "filter-sub-after-value-path",
        "A filter may go on behind a value path: `emails[type eq \"work\"].value eq \"a\"`.",
        "Microsoft Learn, use-scim-to-provision-users-and-groups, queries; scimmy issue 55";
    FilterOperatorAfterValuePath, "filter-operator-after-value-path",
        "A value path may be compared itself, which means its `value`: `emails[type eq \"work\"] eq \"a\"`.",
        "azure-docs issue 83855 (Microsoft's page on queries, earlier wording)";
    FilterBooleanText, "filter-boolean-text",
        "A filter may compare a boolean with text: `roles[primary eq \"True\"]`.",
        "directory-scimple pull request 1213 (Microsoft's SCIM validator)";
    PatchOpCase, "patch-op-case",
        "The `op` of a PATCH operation may be in any case: `Replace`.",
        "Microsoft Learn, use-scim-to-provision-users-and-groups, update user";
    PatchMissingSchemas, "patch-missing-schemas",
        "A PATCH body may come without `schemas`.",
        "Okta developer documentation, SCIM 2.0 reference, update a specific user";
    PatchRemoveValues, "patch-remove-values",
        "A `remove` with a list in `value` removes just the listed values.",
        "Microsoft Learn, application-provisioning-config-problem-scim-compatibility; SCIM-SDK issue 149; scim-patch issue 959";
    PatchRemoveFilterAndValue, "patch-remove-filter-and-value",
        "A `remove` may carry both a value filter in `path` and a `value`; the filter counts.",
        "scim-v2-rust pull request 39, finding H-4 (JumpCloud)";
    PatchAddCreatesElement, "patch-add-creates-element",
        "An `add` whose value filter matches nothing creates the element that the filter describes.",
        "RFC 7644 erratum 8097 (held); SCIM-SDK issues 416 and 680";
    PatchReplaceCreatesElement, "patch-replace-creates-element",
        "A `replace` whose value filter matches nothing creates the element that the filter describes.",
        "SCIM-SDK issues 668 and 673";
    PatchDottedKeys, "patch-dotted-keys",
        "The `value` of an operation without `path` may use paths as keys: `name.givenName`, `urn:...:User:department`.",
        "Microsoft Learn, application-provisioning-config-problem-scim-compatibility (aadOptscim062020); SCIM-SDK issue 193";
    PatchFilterOnSingular, "patch-filter-on-singular",
        "A value filter may stand behind a singular complex attribute: `manager[value eq \"1\"]`.",
        "scim-patch issue 453; Microsoft Q&A 5746233";
    ValueBooleanText, "value-boolean-text",
        "A boolean may come as text: `\"False\"`.",
        "Microsoft Learn, application-provisioning-config-problem-scim-compatibility; zitadel issue 8140";
    ValueComplexText, "value-complex-text",
        "A singular complex attribute with a `value` may come as bare text: `\"manager\": \"1\"`; empty text clears it.",
        "SCIM-SDK issue 541";
    ValueSingularArray, "value-singular-array",
        "A singular attribute may come wrapped in an array of one.",
        "SCIM-SDK issue 541; SCIMServer, manager PATCH coercion";
    ValueJsonText, "value-json-text",
        "The `value` of an element may be a JSON object inside a string, as Entra app roles are.",
        "SCIM-SDK issue 516";
    ValueSimpleObject, "value-simple-object",
        "The values of a simple multi-valued attribute may come as objects: `[{\"value\": \"1\"}]`.",
        "Microsoft Q&A 1693075";
    ValueManyPrimaries, "value-many-primaries",
        "Several values may be marked primary; the first keeps the mark.",
        "Ping Identity documentation, p1_scim_provisioning_limitations";
    BodyForeignSchema, "body-foreign-schema",
        "`schemas` may hold URIs of the peer's own; they are dropped.",
        "Microsoft Learn, use-scim-to-provision-users-and-groups, create group";
    BodyLegacySchema, "body-legacy-schema",
        "`schemas` may use the draft URIs `urn:scim:schemas:core:2.0` and `urn:scim:schemas:extension:enterprise:2.0`.",
        "authentik issue 11249 (OneLogin)";
    BodyUndeclaredExtension, "body-undeclared-extension",
        "A body may hold an extension that `schemas` does not name.",
        "azure-docs issue 65648";
    ErrorStatusNumber, "error-status-number",
        "The `status` of an error may be a number: `409`.",
        "Okta developer documentation, SCIM 2.0 reference, examples of errors; pingidentity/scim2 issue 236";
    ConfigIncomplete, "config-incomplete",
        "A service provider configuration may lack required parts; they count as not supported, limits as 0.",
        "authentik issue 25056 (Google Cloud sends `\"bulk\": {\"supported\": false}`); Rauthy pull request 1395";
}
