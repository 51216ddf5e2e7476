//! Where the files of the run are.

use std::fs;
use std::path::PathBuf;

use crate::Result;

/// The folder of one run, below the current directory.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The folder that every run uses.
    pub(crate) fn standard() -> Self {
        Self { root: PathBuf::from("quickstart-out") }
    }

    /// Whether an earlier run has told the story to its end.
    pub(crate) fn is_told(&self) -> bool {
        self.told().exists()
    }

    /// Removes what an earlier run left, and makes the folders.
    pub(crate) fn make_fresh(&self) -> Result<()> {
        if self.root.exists() {
            fs::remove_dir_all(&self.root)?;
        }
        fs::create_dir_all(self.plans())?;
        Ok(fs::create_dir_all(self.erp())?)
    }

    /// The HR export of the day.
    pub(crate) fn workers(&self) -> PathBuf {
        self.root.join("hr-export.csv")
    }

    /// The service accounts.
    pub(crate) fn services(&self) -> PathBuf {
        self.root.join("services.csv")
    }

    /// What Tenure remembers: identities, grants, journal, audit chain.
    pub(crate) fn store(&self) -> PathBuf {
        self.root.join("tenure.db")
    }

    /// The accounts of the SCIM service provider.
    pub(crate) fn directory(&self) -> PathBuf {
        self.root.join("zendesk.db")
    }

    /// The second target: a folder of CSV files.
    pub(crate) fn erp(&self) -> PathBuf {
        self.root.join("erp")
    }

    /// Every plan as JSON.
    pub(crate) fn plans(&self) -> PathBuf {
        self.root.join("plans")
    }

    /// The audit trail, one JSON object a line.
    pub(crate) fn audit(&self) -> PathBuf {
        self.root.join("audit.ndjson")
    }

    /// Notes that the story was told to its end.
    pub(crate) fn mark_told(&self) -> Result<()> {
        Ok(fs::write(self.told(), "remove this folder, or pass --fresh, to tell the story again\n")?)
    }

    /// Written when the story is at its end.
    fn told(&self) -> PathBuf {
        self.root.join("told")
    }
}
