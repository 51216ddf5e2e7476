//! What a role or a rule gives in one target.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Condition;
use crate::entitlement::{EntitlementKey, EntitlementKind};
use crate::id::TargetId;

/// What a role or a rule gives in one target.
///
/// In a document either one entitlement, `zendesk/role:agent`, or a map of several with their kind as key:
/// `{ target: zendesk, role: agent, groups: [Support], seat: professional, parameters: { region: emea } }`.
/// A map with nothing but `target` gives the account alone. Every entitlement brings the account with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gives {
    /// The target.
    pub target: TargetId,
    /// The entitlements; empty for the account alone.
    pub keys: Vec<EntitlementKey>,
    /// Their parameters.
    pub parameters: BTreeMap<String, String>,
    /// Only where this holds.
    pub when: Option<Condition>,
}

impl From<EntitlementKey> for Gives {
    fn from(key: EntitlementKey) -> Self {
        Self { target: key.target.clone(), keys: vec![key], parameters: BTreeMap::new(), when: None }
    }
}

impl Gives {
    /// The account in a target and nothing more.
    #[must_use]
    pub fn account(target: TargetId) -> Self {
        Self { target, keys: Vec::new(), parameters: BTreeMap::new(), when: None }
    }
}

impl Serialize for Gives {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(TARGET, &self.target)?;
        let mut kinds: BTreeMap<&EntitlementKind, Vec<&str>> = BTreeMap::new();
        for key in &self.keys {
            kinds.entry(&key.kind).or_default().push(key.value());
        }
        for (kind, values) in kinds {
            map.serialize_entry(kind, &values)?;
        }
        if !self.parameters.is_empty() {
            map.serialize_entry(PARAMETERS, &self.parameters)?;
        }
        if let Some(when) = &self.when {
            map.serialize_entry(WHEN, when)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Gives {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Gives;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an entitlement `target/kind:value`, or a map with `target` and kinds")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Gives, E> {
                text.parse::<EntitlementKey>().map(Gives::from).map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Gives, A::Error> {
                let mut target: Option<TargetId> = None;
                let mut kinds: Vec<(EntitlementKind, Vec<String>)> = Vec::new();
                let (mut parameters, mut when) = (BTreeMap::new(), None);
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        TARGET => target = Some(map.next_value()?),
                        PARAMETERS => parameters = map.next_value()?,
                        WHEN => when = Some(map.next_value()?),
                        kind => {
                            let kind = EntitlementKind::parse(kind).map_err(A::Error::custom)?;
                            kinds.push((kind, map.next_value::<OneOrMany>()?.0));
                        }
                    }
                }
                let target = target.ok_or_else(|| A::Error::missing_field(TARGET))?;
                let mut keys = Vec::new();
                for (kind, values) in kinds {
                    for value in values {
                        keys.push(
                            EntitlementKey::of(target.clone(), kind.clone(), &value)
                                .map_err(A::Error::custom)?,
                        );
                    }
                }
                keys.sort();
                keys.dedup();
                Ok(Gives { target, keys, parameters, when })
            }
        }
        deserializer.deserialize_any(Either)
    }
}

struct OneOrMany(Vec<String>);

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = OneOrMany;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name or a list of names")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<OneOrMany, E> {
                Ok(OneOrMany(vec![text.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<OneOrMany, A::Error> {
                let mut all = Vec::new();
                while let Some(text) = seq.next_element()? {
                    all.push(text);
                }
                Ok(OneOrMany(all))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

const TARGET: &str = "target";
const PARAMETERS: &str = "parameters";
const WHEN: &str = "when";
