//! Peer profiles: which deviations from the RFCs are accepted, each with a name, and which of them were met.

mod fired;
mod tolerance;

pub use fired::Fired;
pub use tolerance::Tolerance;

/// The dialect of a peer: strict RFC 7644 plus named tolerances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    id: String,
    tolerances: u64,
    canonical: bool,
}

impl Profile {
    /// RFC 7644 and nothing else.
    pub fn strict() -> Self {
        Self { id: "strict".to_owned(), tolerances: 0, canonical: false }
    }

    /// The name of the profile.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether the deviation is accepted.
    pub fn allows(&self, tolerance: Tolerance) -> bool {
        self.tolerances & tolerance.bit() != 0
    }

    /// Whether values outside an attribute's `canonicalValues` are refused.
    ///
    /// Off in every named profile: RFC 7643 section 7 calls the values suggested, and peers send their own.
    pub fn enforces_canonical_values(&self) -> bool {
        self.canonical
    }

    /// The same profile, refusing values outside `canonicalValues` (RFC 7643 section 2.3.1).
    #[must_use]
    pub fn with_canonical_values(mut self) -> Self {
        self.canonical = true;
        self
    }

    /// The same profile, also accepting `tolerance`.
    #[must_use]
    pub fn with(mut self, tolerance: Tolerance) -> Self {
        self.tolerances |= tolerance.bit();
        self
    }

    /// The same profile, no longer accepting `tolerance`.
    #[must_use]
    pub fn without(mut self, tolerance: Tolerance) -> Self {
        self.tolerances &= !tolerance.bit();
        self
    }
}
