/// Takes a setting out of a connection string, which the parser of the client does not know in full.
pub(super) fn take(connection: &str, name: &str) -> (String, Option<String>) {
    if connection.starts_with("postgres://") || connection.starts_with("postgresql://") {
        return of_url(connection, name);
    }
    let mut found = None;
    let mut kept = Vec::new();
    for word in words(connection) {
        match word.split_once('=').filter(|(key, _)| key.trim() == name) {
            Some((_, value)) => found = Some(unquoted(value.trim())),
            None => kept.push(word),
        }
    }
    match found {
        Some(value) => (kept.join(" "), Some(value)),
        // As it was, to the letter.
        None => (connection.to_owned(), None),
    }
}

fn of_url(url: &str, name: &str) -> (String, Option<String>) {
    let Some((before, query)) = url.split_once('?') else { return (url.to_owned(), None) };
    let is = |part: &&str| part.split_once('=').is_some_and(|(key, _)| key == name);
    let value =
        query.split('&').find(is).and_then(|part| part.split_once('=')).map(|(_, value)| decoded(value));
    let rest: Vec<&str> = query.split('&').filter(|part| !is(part)).collect();
    let kept = if rest.is_empty() { before.to_owned() } else { format!("{before}?{}", rest.join("&")) };
    (kept, value)
}

/// The settings of `key=value key='quoted value'`, each as it stands there.
fn words(text: &str) -> Vec<&str> {
    let (mut words, mut start, mut quoted, mut escaped) = (Vec::new(), None, false, false);
    for (at, sign) in text.char_indices() {
        match sign {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\'' => quoted = !quoted,
            sign if sign.is_whitespace() && !quoted => {
                words.extend(start.take().and_then(|start: usize| text.get(start..at)));
                continue;
            }
            _ => {}
        }
        start = start.or(Some(at));
    }
    words.extend(start.and_then(|start| text.get(start..)));
    words
}

fn unquoted(value: &str) -> String {
    let inner = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\'')).unwrap_or(value);
    let mut signs = inner.chars();
    let mut plain = String::new();
    while let Some(sign) = signs.next() {
        plain.extend(if sign == '\\' { signs.next() } else { Some(sign) });
    }
    plain
}

fn decoded(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail.get(..2).filter(|_| first == b'%');
        let byte = hex
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_taken_out_and_nothing_else_changes() {
        for (text, kept, value) in [
            ("host=a sslmode=require user=b", "host=a user=b", Some("require")),
            ("sslmode='verify-full'", "", Some("verify-full")),
            ("host=a  user=b", "host=a  user=b", None),
            ("password='a sslmode=disable b' host=c", "password='a sslmode=disable b' host=c", None),
            (r"password='it\'s' sslmode=require", r"password='it\'s'", Some("require")),
            ("postgres://u:p@h/d?sslmode=require&x=1", "postgres://u:p@h/d?x=1", Some("require")),
            ("postgresql://h?sslmode=verify%2Dfull", "postgresql://h", Some("verify-full")),
            ("postgres://u:p@h/d", "postgres://u:p@h/d", None),
        ] {
            assert_eq!(take(text, "sslmode"), (kept.to_owned(), value.map(str::to_owned)), "{text}");
        }
        let (_, file) = take(r"sslrootcert='/a b/c\'d.pem' host=x", "sslrootcert");
        assert_eq!(file.as_deref(), Some("/a b/c'd.pem"));
    }
}
