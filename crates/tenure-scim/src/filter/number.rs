//! Numbers in filters, kept as they were written and compared by value.

use std::cmp::Ordering;
use std::fmt;

/// A JSON number with all its digits.
///
/// Equality is of the text (`1.0` is not `1`); the evaluator compares by value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number(Box<str>);

/// Why a text is no JSON number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no JSON number")]
pub struct NumberError {
    text: String,
}

impl Number {
    /// Reads a JSON number.
    ///
    /// # Errors
    ///
    /// When the text does not follow the JSON grammar of numbers.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        if is_number(text) { Ok(Self(text.into())) } else { Err(NumberError { text: text.to_owned() }) }
    }

    /// The number as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number, if it is whole and in range.
    pub fn as_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// The number, rounded to a double.
    pub fn as_f64(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(value.to_string().into())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether `text` follows the JSON grammar of numbers.
pub(crate) fn is_number(text: &str) -> bool {
    let digits = |t: &str| t.len() - t.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let rest = text.strip_prefix('-').unwrap_or(text);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest.starts_with('0')) {
        return false;
    }
    let mut rest = rest.get(whole..).unwrap_or_default();
    if let Some(fraction) = rest.strip_prefix('.') {
        let n = digits(fraction);
        if n == 0 {
            return false;
        }
        rest = fraction.get(n..).unwrap_or_default();
    }
    match rest.strip_prefix(['e', 'E']) {
        None => rest.is_empty(),
        Some(exponent) => {
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent) == exponent.len()
        }
    }
}

/// Compares two JSON numbers by value, exactly, without allocation.
///
/// Exponents outside the range of `i64` count as its ends.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (Decimal::read(a), Decimal::read(b));
    match (a.sign(), b.sign()) {
        (x, y) if x != y => x.cmp(&y),
        (0, _) => Ordering::Equal,
        (-1, _) => b.magnitude(&a),
        _ => a.magnitude(&b),
    }
}

/// Compares a whole number with a JSON number, exactly.
pub(crate) fn compare_i64(value: i64, text: &str) -> Ordering {
    let mut digits = [b'0'; 20];
    let mut rest = value.unsigned_abs();
    for slot in digits.iter_mut().skip(1).rev() {
        *slot += (rest % 10) as u8;
        rest /= 10;
    }
    if value < 0 {
        digits[0] = b'-';
    }
    std::str::from_utf8(&digits).map_or(Ordering::Equal, |digits| compare(digits, text))
}

/// `0.d1d2d3… × 10^scale`, with `d1` not zero unless the number is zero.
struct Decimal<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    scale: i64,
}

impl<'a> Decimal<'a> {
    fn read(text: &'a str) -> Self {
        let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
        let exponent =
            exponent.parse().unwrap_or(if exponent.starts_with('-') { i64::MIN } else { i64::MAX });
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let stripped = whole.trim_start_matches('0');
        let (fraction, scale) = if stripped.is_empty() {
            let significant = fraction.trim_start_matches('0');
            (significant, -((fraction.len() - significant.len()) as i64))
        } else {
            (fraction, stripped.len() as i64)
        };
        Self {
            negative,
            whole: stripped.as_bytes(),
            fraction: fraction.as_bytes(),
            scale: scale.saturating_add(exponent),
        }
    }

    fn digits(&self) -> impl Iterator<Item = u8> {
        self.whole.iter().chain(self.fraction).copied()
    }

    fn sign(&self) -> i8 {
        match (self.digits().all(|d| d == b'0'), self.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        self.scale.cmp(&other.scale).then_with(|| {
            let len = |d: &Self| d.whole.len() + d.fraction.len();
            let len = len(self).max(len(other));
            let (mut a, mut b) = (self.digits(), other.digits());
            for _ in 0..len {
                let order = a.next().unwrap_or(b'0').cmp(&b.next().unwrap_or(b'0'));
                if order.is_ne() {
                    return order;
                }
            }
            Ordering::Equal
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_grammar_decides() {
        for good in ["0", "-0", "10", "1.5", "-1.5e+10", "1E5", "0.001"] {
            assert!(is_number(good), "{good}");
        }
        for bad in ["", "-", "01", "1.", ".5", "1e", "1e+", "+1", "0x1", "1_000", "NaN", "--1"] {
            assert!(!is_number(bad), "{bad}");
        }
    }

    #[test]
    fn comparison_is_exact_beyond_doubles() {
        let cases = [
            ("9007199254740993", "9007199254740992", Ordering::Greater),
            ("1.0", "1", Ordering::Equal),
            ("1e2", "100", Ordering::Equal),
            ("0.001", "1e-3", Ordering::Equal),
            ("-0", "0.0e7", Ordering::Equal),
            ("-2", "-1", Ordering::Less),
            ("-2", "1", Ordering::Less),
            ("0", "-1", Ordering::Greater),
            ("0.1", "0.09", Ordering::Greater),
            ("12.30", "12.3", Ordering::Equal),
            ("1e99999999999999999999", "1", Ordering::Greater),
            ("100000000000000000000.1", "100000000000000000000.2", Ordering::Less),
        ];
        for (a, b, expected) in cases {
            assert_eq!(compare(a, b), expected, "{a} {b}");
            assert_eq!(compare(b, a), expected.reverse(), "{b} {a}");
            if let Ok(whole) = a.parse() {
                assert_eq!(compare_i64(whole, b), expected, "{a} {b}");
            }
        }
        assert_eq!(compare_i64(i64::MIN, "-9223372036854775808"), Ordering::Equal);
        assert_eq!(compare_i64(i64::MAX, "9223372036854775807.5"), Ordering::Less);
    }
}
