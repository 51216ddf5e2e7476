//! An IANA time zone by name.

use std::fmt;
use std::str::FromStr;

use chrono_tz::Tz;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A time zone of the IANA database, for instance `Europe/Berlin`; its daylight-saving rules decide when a day starts.
///
/// # Examples
///
/// ```
/// use tenure_policy::Zone;
/// let zone: Zone = "Australia/Melbourne".parse()?;
/// assert_eq!(zone.name(), "Australia/Melbourne");
/// # Ok::<(), tenure_policy::ZoneError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone(Tz);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(Tz::UTC);

    /// The zone's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.name()
    }

    pub(crate) fn tz(self) -> Tz {
        self.0
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name())
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(text: &str) -> Result<Self, ZoneError> {
        text.parse().map(Self).map_err(|_| ZoneError::new(text))
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// A name that the IANA database does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone `{found}`: expected a name such as `Europe/Berlin`{}", near(.nearest))]
pub struct ZoneError {
    found: String,
    nearest: Option<&'static str>,
}

impl ZoneError {
    fn new(found: &str) -> Self {
        let lower = found.to_ascii_lowercase();
        let nearest = chrono_tz::TZ_VARIANTS
            .iter()
            .map(|tz| (strsim::damerau_levenshtein(&tz.name().to_ascii_lowercase(), &lower), tz.name()))
            .min()
            .filter(|(distance, _)| *distance <= 3)
            .map(|(_, name)| name);
        Self { found: found.to_owned(), nearest }
    }
}

fn near(name: &Option<&'static str>) -> String {
    name.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}
