/// A figure with its noun in the right number: `1 step`, `2 steps`.
pub fn count(n: usize, noun: &str) -> String {
    let plural = match (n, noun) {
        (1, _) => noun.to_owned(),
        (_, "identity") => "identities".to_owned(),
        (_, "person") => "people".to_owned(),
        (_, noun) if noun.ends_with('y') => format!("{}ies", noun.trim_end_matches('y')),
        (_, noun) => format!("{noun}s"),
    };
    format!("{} {plural}", grouped(n.to_string().as_str()))
}

/// Minor units as an amount: `138000` cents of USD are `1,380.00 USD`.
pub fn money(minor: i64, currency: &str) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let amount = minor.unsigned_abs();
    format!("{sign}{}.{:02} {currency}", grouped(&(amount / 100).to_string()), amount % 100)
}

/// The first twelve characters of a hash, enough to tell two apart by eye.
pub fn short_hash(hash: &str) -> &str {
    hash.char_indices().nth(12).map_or(hash, |(end, _)| hash.get(..end).unwrap_or(hash))
}

fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_like_text() {
        assert_eq!(count(1, "step"), "1 step");
        assert_eq!(count(1380, "step"), "1,380 steps");
        assert_eq!(count(2, "entry"), "2 entries");
        assert_eq!(count(44, "person"), "44 people");
        assert_eq!(money(138_000, "USD"), "1,380.00 USD");
        assert_eq!(money(-5, "EUR"), "-0.05 EUR");
        assert_eq!(short_hash("0123456789abcdef"), "0123456789ab");
        assert_eq!(short_hash("short"), "short");
    }
}
