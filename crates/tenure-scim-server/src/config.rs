//! What a server allows and what it announces.

use std::time::Duration;

use tenure_connector::{Capabilities, ObjectClass, OperationKind};

use crate::RateLimit;

/// Bounds on what one request and one caller may cost.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a request body outside `/Bulk`; 1 MiB.
    pub body_bytes: usize,
    /// Objects and arrays inside each other in a body; 32.
    pub body_depth: usize,
    /// Operations in one `PATCH`; 1000.
    pub patch_operations: usize,
    /// Elements of one multi-valued attribute in a request, members included; 20,000.
    pub values: usize,
    /// Bytes of a filter; 8 KiB.
    pub filter_bytes: usize,
    /// Resources on a page unless the client says otherwise; 100.
    pub page_default: u32,
    /// Resources on a page at most; 500.
    pub page_max: u32,
    /// Resources that the server itself looks through for a connector that cannot filter or sort; 10,000.
    pub scan: u64,
    /// Operations in one bulk request; 1000.
    pub bulk_operations: usize,
    /// Bytes of a bulk request; 4 MiB.
    pub bulk_bytes: usize,
    /// Requests that are worked on at the same time; 256.
    pub concurrency: usize,
    /// How long one call of the connector may take; 30 seconds. A timer ends those that take longer.
    pub time: Duration,
    /// How long a cursor works; one hour.
    pub cursor_life: Duration,
    /// Requests a caller may send; no limit.
    pub rate: Option<RateLimit>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1 << 20,
            body_depth: 32,
            patch_operations: 1000,
            values: 20_000,
            filter_bytes: 8 << 10,
            page_default: 100,
            page_max: 500,
            scan: 10_000,
            bulk_operations: 1000,
            bulk_bytes: 4 << 20,
            concurrency: 256,
            time: Duration::from_secs(30),
            cursor_life: Duration::from_secs(3600),
            rate: None,
        }
    }
}

/// The optional parts of the protocol. What is switched off is not announced and is answered with 501.
///
/// So is what the system behind the service cannot do: `PATCH` and `/Bulk` without a write, `etag` where a write would not
/// heed the version that it expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Features {
    /// `PATCH`.
    pub patch: bool,
    /// `/Bulk`.
    pub bulk: bool,
    /// The `filter` parameter.
    pub filter: bool,
    /// The `sortBy` parameter.
    pub sort: bool,
    /// `If-Match`, `If-None-Match` and the `ETag` header.
    pub etag: bool,
    /// The `cursor` parameter of RFC 9865.
    pub cursor: bool,
}

impl Default for Features {
    fn default() -> Self {
        Self { patch: true, bulk: true, filter: true, sort: true, etag: true, cursor: true }
    }
}

impl Features {
    /// What is left of them in front of a system that can do so much and no more.
    ///
    /// The server filters, sorts and pages itself where the system cannot; it cannot write or lock for it.
    pub(crate) fn within(self, capabilities: &Capabilities, classes: &[ObjectClass]) -> Self {
        let support = |kind| classes.iter().filter_map(move |class| capabilities.operation(class, kind));
        let changes = support(OperationKind::Update).next().is_some();
        let writes = [OperationKind::Create, OperationKind::Update, OperationKind::Delete];
        Self {
            patch: self.patch && changes,
            bulk: self.bulk && writes.into_iter().any(|kind| support(kind).next().is_some()),
            // A version that guards no write is still good for `If-None-Match`.
            etag: self.etag && support(OperationKind::Update).all(|support| support.locking),
            ..self
        }
    }
}

/// How a successful `PATCH` without `attributes` is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PatchAnswer {
    /// 200 with the resource; 204 when only members changed, so that a large group is not sent back for each of them.
    #[default]
    ResourceUnlessMembers,
    /// Always 200 with the resource.
    Resource,
    /// Always 204.
    NoContent,
}

/// Where filters may hold values of people, such as names and addresses of e-mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PersonalFilters {
    /// In addresses too, as the clients of the large vendors send them.
    #[default]
    Anywhere,
    /// In the body of a `POST` to `.search` only, as addresses end up in the logs of proxies: a `GET` whose filter compares
    /// anything but `id`, `meta` and `schemas` with a text or a number is answered with 403 and `sensitive` (RFC 7644
    /// section 7.5.2).
    OnlyInBodies,
}

/// What `DELETE` does to the object behind a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Deletion {
    /// It is gone.
    #[default]
    Permanent,
    /// It is hidden and can be restored by other means than SCIM.
    Soft,
}
