use tenure_policy::Money;

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

/// An amount with its thousands apart: `1380.00 USD` is `1,380.00 USD`.
pub fn money(amount: &Money) -> String {
    let text = amount.to_string();
    let (sign, rest) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (whole, rest) = rest.split_at(digits);
    format!("{sign}{}{rest}", grouped(whole))
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
        let amount = |text: &str| money(&text.parse().unwrap());
        assert_eq!(amount("1380.00 USD"), "1,380.00 USD");
        assert_eq!(amount("-1234567.05 EUR"), "-1,234,567.05 EUR");
        assert_eq!(short_hash("0123456789abcdef"), "0123456789ab");
        assert_eq!(short_hash("short"), "short");
    }
}
