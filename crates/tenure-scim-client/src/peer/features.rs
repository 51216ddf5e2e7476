use std::time::Duration;

use serde_json::{Map, Value};

use crate::body::{member, number};

/// What a peer claims to support (`ServiceProviderConfig`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Features {
    /// PATCH. For the record only: see [`Update::Auto`](crate::Update::Auto).
    pub patch: Claim,
    /// Bulk requests.
    pub bulk: Claim,
    /// How large a bulk request can be.
    pub bulk_limits: BulkLimits,
    /// Filters.
    pub filter: Claim,
    /// The most resources in one answer to a query.
    pub max_results: Option<u32>,
    /// Sorting.
    pub sort: Claim,
    /// ETags.
    pub etag: Claim,
    /// Changing a password.
    pub change_password: Claim,
    /// How lists come in pages.
    pub paging: Paging,
}

/// What a peer says about one thing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Claim {
    /// It says that it has it.
    Yes,
    /// It says that it does not have it.
    No,
    /// It says nothing that can be understood.
    #[default]
    Unsaid,
}

/// How large a bulk request can be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BulkLimits {
    /// The most operations.
    pub operations: Option<usize>,
    /// The most bytes.
    pub bytes: Option<usize>,
}

/// How lists come in pages (RFC 9865).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Paging {
    /// By cursor.
    pub cursor: Claim,
    /// By index.
    pub index: Claim,
    /// Whether a request that names neither is paged by cursor.
    pub cursor_is_default: bool,
    /// The size of a page when a request names none.
    pub default_page_size: Option<u32>,
    /// The largest page.
    pub max_page_size: Option<u32>,
    /// How long a cursor can be used.
    pub cursor_life: Option<Duration>,
}

impl Features {
    /// Reads a `ServiceProviderConfig`, however sloppy.
    pub(super) fn read(config: &Map<String, Value>, warnings: &mut Vec<String>) -> Self {
        let part = |name: &str| member(config, name).and_then(Value::as_object);
        let mut claim =
            |name: &str| match part(name).and_then(|part| member(part, "supported")).and_then(truth) {
                Some(true) => Claim::Yes,
                Some(false) => Claim::No,
                None => {
                    warnings
                        .push(format!("`ServiceProviderConfig` does not say whether `{name}` is supported"));
                    Claim::Unsaid
                }
            };
        let (patch, bulk, filter) = (claim("patch"), claim("bulk"), claim("filter"));
        let (sort, etag, change_password) = (claim("sort"), claim("etag"), claim("changePassword"));
        let limit = |part_name: &str, name: &str| {
            let value = part(part_name).and_then(|part| member(part, name)).and_then(number)?;
            (value > 0).then_some(value)
        };
        let bulk_limits = BulkLimits {
            operations: limit("bulk", "maxOperations").and_then(|n| usize::try_from(n).ok()),
            bytes: limit("bulk", "maxPayloadSize").and_then(|n| usize::try_from(n).ok()),
        };
        if bulk == Claim::Yes && (bulk_limits.operations.is_none() || bulk_limits.bytes.is_none()) {
            warnings.push("`ServiceProviderConfig` supports `bulk` without saying its limits".to_owned());
        }
        Self {
            patch,
            bulk,
            bulk_limits,
            filter,
            max_results: limit("filter", "maxResults").and_then(|n| u32::try_from(n).ok()),
            sort,
            etag,
            change_password,
            paging: part("pagination").map(Paging::read).unwrap_or_default(),
        }
    }
}

impl Paging {
    fn read(part: &Map<String, Value>) -> Self {
        let claim = |name: &str| match member(part, name).and_then(truth) {
            Some(true) => Claim::Yes,
            Some(false) => Claim::No,
            None => Claim::Unsaid,
        };
        let size = |name: &str| {
            let size = member(part, name).and_then(number).and_then(|n| u32::try_from(n).ok());
            size.filter(|size| *size > 0)
        };
        let method = member(part, "defaultPaginationMethod").and_then(Value::as_str).unwrap_or_default();
        Self {
            cursor: claim("cursor"),
            index: claim("index"),
            cursor_is_default: method.eq_ignore_ascii_case("cursor"),
            default_page_size: size("defaultPageSize"),
            max_page_size: size("maxPageSize"),
            cursor_life: member(part, "cursorTimeout").and_then(number).map(Duration::from_secs),
        }
    }

    /// Whether a walk starts by asking for a cursor.
    pub(crate) fn starts_with_cursor(&self) -> bool {
        self.cursor == Claim::Yes && (self.index == Claim::No || self.cursor_is_default)
    }
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}
