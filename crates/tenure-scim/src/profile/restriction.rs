//! What RFC 7644 allows and a stricter profile refuses: an id, a sentence and a source each.

use super::catalogue::catalogue;

catalogue! {
    /// One thing that RFC 7644 allows and a stricter profile refuses.
    ///
    /// The opposite of a [`Tolerance`](super::Tolerance).
    Restriction;

    PatchPathRequired, "patch-path-required",
        "A PATCH operation without `path` is refused with `invalidSyntax`.",
        "draft-zollner-scim-interop-profile, PATCH";
    PatchOncePerTarget, "patch-once-per-target",
        "Two PATCH operations of one request with the same `path` are refused with `invalidSyntax`.",
        "draft-zollner-scim-interop-profile, PATCH: one operation for an attribute; paths that differ in sub-attribute or value filter count as different here";
    PatchFilterNeedsSub, "patch-filter-needs-sub",
        "An `add` or `replace` whose `path` has a value filter and no sub-attribute is refused with `invalidPath`.",
        "draft-zollner-scim-interop-profile, PATCH; a `remove` by value filter takes whole values here";
    PatchFilterOneMatch, "patch-filter-one-match",
        "A PATCH operation whose value filter matches several values is refused with `invalidFilter`.",
        "draft-zollner-scim-interop-profile, PATCH";
    PatchReplaceWhole, "patch-replace-whole",
        "A `replace` of a complex attribute takes out the sub-attributes that its value does not name; `add` merges.",
        "draft-zollner-scim-interop-profile, PATCH; RFC 7644 section 3.5.2.3 merges";
    FilterEqAndOnly, "filter-eq-and-only",
        "A filter with anything but `eq`, `and` and value paths is refused with `invalidFilter`.",
        "draft-zollner-scim-interop-profile, filtering";
    BodyUnknownRefused, "body-unknown-refused",
        "An attribute that the resource type does not have is refused with `invalidSyntax`.",
        "draft-zollner-scim-interop-profile, section 5.3";
    PasswordRefused, "password-refused",
        "A body, a path or a filter that names `password` is refused.",
        "OpenID IPSIE AL SCIM 2.0 profile, draft 00";
}
