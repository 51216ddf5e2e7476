use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{GrantRecord, IdentityRecord, OutlookRecord, Result, StoreError};

/// A glance at a page of identities: enough to tell who has to be looked at closely.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Glance {
    /// The identities, in the order of their ids.
    pub identities: Vec<Glimpse>,
    /// Their explicit grants, past ones included.
    pub grants: Vec<GrantRecord>,
    /// Of those whom they depend on: how often each was made due or written, by their ids. Whom nothing is known of is left out.
    pub marks: Vec<(String, u64)>,
}

/// An identity in its latest version, with its outlook.
#[derive(Debug, Clone, PartialEq)]
pub struct Glimpse {
    /// The identity.
    pub id: String,
    /// When it has to be looked at, and what it was settled with.
    pub outlook: Option<OutlookRecord>,
    record: String,
}

impl Glimpse {
    pub(crate) fn new(id: String, record: String, outlook: Option<OutlookRecord>) -> Self {
        Self { id, outlook, record }
    }

    pub(crate) fn of(record: &IdentityRecord, outlook: Option<OutlookRecord>) -> Result<Self> {
        let text = serde_json::to_string(record).map_err(|error| StoreError::corrupt("identity", &error))?;
        Ok(Self::new(record.id.clone(), text, outlook))
    }

    /// Reads the document of the identity's record, without a value in between.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`], when it cannot be read as this type.
    ///
    /// # Examples
    ///
    /// ```
    /// use chrono::DateTime;
    /// use tenure_store::{Batch, IdentityRecord, MemoryStore, PageRequest, Store, Write};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let at = DateTime::from_timestamp(1_767_225_600, 0).ok_or("time")?;
    /// let record = IdentityRecord {
    ///     id: "w-100".into(),
    ///     kind: "person".into(),
    ///     source: "hr".into(),
    ///     document: serde_json::json!(["Anna", "Berg"]),
    ///     effective: at,
    ///     recorded: at,
    ///     absent_since: None,
    /// };
    /// let store = MemoryStore::new();
    /// store.commit(Batch::new().with(Write::Identity(record))).await?;
    /// let found = store.glance(&PageRequest::first(10)).await?;
    /// let names: Vec<Vec<String>> = found.identities.iter().map(|one| one.document()).collect::<Result<_, _>>()?;
    /// assert_eq!(names, [["Anna", "Berg"]]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn document<T: DeserializeOwned>(&self) -> Result<T> {
        #[derive(Deserialize)]
        struct Row<T> {
            document: T,
        }
        let row: Row<T> =
            serde_json::from_str(&self.record).map_err(|error| StoreError::corrupt("identity", &error))?;
        Ok(row.document)
    }
}

/// Whom outlooks name, each once.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) fn others<'o>(outlooks: impl Iterator<Item = &'o OutlookRecord>) -> Vec<String> {
    let others: std::collections::BTreeSet<&String> = outlooks.flat_map(|outlook| &outlook.on).collect();
    others.into_iter().cloned().collect()
}
