//! Choices that the RFCs leave to a service provider.

use crate::resource::Resource;

/// Choices that the RFCs leave to a service provider.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ValidateOptions {
    /// What happens to attributes and schemas that the resource type does not have; left out by default.
    pub unknown: Unknown,
    /// What canonical values mean; suggestions by default.
    pub canonical: Canonical,
}

/// What happens to attributes and schemas that the resource type does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Unknown {
    /// They are left out and listed in [`Validated::ignored`].
    #[default]
    Ignore,
    /// They are part of the resource.
    Keep,
    /// The request is refused with `invalidSyntax`.
    Refuse,
}

/// What the canonical values of an attribute mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Canonical {
    /// Other values are fine, as RFC 7643 section 7 suggests.
    #[default]
    Suggest,
    /// Other values are refused with `invalidValue`.
    Enforce,
}

impl ValidateOptions {
    /// The same options with another answer to unknown attributes.
    #[must_use]
    pub fn with_unknown(mut self, unknown: Unknown) -> Self {
        self.unknown = unknown;
        self
    }

    /// The same options with another meaning of canonical values.
    #[must_use]
    pub fn with_canonical(mut self, canonical: Canonical) -> Self {
        self.canonical = canonical;
        self
    }
}

/// A request body that was found right.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Validated {
    /// The resource that the request asks for.
    pub resource: Resource,
    /// The paths of what the body had and the resource does not: read-only values, values that were there already and,
    /// unless they are kept, unknown attributes and schemas.
    pub ignored: Vec<String>,
}
