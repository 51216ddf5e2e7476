//! Exact money: minor units and a currency, never a floating-point number.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An amount in the minor units of its currency (cents for USD, yen for JPY).
///
/// # Examples
///
/// ```
/// use tenure_policy::Money;
/// let seat: Money = "115.00 USD".parse()?;
/// assert_eq!(seat.checked_mul(12)?.to_string(), "1380.00 USD");
/// # Ok::<(), tenure_policy::MoneyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money {
    currency: Currency,
    minor: i64,
}

impl Money {
    /// An amount of `minor` units (cents) of a currency.
    ///
    /// # Errors
    ///
    /// When the currency is not three letters.
    pub fn from_minor(minor: i64, currency: &str) -> Result<Self, MoneyError> {
        Ok(Self { currency: Currency::parse(currency)?, minor })
    }

    /// The amount in minor units.
    #[must_use]
    pub fn minor(&self) -> i64 {
        self.minor
    }

    /// The currency's three letters.
    #[must_use]
    pub fn currency(&self) -> &str {
        self.currency.as_str()
    }

    /// Adds two amounts.
    ///
    /// # Errors
    ///
    /// When the currencies differ or the sum is too large.
    pub fn checked_add(&self, other: &Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Currencies(self.currency().to_owned(), other.currency().to_owned()));
        }
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::TooLarge)?;
        Ok(Self { currency: self.currency, minor })
    }

    /// Multiplies an amount, for instance by a number of seats.
    ///
    /// # Errors
    ///
    /// When the product is too large.
    pub fn checked_mul(&self, factor: i64) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(factor).ok_or(MoneyError::TooLarge)?;
        Ok(Self { currency: self.currency, minor })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.digits();
        if digits == 0 {
            return write!(f, "{} {}", self.minor, self.currency());
        }
        let unit = 10_u64.pow(digits);
        let sign = if self.minor < 0 { "-" } else { "" };
        let whole = self.minor.unsigned_abs() / unit;
        let part = self.minor.unsigned_abs() % unit;
        write!(f, "{sign}{whole}.{part:0width$} {}", self.currency(), width = digits as usize)
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let form = || MoneyError::Form(text.to_owned());
        let (amount, currency) = text.trim().split_once(char::is_whitespace).ok_or_else(form)?;
        let currency = Currency::parse(currency.trim())?;
        let (negative, amount) = amount.strip_prefix('-').map_or((false, amount), |rest| (true, rest));
        let (whole, part) = amount.split_once('.').unwrap_or((amount, ""));
        let digits = currency.digits() as usize;
        let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !plain(whole) || !plain(part) || (amount.contains('.') && part.is_empty()) {
            return Err(form());
        }
        if part.len() > digits {
            return Err(MoneyError::Precision { found: text.to_owned(), digits });
        }
        let all = format!("{whole}{part:0<digits$}");
        let minor: i64 = all.parse().map_err(|_| MoneyError::TooLarge)?;
        Ok(Self { currency, minor: if negative { -minor } else { minor } })
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// Three letters of ISO 4217, kept inline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Currency([u8; 3]);

impl Currency {
    fn parse(text: &str) -> Result<Self, MoneyError> {
        let wrong = || MoneyError::Currency(text.to_owned());
        let letters: [u8; 3] = text.as_bytes().try_into().map_err(|_| wrong())?;
        if letters.iter().all(u8::is_ascii_alphabetic) {
            Ok(Self(letters.map(|b| b.to_ascii_uppercase())))
        } else {
            Err(wrong())
        }
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    fn digits(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF"
            | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }
}

/// The stretch of time a price is for, or is billed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BillingPeriod {
    /// A calendar month.
    #[serde(alias = "monthly")]
    Month,
    /// A year of twelve months.
    #[serde(alias = "annually", alias = "yearly")]
    Year,
}

/// What one seat costs, and how it is billed.
///
/// # Examples
///
/// ```
/// use tenure_policy::{BillingPeriod, SeatPrice};
/// let price = SeatPrice::new("115.00 USD".parse()?, BillingPeriod::Month, BillingPeriod::Year);
/// assert_eq!(price.per_year(1)?.to_string(), "1380.00 USD");
/// assert_eq!(price.per_year(5)?.to_string(), "6900.00 USD");
/// # Ok::<(), tenure_policy::MoneyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatPrice {
    /// The price of one seat for one `per`.
    pub amount: Money,
    /// The period the amount is for.
    pub per: BillingPeriod,
    /// How often the supplier bills; a seat freed inside a billed period is saved only at `renews`.
    pub billed: BillingPeriod,
    /// The day the contract renews.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renews: Option<NaiveDate>,
}

impl SeatPrice {
    /// A price without a renewal date.
    #[must_use]
    pub fn new(amount: Money, per: BillingPeriod, billed: BillingPeriod) -> Self {
        Self { amount, per, billed, renews: None }
    }

    /// What a number of seats costs in a year, exactly.
    ///
    /// # Errors
    ///
    /// When the product is too large.
    pub fn per_year(&self, seats: u32) -> Result<Money, MoneyError> {
        let months = match self.per {
            BillingPeriod::Month => 12,
            BillingPeriod::Year => 1,
        };
        self.amount.checked_mul(months)?.checked_mul(i64::from(seats))
    }
}

/// Why a text is not money, or why amounts cannot be combined.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MoneyError {
    /// Not an amount and a currency.
    #[error("`{0}` is not an amount of money: expected an amount and a currency, for instance `115.00 USD`")]
    Form(String),
    /// Not three letters.
    #[error("`{0}` is not a currency: expected three letters, for instance `USD`")]
    Currency(String),
    /// More decimals than the currency has.
    #[error("`{found}` has too many decimals: expected at most {digits}")]
    #[non_exhaustive]
    Precision {
        /// The text.
        found: String,
        /// The decimals the currency has.
        digits: usize,
    },
    /// Two currencies met.
    #[error("cannot add `{0}` and `{1}`: expected one currency")]
    Currencies(String, String),
    /// Out of range.
    #[error("the amount is too large")]
    TooLarge,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_idle_seats_cost_6900_a_year() {
        let price = SeatPrice::new("115 USD".parse().unwrap(), BillingPeriod::Month, BillingPeriod::Year);
        assert_eq!(price.per_year(1).unwrap(), Money::from_minor(138_000, "USD").unwrap());
        assert_eq!(price.per_year(5).unwrap(), Money::from_minor(690_000, "USD").unwrap());
        let yearly = SeatPrice::new("1380.00 USD".parse().unwrap(), BillingPeriod::Year, BillingPeriod::Year);
        assert_eq!(price.per_year(7).unwrap(), yearly.per_year(7).unwrap());
    }

    #[test]
    fn amounts_are_read_and_written_exactly() {
        for (text, minor, shown) in [
            ("0.01 USD", 1, "0.01 USD"),
            ("115 usd", 11_500, "115.00 USD"),
            ("115.5 EUR", 11_550, "115.50 EUR"),
            ("-3.20 EUR", -320, "-3.20 EUR"),
            ("1500 JPY", 1500, "1500 JPY"),
            ("1.234 KWD", 1234, "1.234 KWD"),
        ] {
            let money: Money = text.parse().unwrap();
            assert_eq!((money.minor(), money.to_string().as_str()), (minor, shown), "{text}");
        }
        for wrong in [
            "115",
            "USD",
            "1.005 USD",
            "1.5 JPY",
            "1,50 EUR",
            "1. EUR",
            ".5 EUR",
            "1 EU",
            "1e3 USD",
            "--1 USD",
        ] {
            assert!(wrong.parse::<Money>().is_err(), "{wrong}");
        }
        assert!("9223372036854775807 USD".parse::<Money>().is_err());
    }

    #[test]
    fn currencies_do_not_mix() {
        let usd: Money = "1 USD".parse().unwrap();
        let eur: Money = "1 EUR".parse().unwrap();
        assert_eq!(
            usd.checked_add(&eur).unwrap_err().to_string(),
            "cannot add `USD` and `EUR`: expected one currency"
        );
    }
}
