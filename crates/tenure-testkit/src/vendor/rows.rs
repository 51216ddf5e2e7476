use chrono::DateTime;
use serde_json::{Map, Value};

/// The records of one kind that a vendor keeps, in the order in which they were made.
///
/// # Examples
///
/// ```
/// use serde_json::json;
/// use tenure_testkit::vendor::Rows;
///
/// let mut users = Rows::default();
/// users.add("u1", json!({ "email": "Anna@example.com" }));
/// assert_eq!(users.find("/email", "anna@example.com").map(|(id, _)| id), Some("u1"));
/// assert!(users.remove("u1").is_some() && users.get("u1").is_none());
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    rows: Vec<(String, Value)>,
    made: u64,
}

impl Rows {
    /// Makes a number that no record had, from 1.
    pub fn number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// Adds a record, or puts it in the place of one with the same id.
    pub fn add(&mut self, id: &str, row: Value) {
        match self.get_mut(id) {
            Some(known) => *known = row,
            None => self.rows.push((id.to_owned(), row)),
        }
    }

    /// A record.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Value> {
        self.rows.iter().find(|(own, _)| own == id).map(|(_, row)| row)
    }

    /// A record, to be changed.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Value> {
        self.rows.iter_mut().find(|(own, _)| own == id).map(|(_, row)| row)
    }

    /// Takes a record away.
    pub fn remove(&mut self, id: &str) -> Option<Value> {
        let at = self.rows.iter().position(|(own, _)| own == id)?;
        Some(self.rows.remove(at).1)
    }

    /// The first record with this text at a JSON pointer, compared without case.
    #[must_use]
    pub fn find(&self, at: &str, text: &str) -> Option<(&str, &Value)> {
        let same = |row: &Value| {
            row.pointer(at)
                .and_then(Value::as_str)
                .is_some_and(|own| own.to_lowercase() == text.to_lowercase())
        };
        self.rows.iter().find(|(_, row)| same(row)).map(|(id, row)| (id.as_str(), row))
    }

    /// All records.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.rows.iter().map(|(id, row)| (id.as_str(), row))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// A page of what is there, from an index: its items, and where the next page starts if there is one.
#[must_use]
pub fn page_of(all: Vec<Value>, start: usize, size: usize) -> (Vec<Value>, Option<usize>) {
    let end = start.saturating_add(size);
    let next = (end < all.len()).then_some(end);
    (all.into_iter().take(end).skip(start).collect(), next)
}

/// Changes members of an object as a JSON merge patch does (RFC 7396), objects within it too.
pub fn merge(row: &mut Value, change: &Value) {
    let Value::Object(changes) = change else {
        *row = change.clone();
        return;
    };
    if !row.is_object() {
        *row = Value::Object(Map::new());
    }
    let Value::Object(members) = row else { return };
    for (name, value) in changes {
        match value {
            Value::Null => drop(members.remove(name)),
            Value::Object(_) => merge(members.entry(name.clone()).or_insert(Value::Null), value),
            other => drop(members.insert(name.clone(), other.clone())),
        }
    }
}

/// Seconds since 1970 as RFC 3339 has them.
#[must_use]
pub fn moment(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default().format("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}
