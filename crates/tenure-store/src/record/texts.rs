use std::fmt;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Known;
use crate::{Result, StoreError};

/// Identities with everything that belongs to them, as the store keeps it: texts, which whoever looks at each reads.
///
/// Reading them takes longer than finding them, so a store that has one thread for its file leaves that to its callers. All the
/// texts lie in one piece.
#[derive(Clone, Default, PartialEq)]
pub struct KnownTexts {
    text: String,
    /// What each text is of, and where it ends.
    rows: Vec<(TextOf, usize)>,
    /// How often each was made due or written, as in [`Known::marks`].
    pub marks: Vec<(String, u64)>,
}

/// What a text of [`KnownTexts`] is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextOf {
    /// An [`IdentityRecord`](crate::IdentityRecord).
    Identity,
    /// A [`NameRecord`](crate::NameRecord).
    Name,
    /// A [`GrantRecord`](crate::GrantRecord).
    Grant,
    /// A [`LinkRecord`](crate::LinkRecord).
    Link,
    /// An [`AccountRecord`](crate::AccountRecord).
    Account,
    /// A [`HeldRecord`](crate::HeldRecord).
    Held,
}

/// One identity of [`KnownTexts`], with everything that belongs to it, in no order.
#[derive(Clone, Copy)]
pub struct PersonTexts<'a> {
    text: &'a str,
    start: usize,
    rows: &'a [(TextOf, usize)],
}

impl KnownTexts {
    /// Begins without texts, with how often each of those who were asked for was made due or written.
    #[must_use]
    pub fn new(marks: Vec<(String, u64)>) -> Self {
        Self { marks, ..Self::default() }
    }

    /// Adds a record as JSON. Identities come in the order of their ids, each before everything that belongs to it.
    pub fn push(&mut self, of: TextOf, text: &str) {
        self.text.push_str(text);
        self.rows.push((of, self.text.len()));
    }

    /// Makes room for so many times what is there.
    #[cfg(feature = "sqlite")]
    pub(crate) fn reserve(&mut self, times: usize) {
        self.text.reserve(self.text.len().saturating_mul(times));
        self.rows.reserve(self.rows.len().saturating_mul(times));
    }

    /// The identities, in the order of their ids.
    ///
    /// # Examples
    ///
    /// ```
    /// use chrono::DateTime;
    /// use serde::Deserialize;
    /// use tenure_store::{Batch, IdentityRecord, LinkRecord, MemoryStore, Store, TextOf, Write};
    ///
    /// #[derive(Deserialize)]
    /// struct Account<'a> {
    ///     target: &'a str,
    ///     account: &'a str,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let at = DateTime::from_timestamp(1_767_225_600, 0).ok_or("time")?;
    /// let record = IdentityRecord {
    ///     id: "w-100".into(),
    ///     kind: "person".into(),
    ///     source: "hr".into(),
    ///     document: serde_json::json!({}),
    ///     effective: at,
    ///     recorded: at,
    ///     absent_since: None,
    /// };
    /// let store = MemoryStore::new();
    /// let link = LinkRecord::new("zendesk", "u-1", "w-100", "created", at);
    /// store.commit(Batch::new().with(Write::Identity(record)).with(Write::Link(link))).await?;
    ///
    /// let known = store.known_texts(&["w-100".into(), "nobody".into()]).await?;
    /// let anna = known.people().next().ok_or("nobody")?;
    /// for link in anna.read::<Account<'_>>(TextOf::Link) {
    ///     let link = link?;
    ///     assert_eq!((link.target, link.account), ("zendesk", "u-1"));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn people(&self) -> impl Iterator<Item = PersonTexts<'_>> {
        let mut start = 0;
        self.rows.chunk_by(|_, (next, _)| *next != TextOf::Identity).map(move |rows| {
            let person = PersonTexts { text: &self.text, start, rows };
            start = rows.last().map_or(start, |(_, end)| *end);
            person
        })
    }

    /// Reads everything.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`], when a text is not what it should be.
    pub fn to_known(&self) -> Result<Known> {
        let mut known = Known { marks: self.marks.clone(), ..Known::default() };
        for person in self.people() {
            person.add_to(&mut known)?;
        }
        Ok(known)
    }
}

impl<'a> PersonTexts<'a> {
    /// The texts of one sort.
    pub fn texts(&self, of: TextOf) -> impl Iterator<Item = &'a str> + use<'a> {
        let (text, mut from) = (self.text, self.start);
        self.rows.iter().filter_map(move |(found, end)| {
            let row = text.get(from..*end);
            from = *end;
            row.filter(|_| *found == of)
        })
    }

    /// Reads the texts of one sort. Where the type borrows, nothing is copied.
    ///
    /// # Errors
    ///
    /// For each [`StoreError::Corrupt`], when it cannot be read as this type.
    pub fn read<T: Deserialize<'a>>(&self, of: TextOf) -> impl Iterator<Item = Result<T>> + use<'a, T> {
        self.texts(of).map(move |text| {
            serde_json::from_str(text).map_err(|error| StoreError::corrupt(of.name(), &error))
        })
    }

    /// Reads everything, and puts it where it belongs, in the order of its keys.
    fn add_to(&self, known: &mut Known) -> Result<()> {
        known.identities.extend(self.all(TextOf::Identity)?);
        let mut names = self.all::<crate::NameRecord>(TextOf::Name)?;
        names.sort_by(|a, b| (&a.space, &a.key).cmp(&(&b.space, &b.key)));
        let mut grants = self.all::<crate::GrantRecord>(TextOf::Grant)?;
        grants.sort_by(|a, b| a.id.cmp(&b.id));
        let mut links = self.all::<crate::LinkRecord>(TextOf::Link)?;
        links.sort_by(|a, b| (&a.target, &a.account).cmp(&(&b.target, &b.account)));
        let mut accounts = self.all::<crate::AccountRecord>(TextOf::Account)?;
        accounts.sort_by(|a, b| (&a.target, &a.id).cmp(&(&b.target, &b.id)));
        let mut held = self.all::<crate::HeldRecord>(TextOf::Held)?;
        held.sort_by(|a, b| {
            (&a.target, &a.account, &a.kind, &a.value).cmp(&(&b.target, &b.account, &b.kind, &b.value))
        });
        known.names.append(&mut names);
        known.grants.append(&mut grants);
        known.links.append(&mut links);
        known.accounts.append(&mut accounts);
        known.held.append(&mut held);
        Ok(())
    }

    fn all<T: DeserializeOwned>(&self, of: TextOf) -> Result<Vec<T>> {
        self.read(of).collect()
    }
}

impl TextOf {
    fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Name => "name",
            Self::Grant => "grant",
            Self::Link => "link",
            Self::Account => "account",
            Self::Held => "held entitlement",
        }
    }
}

/// What an account carries may be secret to those who read a log.
impl fmt::Debug for KnownTexts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownTexts")
            .field("rows", &self.rows.len())
            .field("bytes", &self.text.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for PersonTexts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonTexts").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}
