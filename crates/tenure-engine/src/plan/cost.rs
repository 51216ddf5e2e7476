use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use tenure_policy::Money;

/// Amounts of money by currency, added exactly.
///
/// # Examples
///
/// ```
/// use tenure_engine::Cost;
/// use tenure_policy::Money;
///
/// let amounts: Vec<Money> = vec!["1380.00 USD".parse()?, "-1380.00 USD".parse()?, "12.50 EUR".parse()?];
/// let cost: Cost = amounts.iter().collect();
/// assert_eq!(cost.to_string(), "12.50 EUR, 0.00 USD");
/// # Ok::<(), tenure_policy::MoneyError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cost {
    amounts: BTreeMap<String, Money>,
}

impl Cost {
    /// Whether nothing was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.amounts.is_empty()
    }

    /// The amount in one currency.
    #[must_use]
    pub fn in_currency(&self, currency: &str) -> Option<&Money> {
        self.amounts.get(currency)
    }

    /// The amounts, ordered by currency.
    pub fn amounts(&self) -> impl Iterator<Item = &Money> {
        self.amounts.values()
    }

    fn add(&mut self, money: &Money) {
        let sum = match self.amounts.get(money.currency()) {
            // A sum beyond the range of amounts keeps what fits; no price list comes near it.
            Some(sum) => sum.checked_add(money).unwrap_or_else(|_| sum.clone()),
            None => money.clone(),
        };
        self.amounts.insert(money.currency().to_owned(), sum);
    }
}

impl<'a> FromIterator<&'a Money> for Cost {
    fn from_iter<I: IntoIterator<Item = &'a Money>>(amounts: I) -> Self {
        let mut cost = Self::default();
        amounts.into_iter().for_each(|money| cost.add(money));
        cost
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, money) in self.amounts.values().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{money}")?;
        }
        Ok(())
    }
}
