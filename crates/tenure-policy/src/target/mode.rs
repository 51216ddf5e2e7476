//! How far Tenure may go in a target.

use std::collections::BTreeMap;

use serde::de::{MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How far Tenure may go with one kind of entitlement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Look and report, change nothing. Where nothing is said.
    #[default]
    Observe,
    /// Give what is missing, take nothing away.
    AddOnly,
    /// Give what is missing, take away what Tenure gave or adopted.
    Managed,
    /// Give what is missing, take away everything else.
    Exclusive,
}

/// The modes of a target: one word for everything, or a map by kind with `default` for the rest and `account` for accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Modes {
    default: Mode,
    kinds: BTreeMap<String, Mode>,
}

impl Modes {
    /// The same mode for everything.
    #[must_use]
    pub fn all(mode: Mode) -> Self {
        Self { default: mode, kinds: BTreeMap::new() }
    }

    /// Sets the mode of one kind.
    #[must_use]
    pub fn with(mut self, kind: &str, mode: Mode) -> Self {
        self.kinds.insert(kind.to_owned(), mode);
        self
    }

    /// The mode of a kind; `account` is the accounts themselves.
    #[must_use]
    pub fn of(&self, kind: &str) -> Mode {
        self.kinds.get(kind).copied().unwrap_or(self.default)
    }
}

impl Serialize for Modes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.kinds.is_empty() {
            return self.default.serialize(serializer);
        }
        let mut all = self.kinds.clone();
        all.insert(DEFAULT.to_owned(), self.default);
        all.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Modes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Modes;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(
                    "a mode (`observe`, `add_only`, `managed`, `exclusive`) or a map from kind to mode",
                )
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Modes, E> {
                Mode::deserialize(serde::de::value::StrDeserializer::new(text)).map(Modes::all)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Modes, A::Error> {
                let mut kinds = BTreeMap::<String, Mode>::deserialize(MapAccessDeserializer::new(map))?;
                let default = kinds.remove(DEFAULT).unwrap_or_default();
                Ok(Modes { default, kinds })
            }
        }
        deserializer.deserialize_any(Either)
    }
}

const DEFAULT: &str = "default";
