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
/// A `serde_json::Value` holds whole numbers of 64 bits and doubles. With the feature `exact-numbers` it holds every
/// number; without, [`rounded`] tells which ones it would change.
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
        self.0.parse().map_or(Value::Null, Value::Number)
    }

    /// Whether a `serde_json::Number` is worth the same.
    fn survives_json(self) -> bool {
        let number = self.0.parse::<serde_json::Number>();
        number.is_ok_and(|number| NumberRef(&number.to_string()) == self)
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

/// The first number in JSON text that a `serde_json::Value` would round, if there is one.
///
/// For whoever reads a body into a `Value` and would sooner refuse it than change it. With the feature `exact-numbers`
/// no number is rounded.
///
/// ```
/// use tenure_scim::value::rounded;
///
/// let text = r#"{ "a": 0.1, "b": "12345678901234567890.5", "c": 12345678901234567890.5 }"#;
/// let expected = if cfg!(feature = "exact-numbers") { None } else { Some("12345678901234567890.5") };
/// assert_eq!(rounded(text), expected);
/// ```
pub fn rounded(json: &str) -> Option<&str> {
    // Every second part is a string. What stands behind a `\` is no quote.
    let mut rest = json;
    loop {
        let (outside, behind) = rest.split_once('"').unwrap_or((rest, ""));
        let numbers =
            outside.split(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-' | '+' | 'e' | 'E'));
        let mut suspects = numbers.filter(|n| n.len() > SAFE && n.contains(|c: char| c.is_ascii_digit()));
        if let Some(number) = suspects.find(|number| !NumberRef(number).survives_json()) {
            return Some(number);
        }
        let mut escaped = false;
        let end = behind.find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        rest = behind.get(end? + 1..)?;
    }
}

/// A number this long has at most 15 digits and no large exponent, which a double keeps.
const SAFE: usize = 4;

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
    fn rounded_numbers_are_found_outside_of_strings() {
        let exact = cfg!(feature = "exact-numbers");
        for (text, expected) in [
            ("", None),
            ("[1, -2.5e3, 18446744073709551615, -9223372036854775808, 0.1, 1e22]", None),
            (r#"{"12345678901234567890123": "\"0.12345678901234567890123"}"#, None),
            (r#"{"a\\": 0.12345678901234567890123}"#, Some("0.12345678901234567890123")),
            ("[18446744073709551617]", Some("18446744073709551617")),
            ("[1e999]", Some("1e999")),
            ("9007199254740993.5", Some("9007199254740993.5")),
        ] {
            assert_eq!(rounded(text), expected.filter(|_| !exact), "{text}");
        }
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
