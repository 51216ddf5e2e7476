//! The known peers, as a table.

use super::Tolerance::{self, *};
use super::{Outgoing, Profile, Restriction};

/// One profile each: id, what is accepted from the peer, what may be sent to it.
pub(super) fn all() -> impl Iterator<Item = Profile> {
    let plain = Outgoing::default;
    [
        ("strict", &[] as &[Tolerance], plain()),
        // Microsoft Entra ID as it is by default.
        (
            "entra",
            &[
                FilterSubAfterValuePath,
                FilterOperatorAfterValuePath,
                FilterBooleanText,
                PatchOpCase,
                PatchRemoveValues,
                PatchAddCreatesElement,
                PatchReplaceCreatesElement,
                PatchFilterOnSingular,
                ValueBooleanText,
                ValueComplexText,
                ValueSingularArray,
                ValueJsonText,
                ValueSimpleObject,
                BodyForeignSchema,
                BodyUndeclaredExtension,
            ],
            plain(),
        ),
        // Microsoft Entra ID with the flag `aadOptscim062020`.
        (
            "entra-scim062020",
            &[
                FilterSubAfterValuePath,
                FilterOperatorAfterValuePath,
                FilterBooleanText,
                PatchAddCreatesElement,
                PatchReplaceCreatesElement,
                PatchDottedKeys,
                PatchFilterOnSingular,
                ValueComplexText,
                ValueSingularArray,
                ValueJsonText,
                ValueSimpleObject,
                BodyForeignSchema,
                BodyUndeclaredExtension,
            ],
            plain(),
        ),
        // Okta, an app of one's own (users by PUT).
        ("okta-custom", &[PatchMissingSchemas, ErrorStatusNumber], plain()),
        // Okta, an app from the catalogue (activation and password by PATCH).
        ("okta-catalogue", &[PatchMissingSchemas, ErrorStatusNumber], plain()),
        ("onelogin", &[BodyLegacySchema], plain()),
        ("jumpcloud", &[PatchRemoveValues, PatchRemoveFilterAndValue], plain()),
        ("google", &[ConfigIncomplete], plain()),
        ("ping-one", &[ValueManyPrimaries, ErrorStatusNumber], plain()),
        // authentik as a client: removes members by value.
        ("authentik", &[PatchRemoveValues], plain()),
        // SailPoint's replace of a complex attribute is a merge, which is what RFC 7644 says.
        ("sailpoint", &[], plain()),
        (
            "aws",
            &[],
            Outgoing {
                max_member_changes: Some(100),
                max_page_size: Some(50),
                path_less_patch: false,
                replaces_members: false,
                many_values: false,
                filters_eq_and: true,
                unsupported: AWS_UNSUPPORTED,
                always_there: &["userName", "active"],
                ..plain()
            },
        ),
        ("slack", &[], Outgoing { max_page_size: Some(1000), ..plain() }),
        ("salesforce", &[], Outgoing { max_page_size: Some(200), plural_config_path: true, ..plain() }),
        ("github", &[], Outgoing { user_agent_required: true, ..plain() }),
        // Schemas without `schemas`, as RFC 7643 section 8.7 itself has them, are read in every profile.
        ("atlassian", &[], plain()),
        ("databricks", &[], Outgoing { max_filter_terms: Some(200), ..plain() }),
        ("miro", &[], Outgoing { max_member_changes: Some(8000), max_body_bytes: Some(800_000), ..plain() }),
        (
            "hcp-terraform",
            &[],
            Outgoing {
                max_page_size: Some(200),
                filters_eq_and: true,
                filter_attributes: Some(&["userName", "externalId"]),
                ..plain()
            },
        ),
        ("vcenter", &[ConfigIncomplete, ErrorStatusNumber], plain()),
        // No service provider configuration at all, and filters nevertheless.
        ("qualified", &[ConfigIncomplete], Outgoing { config: false, ..plain() }),
        // What the answers of these two look like and how much they take differs, not what they read: 25,000 operations an hour,
        // those of a bulk request counted one by one; a user that is inactive cannot be updated.
        ("peakon", &[], plain()),
        ("launchdarkly", &[], Outgoing { updates_inactive: false, ..plain() }),
    ]
    .into_iter()
    .map(|(id, tolerances, outgoing)| {
        let profile = Profile { id: id.to_owned(), ..Profile::strict() }.with_outgoing(outgoing);
        tolerances.iter().copied().fold(profile, Profile::with)
    })
    .chain(stricter())
}

/// AWS IAM Identity Center, `patchuser`: attributes and sub-attributes that it has no room for.
const AWS_UNSUPPORTED: &[&str] = &[
    "password",
    "ims",
    "photos",
    "x509Certificates",
    "entitlements",
    "emails.display",
    "phoneNumbers.display",
    "addresses.display",
];

/// Profiles that refuse what RFC 7644 allows: the interoperability profile, and IPSIE, which builds on it.
fn stricter() -> impl Iterator<Item = Profile> {
    let outgoing =
        || Outgoing { path_less_patch: false, put: false, entity_tags: false, ..Outgoing::default() };
    let ipsie = Outgoing { max_member_changes: Some(50), max_page_size: Some(1000), ..outgoing() };
    let all_but_password = |r: &Restriction| *r != Restriction::PasswordRefused;
    [("interop", outgoing(), false), ("ipsie", ipsie, true)].into_iter().map(
        move |(id, outgoing, password)| {
            let profile = Profile { id: id.to_owned(), ..Profile::strict() }.with_outgoing(outgoing);
            let restrictions = Restriction::ALL.iter().copied().filter(|r| password || all_but_password(r));
            restrictions.fold(profile, Profile::restricted)
        },
    )
}
