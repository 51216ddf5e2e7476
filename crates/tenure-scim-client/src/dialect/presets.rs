use tenure_scim::Profile;

use super::{Dialect, MemberRemoval, Rate, Update};

impl Default for Dialect {
    fn default() -> Self {
        Self::rfc()
    }
}

impl Dialect {
    /// RFC 7644.
    #[must_use]
    pub fn rfc() -> Self {
        Self {
            name: "rfc".to_owned(),
            update: Update::Auto,
            one_operation_per_path: false,
            max_operations: None,
            max_member_changes: Some(1000),
            member_removal: MemberRemoval::Filter,
            replaces_members: true,
            capital_operations: false,
            text_booleans: false,
            if_match: true,
            plain_json: false,
            post_queries: false,
            max_page_size: None,
            reads: None,
            writes: None,
        }
    }

    /// Writes like Microsoft Entra, for a peer that was built for it alone.
    ///
    /// Source: Microsoft Learn, use-scim-to-provision-users-and-groups; application-provisioning-config-problem-scim-
    /// compatibility.
    #[must_use]
    pub fn entra() -> Self {
        Self {
            name: "entra".to_owned(),
            update: Update::Patch,
            one_operation_per_path: true,
            member_removal: MemberRemoval::Value,
            capital_operations: true,
            text_booleans: true,
            if_match: false,
            ..Self::rfc()
        }
    }

    /// Writes like Okta's custom integrations: the whole resource by PUT, for a peer that was built for them alone.
    ///
    /// Source: Okta developer documentation, SCIM 2.0 reference.
    #[must_use]
    pub fn okta() -> Self {
        Self { name: "okta".to_owned(), update: Update::Put, if_match: false, ..Self::rfc() }
    }

    /// AWS IAM Identity Center: an operation for each path, 100 members in a request, 50 resources on a page.
    ///
    /// Source: AWS IAM Identity Center SCIM developer guide, limitations, patchuser and patchgroup.
    #[must_use]
    pub fn aws() -> Self {
        Self {
            name: "aws".to_owned(),
            update: Update::Patch,
            one_operation_per_path: true,
            max_member_changes: Some(100),
            replaces_members: false,
            if_match: false,
            max_page_size: Some(50),
            ..Self::rfc()
        }
    }

    /// Slack: 600 writes and 1000 reads a minute, `application/json`.
    ///
    /// Source: Slack documentation, SCIM API rate limits.
    #[must_use]
    pub fn slack() -> Self {
        Self {
            name: "slack".to_owned(),
            plain_json: true,
            if_match: false,
            max_page_size: Some(1000),
            reads: Some(Rate::per_minute(1000, 100)),
            // The limit of the single write endpoints; the sum of all is 600 a minute.
            writes: Some(Rate::per_minute(180, 20)),
            ..Self::rfc()
        }
    }

    /// The interoperability profile of draft-zollner-scim-interop-profile: PATCH only, a path in each operation, one
    /// operation for each attribute, no ETags.
    #[must_use]
    pub fn interop() -> Self {
        Self {
            name: "interop".to_owned(),
            update: Update::Patch,
            one_operation_per_path: true,
            if_match: false,
            ..Self::rfc()
        }
    }

    /// A peer without PATCH: every change reads the resource and puts it back changed.
    #[must_use]
    pub fn put_only() -> Self {
        Self { name: "put-only".to_owned(), update: Update::Put, ..Self::rfc() }
    }

    /// Every named dialect.
    #[must_use]
    pub fn all() -> Vec<Self> {
        vec![
            Self::rfc(),
            Self::entra(),
            Self::okta(),
            Self::aws(),
            Self::slack(),
            Self::interop(),
            Self::put_only(),
        ]
    }

    /// The dialect with this name: one of [`all`](Self::all), or RFC 7644 within the limits of a named [`Profile`].
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure_scim_client::Dialect;
    ///
    /// assert_eq!(Dialect::named("salesforce").and_then(|dialect| dialect.max_page_size), Some(200));
    /// assert_eq!(Dialect::named("nobody"), None);
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let own = Self::all().into_iter().find(|dialect| dialect.name == name);
        own.or_else(|| Profile::named(name).map(|profile| Self::of_peer(&profile)))
    }

    /// RFC 7644 within the limits of a peer.
    #[must_use]
    pub fn of_peer(profile: &Profile) -> Self {
        let limits = profile.outgoing();
        Self {
            name: profile.id().to_owned(),
            one_operation_per_path: !limits.path_less_patch,
            max_member_changes: limits.max_member_changes,
            replaces_members: limits.replaces_members,
            max_page_size: limits.max_page_size.and_then(|size| u32::try_from(size).ok()),
            ..Self::rfc()
        }
    }
}
