//! Finding whose account an account is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tenure_scim::{AttrPath, Resource, ValueRef};

use crate::id::{IdentityId, RuleId};
use crate::mapping::{Expression, name_key};

/// How certain a match is, from 0 to 1 in steps of a thousandth, so that sums are exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Confidence(u16);

impl Confidence {
    /// Certain.
    pub const CERTAIN: Self = Self(1000);

    /// So many thousandths; more than 1000 is certain.
    #[must_use]
    pub fn thousandths(thousandths: u16) -> Self {
        Self(thousandths.min(1000))
    }

    fn plus(self, other: Self) -> Self {
        Self((self.0 + other.0).min(1000))
    }
}

impl Default for Confidence {
    fn default() -> Self {
        Self::CERTAIN
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1000, self.0 % 1000)
    }
}

impl FromStr for Confidence {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is not a confidence: expected a number from 0 to 1, for instance 0.8");
        let number: f64 = text.parse().map_err(|_| wrong())?;
        if !(0.0..=1.0).contains(&number) {
            return Err(wrong());
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the number lies in 0..=1"
        )]
        let thousandths = (number * 1000.0).round() as u16;
        Ok(Self(thousandths))
    }
}

impl Serialize for Confidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 1000.0)
    }
}

impl<'de> Deserialize<'de> for Confidence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Confidence;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number from 0 to 1")
            }

            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Confidence, E> {
                number.to_string().parse().map_err(E::custom)
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Confidence, E> {
                number.to_string().parse().map_err(E::custom)
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Confidence, E> {
                number.to_string().parse().map_err(E::custom)
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Confidence, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Number)
    }
}

/// One way to tell whose account an account is: an attribute of the account equals a value of the identity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorrelationRule {
    /// The rule's key, for the evidence.
    pub id: RuleId,
    /// The attribute of the account.
    pub account: AttrPath,
    /// The value of the identity.
    pub identity: Expression,
    /// How certain a match by this rule is.
    #[serde(default)]
    pub confidence: Confidence,
}

impl CorrelationRule {
    /// The comparison keys an account offers to this rule; an index from key to account makes correlation fast.
    #[must_use]
    pub fn account_keys(&self, account: &Resource) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        let sub = self.account.sub();
        match (account.get(&self.account), sub) {
            (Some(value), _) => collect(value, &mut keys),
            (None, Some(sub)) => {
                let parent = account.get(&self.account.parent());
                for element in parent.and_then(ValueRef::as_array).into_iter().flat_map(|list| list.iter()) {
                    if let Some(value) = element.as_object().and_then(|object| object.get(sub.as_str())) {
                        collect(value, &mut keys);
                    }
                }
            }
            (None, None) => {}
        }
        keys
    }
}

fn collect(value: ValueRef<'_>, keys: &mut BTreeSet<String>) {
    if let Some(list) = value.as_array() {
        for element in list.iter() {
            collect(element, keys);
        }
        return;
    }
    let text = match value.as_object() {
        Some(object) => object.get("value").and_then(ValueRef::as_str).map(name_key),
        None => value.as_str().map(name_key).or_else(|| value.as_i64().map(|number| number.to_string())),
    };
    keys.extend(text.filter(|text| !text.is_empty()));
}

/// Why an account is thought to belong to an identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The rule that matched.
    pub rule: RuleId,
    /// The value in which both agree.
    pub value: String,
}

/// Whose account an account is. Below the target's `link_at` nothing is linked without a human.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Correlation {
    /// One identity is at or above the bar, and no other comes near.
    One(IdentityId, Confidence, Vec<Evidence>),
    /// Several candidates, or one below the bar: for a human, the best first.
    Many(Vec<(IdentityId, Confidence, Vec<Evidence>)>),
    /// The one match is linked to another account of this target already.
    AlreadyLinked(IdentityId, Vec<Evidence>),
    /// Nobody.
    None,
}

impl Correlation {
    /// Decides from the matches of every rule: for each, which identities agree with the account and in which value.
    pub(crate) fn decide(
        link_at: Confidence,
        matches: &[(&CorrelationRule, &str, &IdentityId)],
        linked: &dyn Fn(&IdentityId) -> bool,
    ) -> Self {
        let mut scores: BTreeMap<&IdentityId, (Confidence, Vec<Evidence>)> = BTreeMap::new();
        for (rule, value, identity) in matches {
            let entry = scores.entry(*identity).or_insert((Confidence(0), Vec::new()));
            if entry.1.iter().any(|known| known.rule == rule.id) {
                continue;
            }
            entry.0 = entry.0.plus(rule.confidence);
            entry.1.push(Evidence { rule: rule.id.clone(), value: (*value).to_owned() });
        }
        let mut ranked: Vec<_> =
            scores.into_iter().map(|(identity, (score, why))| (identity.clone(), score, why)).collect();
        ranked.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let sure = ranked.iter().filter(|(_, score, _)| *score >= link_at).count();
        match (ranked.len(), sure) {
            (0, _) => Self::None,
            (_, 1) => {
                let (identity, score, why) = ranked.swap_remove(0);
                if linked(&identity) {
                    Self::AlreadyLinked(identity, why)
                } else {
                    Self::One(identity, score, why)
                }
            }
            _ => Self::Many(ranked),
        }
    }
}
