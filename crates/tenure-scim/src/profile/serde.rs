//! Profiles in configuration.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Profile, Restriction, Tolerance};

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    base: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    allow: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    refuse: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    restrict: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unrestrict: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    canonical_values: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Either {
    Id(String),
    Written(Written),
}

impl Serialize for Profile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let base = Profile::named(&self.id).unwrap_or_else(Profile::strict);
        if base == *self {
            return serializer.serialize_str(&self.id);
        }
        let ids = |of: &Profile, but: &Profile| {
            of.tolerances().filter(|t| !but.allows(*t)).map(|t| t.id().to_owned()).collect()
        };
        let restricting = |of: &Profile, but: &Profile| {
            of.restrictions().filter(|r| !but.restricts(*r)).map(|r| r.id().to_owned()).collect()
        };
        Written {
            restrict: restricting(self, &base),
            unrestrict: restricting(&base, self),
            allow: ids(self, &base),
            refuse: ids(&base, self),
            base: base.id,
            canonical_values: self.canonical,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Profile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = match Either::deserialize(deserializer)? {
            Either::Id(base) => Written { base, ..Written::default() },
            Either::Written(written) => written,
        };
        let find = |id: &String| {
            Tolerance::from_id(id)
                .ok_or_else(|| D::Error::custom(format!("expected the id of a tolerance, found `{id}`")))
        };
        let mut profile = Profile::named(&written.base).ok_or_else(|| {
            let known: Vec<_> = Profile::all().map(|p| format!("`{}`", p.id)).collect();
            D::Error::custom(format!("expected one of {}, found `{}`", known.join(", "), written.base))
        })?;
        for id in &written.allow {
            profile = profile.with(find(id)?);
        }
        for id in &written.refuse {
            profile = profile.without(find(id)?);
        }
        let restriction = |id: &String| {
            Restriction::from_id(id)
                .ok_or_else(|| D::Error::custom(format!("expected the id of a restriction, found `{id}`")))
        };
        for id in &written.restrict {
            profile = profile.restricted(restriction(id)?);
        }
        for id in &written.unrestrict {
            profile = profile.unrestricted(restriction(id)?);
        }
        profile.canonical |= written.canonical_values;
        Ok(profile)
    }
}
