//! Numbers, kept as they were written.

use std::cmp::Ordering;
use std::fmt;

use serde_json::Value;

/// A number of a resource, kept as it was written, so that no digit is lost.
///
/// Numbers compare by what they are worth, exactly: `1`, `1.0` and `10e-1` are equal.
///
/// ```
/// use tenure_scim::Resource;
///
/// let resource: Resource = r#"{ "balance": 12345678901234567890.123456789 }"#.parse()?;
/// let balance = resource.attr("balance").and_then(|v| v.as_number()).ok_or("no number")?;
/// assert_eq!(balance.as_str(), "12345678901234567890.123456789");
/// assert_eq!(resource.to_string(), r#"{"balance":12345678901234567890.123456789}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Spec: RFC 7643 sections 2.3.3 and 2.3.4.
#[derive(Clone, Copy)]
pub struct NumberRef<'a>(&'a str);

impl<'a> NumberRef<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// The number as it was written.
    pub fn as_str(self) -> &'a str {
        self.0
    }

    /// The number, if it is a whole number in range and written without fraction and exponent.
    pub fn as_i64(self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// The number, rounded to a double; `None` when it is too large for one.
    pub fn as_f64(self) -> Option<f64> {
        self.0.parse().ok().filter(|value: &f64| value.is_finite())
    }

    /// Whether the number is written as a SCIM integer: no fraction, no exponent.
    pub fn is_integer(self) -> bool {
        !self.0.contains(['.', 'e', 'E'])
    }

    pub(crate) fn to_json(self) -> Value {
        if let Ok(value) = self.0.parse::<i64>() {
            return value.into();
        }
        if let Ok(value) = self.0.parse::<u64>() {
            return value.into();
        }
        self.as_f64().map_or(Value::Null, Value::from)
    }

    /// The same for numbers that are worth the same.
    pub(crate) fn hash_worth<H: std::hash::Hasher>(self, state: &mut H) {
        let (negative, digits, scale) = self.parts();
        state.write_u8(u8::from(negative));
        digits.for_each(|digit| state.write_u8(digit));
        state.write_i64(scale);
    }

    /// Sign, digits without zeros at either end, and the power of ten of the first digit.
    fn parts(&self) -> (bool, impl Iterator<Item = u8> + Clone + use<'a>, i64) {
        let (negative, text) = match self.0.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, self.0),
        };
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let exponent: i64 = exponent
            .strip_prefix('+')
            .unwrap_or(exponent)
            .parse()
            .unwrap_or_else(|_| if exponent.starts_with('-') { i64::MIN / 4 } else { i64::MAX / 4 });
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = || whole.bytes().chain(fraction.bytes());
        let leading = all().take_while(|d| *d == b'0').count();
        let total = whole.len() + fraction.len();
        let trailing = all().rev().take_while(|d| *d == b'0').count().min(total - leading);
        let used = total - leading - trailing;
        let power = i64::try_from(whole.len()).unwrap_or(i64::MAX / 4) - i64::try_from(leading).unwrap_or(0);
        let scale = if used == 0 { 0 } else { exponent.saturating_add(power) };
        (negative && used > 0, all().skip(leading).take(used), scale)
    }
}

impl Ord for NumberRef<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.0 == other.0 {
            return Ordering::Equal;
        }
        let ((minus_a, a, scale_a), (minus_b, b, scale_b)) = (self.parts(), other.parts());
        let zero = (a.clone().next().is_none(), b.clone().next().is_none());
        let magnitude = match zero {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => scale_a.cmp(&scale_b).then_with(|| a.cmp(b)),
        };
        match (minus_a, minus_b) {
            (false, false) => magnitude,
            (true, true) => magnitude.reverse(),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for NumberRef<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for NumberRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for NumberRef<'_> {}

impl fmt::Display for NumberRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for NumberRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(a: &str, b: &str, expected: Ordering) {
        assert_eq!(NumberRef(a).cmp(&NumberRef(b)), expected, "{a} {b}");
        assert_eq!(NumberRef(b).cmp(&NumberRef(a)), expected.reverse(), "{b} {a}");
    }

    #[test]
    fn numbers_compare_by_worth_without_rounding() {
        for (a, b) in
            [("1", "1.0"), ("10e-1", "1"), ("0", "-0"), ("0.0", "0e9"), ("100", "1E+2"), ("0.001", "1e-3")]
        {
            check(a, b, Ordering::Equal);
        }
        for (a, b) in [
            ("9007199254740993", "9007199254740994"),
            ("-1", "0"),
            ("0", "0.1"),
            ("-2", "-1"),
            ("99", "100"),
            ("1.2", "1.23"),
            ("0.09", "0.1"),
            ("-1e99999999999999999999", "1e-99999999999999999999"),
        ] {
            check(a, b, Ordering::Less);
        }
    }
}
