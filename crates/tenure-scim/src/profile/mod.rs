//! Peer profiles: which deviations from the RFCs are accepted, each with a name, and which of them were met.
//!
//! A profile is data, chosen at run time for each peer. Strict is the default everywhere; [`Profile::named`] gives
//! the profile of a known peer, or one that is stricter than the RFC (`interop`, `ipsie`, see [`Restriction`]), [`with`](Profile::with) and [`without`](Profile::without) switch one tolerance.
//! Every function that takes a profile tells which tolerances were needed ([`Fired`]), so that they can be counted.

mod catalogue;
mod fired;
mod fit;
mod normalise;
mod outgoing;
mod peers;
pub(crate) mod restrict;
mod restriction;
mod serde;
mod tolerance;

pub use fired::Fired;
pub use fit::OutgoingError;
pub use normalise::normalise;
pub use outgoing::Outgoing;
pub use restriction::Restriction;
pub use tolerance::Tolerance;

/// The dialect of a peer: strict RFC 7644, plus named tolerances, less named restrictions, plus what may be sent to it.
///
/// Serialises as its id, or as `{"base": "entra", "allow": [..], "refuse": [..]}` with the tolerances that differ, and
/// `"restrict"` and `"unrestrict"` likewise with the restrictions; what may be sent comes from the base.
///
/// # Examples
///
/// ```
/// use tenure_scim::{Profile, Tolerance};
///
/// let entra = Profile::named("entra").ok_or("no such profile")?;
/// assert!(entra.allows(Tolerance::ValueBooleanText));
/// assert!(!entra.without(Tolerance::ValueBooleanText).allows(Tolerance::ValueBooleanText));
///
/// let own: Profile = serde_json::from_str(r#"{"base": "strict", "allow": ["patch-op-case"]}"#)?;
/// assert_eq!(own.tolerances().collect::<Vec<_>>(), [Tolerance::PatchOpCase]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    id: String,
    tolerances: u64,
    restrictions: u64,
    canonical: bool,
    outgoing: Outgoing,
}

impl Profile {
    /// RFC 7644 and nothing else.
    pub fn strict() -> Self {
        let (tolerances, restrictions) = (0, 0);
        Self {
            id: "strict".to_owned(),
            tolerances,
            restrictions,
            canonical: false,
            outgoing: Outgoing::default(),
        }
    }

    /// The profile of a known peer, by its id: `entra`, `entra-scim062020`, `okta-custom`, `aws`, ...
    pub fn named(id: &str) -> Option<Self> {
        Self::all().find(|p| p.id == id)
    }

    /// The profiles of all known peers, strict first.
    pub fn all() -> impl Iterator<Item = Self> {
        peers::all()
    }

    /// The name of the profile.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether the deviation is accepted.
    pub fn allows(&self, tolerance: Tolerance) -> bool {
        self.tolerances & tolerance.bit() != 0
    }

    /// The deviations that are accepted.
    pub fn tolerances(&self) -> impl Iterator<Item = Tolerance> {
        Tolerance::ALL.iter().copied().filter(|t| self.allows(*t))
    }

    /// Whether something is refused that RFC 7644 allows.
    ///
    /// ```
    /// use tenure_scim::{Filter, Fired, Profile, filter::FilterLimits, profile::Restriction};
    ///
    /// let interop = Profile::named("interop").ok_or("no such profile")?;
    /// assert!(interop.restricts(Restriction::FilterEqAndOnly));
    /// let parse = |text| Filter::parse_with(text, &FilterLimits::default(), &interop, &mut Fired::default());
    /// assert!(parse(r#"userName eq "anna""#).is_ok());
    /// assert!(parse(r#"userName sw "an""#).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn restricts(&self, restriction: Restriction) -> bool {
        self.restrictions & restriction.bit() != 0
    }

    /// What is refused that RFC 7644 allows.
    pub fn restrictions(&self) -> impl Iterator<Item = Restriction> {
        Restriction::ALL.iter().copied().filter(|r| self.restricts(*r))
    }

    /// The same profile, also refusing `restriction`.
    #[must_use]
    pub fn restricted(mut self, restriction: Restriction) -> Self {
        self.restrictions |= restriction.bit();
        self
    }

    /// The same profile, no longer refusing `restriction`.
    #[must_use]
    pub fn unrestricted(mut self, restriction: Restriction) -> Self {
        self.restrictions &= !restriction.bit();
        self
    }

    /// What may be sent to the peer.
    pub fn outgoing(&self) -> &Outgoing {
        &self.outgoing
    }

    /// The same profile, with other rules for what may be sent.
    #[must_use]
    pub fn with_outgoing(mut self, outgoing: Outgoing) -> Self {
        self.outgoing = outgoing;
        self
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

impl Default for Profile {
    fn default() -> Self {
        Self::strict()
    }
}
