use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The statements that a server has seen, in PostgreSQL's spelling.
#[derive(Default)]
pub(super) struct Texts(Mutex<HashMap<String, Arc<str>>>);

/// A statement in PostgreSQL's spelling.
pub(super) enum Text {
    /// One of those that each connection prepares once.
    Kept(Arc<str>),
    /// One too many to be kept: clients choose filters, so their number has no end.
    Passing(String),
}

impl Texts {
    /// The statement that `sql` means.
    pub(super) fn of(&self, sql: &str) -> Text {
        let mut texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = texts.get(sql) {
            return Text::Kept(Arc::clone(text));
        }
        let text = spell(sql);
        if texts.len() >= MOST {
            return Text::Passing(text);
        }
        let text: Arc<str> = text.into();
        texts.insert(sql.to_owned(), Arc::clone(&text));
        Text::Kept(text)
    }
}

/// Writes `$1` for `?1`, but not inside quotes.
fn spell(sql: &str) -> String {
    let mut quoted = false;
    sql.chars()
        .map(|c| {
            quoted ^= c == '\'';
            if c == '?' && !quoted { '$' } else { c }
        })
        .collect()
}

const MOST: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_spelled_for_postgresql_but_literals_stay() {
        assert_eq!(spell("a = ?1 AND b = 'it''s ?2' AND c = ?3"), "a = $1 AND b = 'it''s ?2' AND c = $3");
    }

    #[test]
    fn no_flood_of_filters_fills_the_memory() {
        let texts = Texts::default();
        for n in 0..MOST {
            assert!(matches!(texts.of(&format!("select {n}")), Text::Kept(_)));
        }
        assert!(matches!(texts.of("select 'one more'"), Text::Passing(_)));
        assert!(matches!(texts.of("select 7"), Text::Kept(_)));
    }
}
