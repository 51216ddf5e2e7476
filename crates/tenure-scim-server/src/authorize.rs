//! What a caller may do: the [`Authorize`] hook, asked before each operation.

use std::fmt;

use async_trait::async_trait;

use crate::Principal;

/// One operation that a caller wants to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// What is done.
    pub kind: ActionKind,
    /// The resource type; `None` for the root search and for discovery.
    pub resource_type: Option<String>,
    /// The id of the one resource, when there is one.
    pub id: Option<String>,
}

/// The kinds of operation of RFC 7644.
///
/// A bulk request asks once for `Bulk` and once for each operation in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ActionKind {
    /// Reading one resource.
    Read,
    /// Listing and searching.
    List,
    /// `POST` of a new resource.
    Create,
    /// `PUT`.
    Replace,
    /// `PATCH`.
    Patch,
    /// `DELETE`.
    Delete,
    /// A bulk request as a whole.
    Bulk,
}

/// Decides whether a caller may do an operation.
#[async_trait]
pub trait Authorize: Send + Sync + fmt::Debug {
    /// Whether `principal` may do `action`.
    async fn allows(&self, principal: &Principal, action: &Action) -> bool;
}

/// Every authenticated caller may do everything.
#[derive(Debug, Clone, Copy, Default)]
pub struct AllowAll;

#[async_trait]
impl Authorize for AllowAll {
    async fn allows(&self, _principal: &Principal, _action: &Action) -> bool {
        true
    }
}

/// Every authenticated caller may read and nothing else.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReadOnly;

#[async_trait]
impl Authorize for ReadOnly {
    async fn allows(&self, _principal: &Principal, action: &Action) -> bool {
        matches!(action.kind, ActionKind::Read | ActionKind::List)
    }
}
