//! What RFC 7644 allows and a stricter profile refuses: an id, a sentence and a source each.

use std::fmt;

macro_rules! restrictions {
    ($($variant:ident, $id:literal, $doc:literal, $source:literal;)+) => {
        /// One thing that RFC 7644 allows and a stricter profile refuses.
        ///
        /// The opposite of a [`Tolerance`](super::Tolerance).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Restriction {
            $(#[doc = $doc] #[doc = ""] #[doc = concat!("Id `", $id, "`. Source: ", $source)] $variant,)+
        }

        impl Restriction {
            /// Every restriction.
            pub const ALL: &'static [Restriction] = &[$(Restriction::$variant),+];

            /// The stable name, for configuration and logs.
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),+ }
            }

            /// What is refused, in one sentence.
            pub fn doc(self) -> &'static str {
                match self { $(Self::$variant => $doc),+ }
            }

            /// Where it is asked for.
            pub fn source(self) -> &'static str {
                match self { $(Self::$variant => $source),+ }
            }
        }
    };
}

restrictions! {
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

impl Restriction {
    pub(super) fn bit(self) -> u64 {
        1 << (self as u32)
    }

    /// The restriction with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|r| r.id() == id)
    }
}

impl fmt::Display for Restriction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
