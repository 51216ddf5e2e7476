//! Kinds of errors, and the one table that gives each its HTTP status and `scimType`.

use std::fmt;

/// What went wrong, independent of the wording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Filter syntax, or a comparison the attribute does not allow.
    InvalidFilter,
    /// More results than the server computes.
    TooMany,
    /// A value that must be unique is in use.
    Uniqueness,
    /// A change that the attribute's mutability forbids.
    Mutability,
    /// The message's structure.
    InvalidSyntax,
    /// A PATCH path that is malformed or unknown.
    InvalidPath,
    /// A PATCH path that selects nothing.
    NoTarget,
    /// A missing or unfit value.
    InvalidValue,
    /// An unsupported protocol version.
    InvalidVersion,
    /// Sensitive data in a URL.
    Sensitive,
    /// A cursor that is not one of ours or not of this query.
    InvalidCursor,
    /// A cursor that is too old.
    ExpiredCursor,
    /// A count that is out of range or changed between pages.
    InvalidCount,
    /// A bad request for which RFC 7644 has no keyword.
    BadRequest,
    /// No or wrong credentials.
    Unauthorized,
    /// Not allowed.
    Forbidden,
    /// No such resource or endpoint.
    NotFound,
    /// A conflict with the present state.
    Conflict,
    /// `If-Match` names another version.
    PreconditionFailed,
    /// Over a size or operation limit.
    PayloadTooLarge,
    /// Over a rate limit.
    TooManyRequests,
    /// The server failed.
    Internal,
    /// The server does not do this.
    NotImplemented,
}

impl ErrorKind {
    /// The HTTP status and `scimType` of each kind (RFC 7644 tables 8 and 9, RFC 9865 section 3).
    pub(super) fn wire(self) -> (u16, Option<ScimType>) {
        match self {
            Self::InvalidFilter => (400, Some(ScimType::InvalidFilter)),
            Self::TooMany => (400, Some(ScimType::TooMany)),
            // SPEC: RFC 7644 section 3.3 makes a create conflict 409, though table 9 stands under status 400.
            Self::Uniqueness => (409, Some(ScimType::Uniqueness)),
            Self::Mutability => (400, Some(ScimType::Mutability)),
            Self::InvalidSyntax => (400, Some(ScimType::InvalidSyntax)),
            Self::InvalidPath => (400, Some(ScimType::InvalidPath)),
            Self::NoTarget => (400, Some(ScimType::NoTarget)),
            Self::InvalidValue => (400, Some(ScimType::InvalidValue)),
            Self::InvalidVersion => (400, Some(ScimType::InvalidVersion)),
            // SPEC: RFC 7644 erratum 6893: `sensitive` goes with 403.
            Self::Sensitive => (403, Some(ScimType::Sensitive)),
            Self::InvalidCursor => (400, Some(ScimType::InvalidCursor)),
            Self::ExpiredCursor => (400, Some(ScimType::ExpiredCursor)),
            Self::InvalidCount => (400, Some(ScimType::InvalidCount)),
            Self::BadRequest => (400, None),
            Self::Unauthorized => (401, None),
            Self::Forbidden => (403, None),
            Self::NotFound => (404, None),
            Self::Conflict => (409, None),
            Self::PreconditionFailed => (412, None),
            Self::PayloadTooLarge => (413, None),
            Self::TooManyRequests => (429, None),
            Self::Internal => (500, None),
            Self::NotImplemented => (501, None),
        }
    }

    pub(super) fn from_wire(status: u16, scim_type: Option<&ScimType>) -> Self {
        let keyword = scim_type.filter(|t| !matches!(t, ScimType::Other(_)));
        if let Some(kind) = ALL.into_iter().find(|k| keyword.is_some() && k.wire().1.as_ref() == keyword) {
            return kind;
        }
        match ALL.into_iter().find(|k| k.wire() == (status, None)) {
            Some(kind) => kind,
            None if status >= 500 => Self::Internal,
            None => Self::BadRequest,
        }
    }
}

/// The keyword of a SCIM error (`scimType`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ScimType {
    /// `invalidFilter`
    InvalidFilter,
    /// `tooMany`
    TooMany,
    /// `uniqueness`
    Uniqueness,
    /// `mutability`
    Mutability,
    /// `invalidSyntax`
    InvalidSyntax,
    /// `invalidPath`
    InvalidPath,
    /// `noTarget`
    NoTarget,
    /// `invalidValue`
    InvalidValue,
    /// `invalidVers`
    InvalidVersion,
    /// `sensitive`
    Sensitive,
    /// `invalidCursor` (RFC 9865)
    InvalidCursor,
    /// `expiredCursor` (RFC 9865)
    ExpiredCursor,
    /// `invalidCount` (RFC 9865)
    InvalidCount,
    /// A keyword outside the RFCs, as a peer sent it.
    Other(Box<str>),
}

impl ScimType {
    /// The keyword as it stands on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVersion => "invalidVers",
            Self::Sensitive => "sensitive",
            Self::InvalidCursor => "invalidCursor",
            Self::ExpiredCursor => "expiredCursor",
            Self::InvalidCount => "invalidCount",
            Self::Other(keyword) => keyword,
        }
    }

    pub(super) fn from_keyword(keyword: &str) -> Self {
        ALL.into_iter()
            .filter_map(|kind| kind.wire().1)
            .find(|t| t.as_str().eq_ignore_ascii_case(keyword))
            .unwrap_or_else(|| Self::Other(keyword.into()))
    }
}

impl fmt::Display for ScimType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

pub(super) const ALL: [ErrorKind; 23] = [
    ErrorKind::InvalidFilter,
    ErrorKind::TooMany,
    ErrorKind::Uniqueness,
    ErrorKind::Mutability,
    ErrorKind::InvalidSyntax,
    ErrorKind::InvalidPath,
    ErrorKind::NoTarget,
    ErrorKind::InvalidValue,
    ErrorKind::InvalidVersion,
    ErrorKind::Sensitive,
    ErrorKind::InvalidCursor,
    ErrorKind::ExpiredCursor,
    ErrorKind::InvalidCount,
    ErrorKind::BadRequest,
    ErrorKind::Unauthorized,
    ErrorKind::Forbidden,
    ErrorKind::NotFound,
    ErrorKind::Conflict,
    ErrorKind::PreconditionFailed,
    ErrorKind::PayloadTooLarge,
    ErrorKind::TooManyRequests,
    ErrorKind::Internal,
    ErrorKind::NotImplemented,
];
